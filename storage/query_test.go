package storage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func openSheets(t *testing.T) *Sheets {
	t.Helper()
	s, err := OpenSheets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	rows := [][]any{{"Müller", 10.5, "2024-01-31"}, {"Weber", 20.0, "2024-02-29"}, {"Weber'); DROP TABLE sales; --", nil, "2024-03-31"}}
	err = s.Load(t.Context(), "sales", []SheetColumn{{"customer", false}, {"amount", true}, {"day", false}}, len(rows),
		func(i int) (int, []any) { return i + 2, rows[i] })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestQueriesOfASheet(t *testing.T) {
	s := openSheets(t)
	for query, want := range map[string][][]any{
		"SELECT sum(amount) FROM sales":                                                                          {{30.5}},
		"select count(*) as n from sales where amount > 11;":                                                     {{int64(1)}},
		"SELECT customer FROM sales WHERE customer LIKE '%m_ller%'":                                              {{"Müller"}},
		"SELECT substr(day, 1, 7), round(avg(amount), 1) FROM sales GROUP BY 1 ORDER BY 2 DESC LIMIT 1; -- best": {{"2024-02", 20.0}},
		"WITH t AS (SELECT amount a FROM sales) SELECT max(a) FROM t":                                            {{20.0}},
		"SELECT row_no FROM sales WHERE customer = 'Weber''); DROP TABLE sales; --'":                             {{int64(4)}},
		"/* ; */ SELECT ';' AS semicolon":                                                                        {{";"}},
		"SELECT (SELECT min(amount) FROM sales) AS least":                                                        {{10.5}},
	} {
		got, err := s.Query(t.Context(), query, 10)
		if err != nil || !reflect.DeepEqual(got.Rows, want) {
			t.Errorf("%s: %v %v", query, got.Rows, err)
		}
	}
	got, err := s.Query(t.Context(), "SELECT * FROM sales", 2)
	if err != nil || !got.Cut || len(got.Rows) != 2 || len(got.Columns) != 4 {
		t.Errorf("cut: %+v %v", got, err)
	}
}

// TestHostileQueries is what a model could be talked into by a cell's content.
func TestHostileQueries(t *testing.T) {
	s := openSheets(t)
	folder := t.TempDir()
	secret := filepath.Join(folder, "secret.db")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"", ";", "DROP TABLE sales", "DELETE FROM sales", "UPDATE sales SET amount = 0", "INSERT INTO sales VALUES (9,'x',1,'y')",
		"SELECT 1; DROP TABLE sales", "SELECT 1;; SELECT 2", "SELECT 1; /* */ DELETE FROM sales",
		"ATTACH DATABASE '" + secret + "' AS s", "SELECT * FROM s.t", "PRAGMA query_only = OFF", "SELECT * FROM pragma_database_list", "SELECT * FROM pragma_table_info('sales')",
		"SELECT * FROM sqlite_master", "SELECT * FROM sqlite_schema", "SELECT * FROM sqlite_dbpage", "SELECT name FROM sqlite_temp_master",
		"SELECT load_extension('" + secret + "')", "SELECT readfile('" + secret + "')", "SELECT writefile('" + secret + "', 'x')", "SELECT hex(randomblob(9))",
		"SELECT zeroblob(1000000000)", "SELECT printf('%1000000000d', 1)", "SELECT json_each('[1]')", "SELECT * FROM json_each('[1]')",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
		"VACUUM INTO '" + secret + "'", "CREATE TABLE x (y)", "CREATE TEMP TABLE x AS SELECT 1", "EXPLAIN SELECT 1", "VALUES (1)", "BEGIN", "REINDEX", "ANALYZE",
		"WITH x AS (SELECT 1) DELETE FROM sales", "WITH x AS (SELECT 1) INSERT INTO sales SELECT 9, 'x', 1, 'y'",
		"SELECT sqlite_version()", "SELECT fts5()", "SELECT changes()", "SELECT 1 \x00 ; DROP TABLE sales",
		"SELECT '" + strings.Repeat("x", queryLength) + "'",
	} {
		_, err := s.Query(t.Context(), query, 10)
		if code := CodeOf(err); code != CodeQueryRefused && code != CodeQueryFailed {
			t.Errorf("%.60q: %v", query, err)
		}
	}
	got, err := s.Query(t.Context(), "SELECT count(*), sum(amount) FROM sales", 10)
	if err != nil || !reflect.DeepEqual(got.Rows, [][]any{{int64(3), 30.5}}) {
		t.Errorf("afterwards: %v %v", got.Rows, err)
	}
	if kept, _ := os.ReadFile(secret); string(kept) != "secret" {
		t.Errorf("the file is %q", kept)
	}
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("%d files", len(files))
	}
	if err := s.Load(t.Context(), "more", []SheetColumn{{"a", false}}, 0, nil); err == nil {
		t.Error("a table was loaded after the first query")
	}
}

