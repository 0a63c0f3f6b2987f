package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Sheets is a database in memory that holds tables of a spreadsheet and answers
// read-only queries about them, also ones that a model or a stranger wrote. It
// has nothing to do with the program's own database: no file, no path to it.
type Sheets struct {
	pool   *sql.DB
	conn   *sql.Conn
	tables map[string]bool
	time   time.Duration // for one query
}

// SheetColumn is a column to load; Numeric columns hold float64 or nil.
type SheetColumn struct {
	Name    string
	Numeric bool
}

// SheetRows is the result of a query.
type SheetRows struct {
	Columns []string
	Rows    [][]any // nil, int64, float64 or string
	// Cut: the query has more rows than were asked for.
	Cut bool
}

// What one query may cost.
const (
	queryTime    = 5 * time.Second
	queryLength  = 10_000    // bytes of SQL
	valueLength  = 1_000_000 // bytes of one value, also in between
	resultLength = 8 << 20   // bytes of all values of a result
)

// RowNumber is the column that holds a row's number in the sheet.
const RowNumber = "row_no"

// queryFunctions may be used in queries: they read values and nothing else.
var queryFunctions = []string{
	"abs", "avg", "ceil", "ceiling", "coalesce", "count", "date", "floor", "group_concat", "ifnull", "iif", "instr", "julianday", "length", "like",
	"lower", "ltrim", "max", "min", "mod", "nullif", "replace", "round", "rtrim", "sign", "strftime", "string_agg", "substr", "substring", "sum", "time",
	"total", "trim", "typeof", "upper", "row_number", "rank", "dense_rank", "datetime", "median", "lag", "lead", "first_value", "last_value", "ntile",
}

// OpenSheets makes an empty database in memory.
func OpenSheets(ctx context.Context) (*Sheets, error) {
	const op = "open sheets"
	base, err := sqlite.NewConnector("file::memory:?_dqs=0")
	if err != nil {
		return nil, wrap(op, err)
	}
	pool := sql.OpenDB(connector{base, []string{"temp_store = MEMORY", "trusted_schema = OFF", "journal_mode = OFF"}})
	pool.SetMaxOpenConns(1)
	conn, err := pool.Conn(ctx)
	if err != nil {
		_ = pool.Close() // the first error is the one that tells
		return nil, wrap(op, err)
	}
	return &Sheets{pool: pool, conn: conn, tables: map[string]bool{}, time: queryTime}, nil
}

// Close frees the memory.
func (s *Sheets) Close() error {
	return wrap("close sheets", errors.Join(s.conn.Close(), s.pool.Close()))
}

// Load adds a table. Names must be as in the folded form of a heading: letters,
// digits and underscores. Number gives a row's number in the sheet; values has
// one entry for each column. After the first query nothing can be loaded.
func (s *Sheets) Load(ctx context.Context, table string, columns []SheetColumn, rows int, row func(i int) (number int, values []any)) error {
	const op = "load sheet"
	definition := []string{RowNumber + " INTEGER PRIMARY KEY"}
	marks := []string{"?"}
	for _, c := range columns {
		if !plainName(c.Name) {
			return newError(CodeFailed, op, "a column's name is not plain")
		}
		kind := "TEXT"
		if c.Numeric {
			kind = "REAL"
		}
		definition = append(definition, c.Name+" "+kind)
		marks = append(marks, "?")
	}
	if !plainName(table) || s.tables[table] {
		return newError(CodeFailed, op, "the table's name is not plain or is taken")
	}
	tx, err := s.conn.BeginTx(ctx, nil)
	if err != nil {
		return wrap(op, err)
	}
	defer func() { _ = tx.Rollback() }() // nothing after the commit
	if _, err := tx.ExecContext(ctx, "CREATE TABLE "+table+" ("+strings.Join(definition, ", ")+")"); err != nil {
		return wrap(op, err)
	}
	insert, err := tx.PrepareContext(ctx, "INSERT OR IGNORE INTO "+table+" VALUES ("+strings.Join(marks, ",")+")")
	if err != nil {
		return wrap(op, err)
	}
	defer insert.Close()
	args := make([]any, len(columns)+1)
	for i := range rows {
		number, values := row(i)
		args[0] = number
		copy(args[1:], values)
		if _, err := insert.ExecContext(ctx, args...); err != nil {
			return wrap(op, err)
		}
	}
	s.tables[table] = true
	return wrap(op, tx.Commit())
}

// plainName allows what needs no quotes.
func plainName(name string) bool {
	for i, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != "" && len(name) <= 64 && !strings.HasPrefix(name, "sqlite_")
}

