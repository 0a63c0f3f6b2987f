package app

// TableSource is a sheet of a document.
type TableSource struct {
	DocumentID string `json:"documentId"`
	Document   string `json:"document"`
	Sheet      string `json:"sheet"` // "" for a file that has one table without a name
}

// TableListRequest asks for the tables of a chat's documents.
type TableListRequest struct {
	ChatID        string   `json:"chatId"`
	CollectionIDs []string `json:"collectionIds"` // of a new chat
}

// TableList are the spreadsheets in reach.
type TableList struct {
	Documents []TableDocument `json:"documents"`
}

// TableDocument is a document that holds tables.
type TableDocument struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Format string `json:"format"`
}

// TableSheets are the tables of one document.
type TableSheets struct {
	Sheets []TableSheet `json:"sheets"`
	// Refused are sheets that are too large or hold no table, and why.
	Refused []RefusedFile `json:"refused"`
}

// TableSheet describes a table: its columns and how many rows it has.
type TableSheet struct {
	Source TableSource `json:"source"`
	Rows   int         `json:"rows"`
	// Totals is how many rows at the end only add up the others; queries leave
	// them out.
	Totals  int           `json:"totals,omitempty"`
	Columns []TableColumn `json:"columns"`
}

// TableColumn is a column: its name in queries and its heading in the sheet.
type TableColumn struct {
	Name    string `json:"name"`
	Heading string `json:"heading"`
	Type    string `json:"type" ts:"'text'|'number'|'date'"`
	// Unit is "%" or a currency that all its cells carry.
	Unit string `json:"unit,omitempty"`
	// Examples are a few different values.
	Examples []string `json:"examples"`
}

// TableQuestion is a query put together in a form.
type TableQuestion struct {
	Source     TableSource      `json:"source"`
	Conditions []TableCondition `json:"conditions"` // all must hold
	// Measure is rows (show them), count, sum, average, minimum or maximum.
	Measure string `json:"measure" ts:"'rows'|'count'|'sum'|'average'|'minimum'|'maximum'"`
	// Column the measure is of; unused for rows and count.
	Column string `json:"column"`
	// GroupBy gives a line for each value of this column, "" for one line.
	GroupBy string `json:"groupBy"`
}

// TableCondition compares a column. Value is as people write it: "1.234,56",
// "31.12.2024".
type TableCondition struct {
	Column   string `json:"column"`
	Operator string `json:"operator" ts:"'equals'|'not_equals'|'contains'|'less'|'at_most'|'greater'|'at_least'|'empty'|'not_empty'"`
	Value    string `json:"value"`
}

// TableOutcome is a query, the rows it gave, and the rows of the sheet behind
// them.
type TableOutcome struct {
	Source TableSource `json:"source"`
	SQL    string      `json:"sql"`
	// ByModel: the query was written by a model and should be read.
	ByModel bool            `json:"byModel"`
	Columns []OutcomeColumn `json:"columns"`
	Rows    [][]string      `json:"rows"` // values as text, numbers with a decimal point
	// Cut: the query has more rows than these.
	Cut bool `json:"cut,omitempty"`
	// Matching is how many rows of the sheet stand behind the result, -1 when
	// that cannot be told for the query.
	Matching int `json:"matching"`
	// Skipped is how many cells of the measured column hold no number.
	Skipped int `json:"skipped,omitempty"`
	// Passages are rows of the sheet behind the result, the first ones.
	Passages []Passage `json:"passages"`
}

// OutcomeColumn heads a column of a result.
type OutcomeColumn struct {
	Name string `json:"name"`
	Type string `json:"type" ts:"'text'|'number'|'date'"`
	Unit string `json:"unit,omitempty"`
}