func TestQueryThatNeverEnds(t *testing.T) {
	s, err := OpenSheets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Load(t.Context(), "n", []SheetColumn{{"v", true}}, 3000, func(i int) (int, []any) { return i, []any{float64(i)} }); err != nil {
		t.Fatal(err)
	}
	s.time /= 20
	// Twenty-seven billion rows: only the clock ends this.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err = s.Query(ctx, "SELECT sum(a.v * b.v * c.v) FROM n a, n b, n c", 10)
	if CodeOf(err) != CodeQueryTooLong {
		t.Errorf("%v", err)
	}
	cancel()
	if _, err = s.Query(ctx, "SELECT 1", 10); err == nil || CodeOf(err) == CodeQueryTooLong {
		t.Errorf("after the caller gave up: %v", err)
	}
	if got, err := s.Query(t.Context(), "SELECT count(*) FROM n", 10); err != nil || got.Rows[0][0] != int64(3000) {
		t.Errorf("the next query: %v %v", got, err)
	}
	// A text that grows on and on.
	_, err = s.Query(t.Context(), "SELECT group_concat(replace(replace(replace(v || 'xxxxxxxxxx', 'x', 'yyyyyyyyyy'), 'y', 'zzzzzzzzzz'), 'z', '0123456789')) FROM n", 10)
	if CodeOf(err) != CodeQueryTooLong {
		t.Errorf("%v", err)
	}
}

func TestFailedQuerySaysWhy(t *testing.T) {
	s := openSheets(t)
	_, err := s.Query(t.Context(), "SELECT sum(betrag) FROM sales", 10)
	own, ok := err.(*Error)
	if !ok || own.Code != CodeQueryFailed || !strings.Contains(own.Message, "betrag") {
		t.Fatalf("%v", err)
	}
	if strings.Contains(own.Error(), "betrag") {
		t.Errorf("the log would hold the query: %v", own)
	}
}

func TestRowsBehindAQuery(t *testing.T) {
	s := openSheets(t)
	for query, want := range map[string]string{
		"SELECT sum(amount) FROM sales WHERE customer = 'a where b' AND amount > 1 GROUP BY day ORDER BY 1": "sales|customer = 'a where b' AND amount > 1|",
		"SELECT customer FROM sales":                                         "sales||SELECT row_no, customer FROM sales",
		"select s.customer from sales s order by amount limit 3":             "sales||SELECT row_no, s.customer from sales s order by amount limit 3",
		"SELECT customer FROM \"sales\" WHERE amount IN (1, 2);":             "sales|amount IN (1, 2)|SELECT row_no, customer FROM \"sales\" WHERE amount IN (1, 2)",
		"SELECT DISTINCT customer FROM sales":                                "sales||",
		"SELECT count (*) FROM sales":                                        "sales||",
		"SELECT * FROM sales, sales b":                                       "",
		"SELECT a FROM sales WHERE amount = (SELECT max(amount) FROM sales)": "",
		"SELECT a FROM sales UNION SELECT b FROM sales":                      "",
		"SELECT a FROM other":                                                "",
	} {
		got := ""
		if table, condition, ok := s.Condition(query); ok {
			numbered, _ := s.WithRowNumbers(query)
			got = fmt.Sprint(table, "|", condition, "|", numbered)
		}
		if got != want {
			t.Errorf("%s:\n%q, want\n%q", query, got, want)
		}
	}
}