// lock takes everything from the connection that a query does not need.
func (s *Sheets) lock(ctx context.Context) error {
	if _, err := s.conn.ExecContext(ctx, "PRAGMA query_only = ON"); err != nil && !strings.Contains(err.Error(), "not authorized") {
		return err
	}
	for id, value := range map[int]int{
		sqlite3.SQLITE_LIMIT_ATTACHED: 0, sqlite3.SQLITE_LIMIT_LENGTH: valueLength, sqlite3.SQLITE_LIMIT_SQL_LENGTH: queryLength,
		sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50, sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 5, sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
	} {
		if _, err := sqlite.Limit(s.conn, id, value); err != nil {
			return err
		}
	}
	return s.conn.Raw(func(driver any) error {
		guarded, ok := driver.(sqlite.AuthorizerRegisterer)
		if !ok {
			return errors.New("the driver knows no authorizer")
		}
		return guarded.RegisterAuthorizer(s.authorize)
	})
}

// authorize allows a query to read the loaded tables with known functions.
// SQLite asks it about each step of a statement before it runs.
func (s *Sheets) authorize(action sqlite.AuthorizerActionCode, first, second, database, _ string) sqlite.AuthorizerReturnCode {
	switch action {
	case sqlite.AuthSelect:
		return sqlite.AuthorizerOK
	case sqlite.AuthRead:
		if s.tables[strings.ToLower(first)] && (database == "main" || database == "") {
			return sqlite.AuthorizerOK
		}
	case sqlite.AuthFunction:
		for _, known := range queryFunctions {
			if strings.EqualFold(second, known) {
				return sqlite.AuthorizerOK
			}
		}
	}
	return sqlite.AuthorizerDeny
}

// Query runs one SELECT and returns at most limit rows. CodeQueryRefused: it is
// something else, or reads what it may not. CodeQueryFailed: it cannot be
// understood; the error's Message says why, for whoever wrote the query.
// CodeQueryTooLong: it took more than five seconds or too much memory.
func (s *Sheets) Query(ctx context.Context, query string, limit int) (SheetRows, error) {
	query, err := singleSelect(query)
	if err != nil {
		return SheetRows{}, err
	}
	if err := s.lock(ctx); err != nil {
		return SheetRows{}, wrap("lock sheets", err)
	}
	timed, cancel := context.WithTimeout(ctx, s.time)
	defer cancel()
	rows, err := s.run(timed, query, limit)
	if err != nil {
		return SheetRows{}, queryError(ctx, timed, err)
	}
	return rows, nil
}

func (s *Sheets) run(ctx context.Context, query string, limit int) (SheetRows, error) {
	found, err := s.conn.QueryContext(ctx, query)
	if err != nil {
		return SheetRows{}, err
	}
	defer found.Close()
	var result SheetRows
	if result.Columns, err = found.Columns(); err != nil {
		return SheetRows{}, err
	}
	size := 0
	for found.Next() {
		if len(result.Rows) == limit {
			result.Cut = true
			break
		}
		values := make([]any, len(result.Columns))
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		if err := found.Scan(into...); err != nil {
			return SheetRows{}, err
		}
		for i, v := range values {
			switch v := v.(type) {
			case []byte:
				values[i] = strings.ToValidUTF8(string(v), "\uFFFD")
				size += len(v)
			case string:
				size += len(v)
			case time.Time:
				values[i] = v.Format(time.DateTime)
			}
		}
		if size > resultLength {
			return SheetRows{}, &Error{Code: CodeQueryTooLong, Cause: errors.New("the result is too large")}
		}
		result.Rows = append(result.Rows, values)
	}
	return result, found.Err()
}

// queryError sorts what SQLite says about a query. Its message may repeat the
// query, so it is kept apart from the cause, which goes to the log.
func queryError(ctx, timed context.Context, err error) error {
	var own *Error
	var database *sqlite.Error
	switch {
	case errors.As(err, &own):
		return own
	case ctx.Err() != nil:
		return &Error{Code: CodeFailed, Cause: fmt.Errorf("query: %w", ctx.Err())}
	case timed.Err() != nil:
		return &Error{Code: CodeQueryTooLong, Cause: errors.New("query: time is over")}
	case !errors.As(err, &database):
		return wrap("query", err)
	}
	switch database.Code() & 0xff {
	case sqlite3.SQLITE_AUTH:
		return &Error{Code: CodeQueryRefused, Cause: errors.New("query: not authorised"), Message: "only the table and its columns may be read, with the usual functions"}
	case sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT:
		return &Error{Code: CodeQueryTooLong, Cause: fmt.Errorf("query: result code %d", database.Code())}
	}
	code := CodeQueryFailed
	if strings.Contains(database.Error(), "not authorized") || strings.Contains(database.Error(), "prohibited") {
		code = CodeQueryRefused
	}
	return &Error{Code: code, Cause: fmt.Errorf("query: result code %d", database.Code()), Message: database.Error()}
}

// singleSelect takes comments and the closing semicolon off and refuses all but
// one SELECT.
func singleSelect(query string) (string, error) {
	refused := func(why string) (string, error) {
		return "", &Error{Code: CodeQueryRefused, Cause: errors.New("query: " + why), Message: why}
	}
	if len(query) > queryLength || !utf8.ValidString(query) || strings.ContainsRune(query, 0) {
		return refused("the query is too long or no text")
	}
	var bare strings.Builder
	for i := 0; i < len(query); {
		n, kept := token(query[i:])
		if kept {
			bare.WriteString(query[i : i+n])
		} else {
			bare.WriteByte(' ')
		}
		if query[i] == ';' && n == 1 {
			for rest := i + 1; rest < len(query); {
				n, kept := token(query[rest:])
				if kept && strings.TrimSpace(query[rest:rest+n]) != "" {
					return refused("one statement at a time")
				}
				rest += n
			}
			break
		}
		i += n
	}
	text := strings.TrimSpace(strings.TrimRight(strings.TrimSpace(bare.String()), ";"))
	first := strings.ToLower(text[:min(len(text), 7)])
	if !strings.HasPrefix(first, "select") && !strings.HasPrefix(first, "with ") {
		return refused("only SELECT is allowed")
	}
	return text, nil
}

// token is the length of the string, comment or single byte at the start of a
// query; comments are not kept.
func token(query string) (length int, kept bool) {
	closing := func(start int, end string) int {
		if at := strings.Index(query[start:], end); at >= 0 {
			return start + at + len(end)
		}
		return len(query)
	}
	switch {
	case strings.HasPrefix(query, "--"):
		return closing(2, "\n"), false
	case strings.HasPrefix(query, "/*"):
		return closing(2, "*/"), false
	case query[0] == '\'' || query[0] == '"' || query[0] == '`':
		return closing(1, query[:1]), true
	case query[0] == '[':
		return closing(1, "]"), true
	}
	return 1, true
}

// Condition is the text between WHERE and what follows it in a query of one
// table, and the table's name. False where the rows behind a result cannot be
// told so: several tables, queries inside the query, unions.
func (s *Sheets) Condition(query string) (table, condition string, ok bool) {
	query, err := singleSelect(query)
	if err != nil {
		return "", "", false
	}
	words := topWords(query)
	from, where, end := -1, -1, len(query)
	for _, w := range words {
		switch w.text {
		case "from":
			if from >= 0 {
				return "", "", false
			}
			from = w.end
		case "join", "union", "intersect", "except", "with":
			return "", "", false
		case "where":
			where = w.end
			if from >= 0 {
				table = strings.TrimSpace(query[from:w.start])
			}
		case "group", "having", "order", "limit", "window":
			if from >= 0 {
				end = min(end, w.start)
			}
		}
	}
	if from < 0 || strings.Count(strings.ToLower(query), "select") != 1 {
		return "", "", false
	}
	if where < 0 {
		table = strings.TrimSpace(query[from:end])
	} else {
		condition = strings.TrimSpace(query[where:end])
	}
	table = strings.ToLower(strings.Trim(table, "\"`[]"))
	if name, alias, aliased := strings.Cut(table, " "); aliased {
		if condition != "" && strings.Contains(condition, ".") {
			return "", "", false
		}
		_ = alias // not needed where no column carries it
		table = strings.Trim(name, "\"`[]")
	}
	return table, condition, s.tables[table]
}

// WithRowNumbers adds the row's number as the first column of a query whose
// lines are rows of one table; false for queries that add rows up.
func (s *Sheets) WithRowNumbers(query string) (string, bool) {
	if _, _, ok := s.Condition(query); !ok {
		return "", false
	}
	query, err := singleSelect(query)
	if err != nil {
		return "", false
	}
	list := len(query)
	for _, w := range topWords(query) {
		switch w.text {
		case "distinct", "group", "having":
			return "", false
		case "from":
			list = min(list, w.start)
		}
	}
	head := strings.ToLower(query[:list])
	for _, name := range []string{"count", "sum", "avg", "min", "max", "total", "group_concat", "string_agg", "median"} {
		if at := strings.Index(head, name); at >= 0 && strings.HasPrefix(strings.TrimSpace(head[at+len(name):]), "(") {
			return "", false
		}
	}
	return "SELECT " + RowNumber + ", " + strings.TrimSpace(query[len("select"):]), true
}

type word struct {
	text       string
	start, end int
}

// topWords are the words of a query outside of brackets and strings.
func topWords(query string) []word {
	var words []word
	depth, start := 0, -1
	flush := func(end int) {
		if start >= 0 && depth == 0 {
			words = append(words, word{strings.ToLower(query[start:end]), start, end})
		}
		start = -1
	}
	for i := 0; i < len(query); {
		n, _ := token(query[i:])
		c := query[i]
		switch {
		case n > 1:
			flush(i)
		case c == '(':
			flush(i)
			depth++
		case c == ')':
			flush(i)
			depth--
		case c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80:
			if start < 0 {
				start = i
			}
		default:
			flush(i)
		}
		i += n
	}
	flush(len(query))
	return words
}
