package app

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"kontor/localrag"
)

// sqlFunctions are SQLite's names of the measures; countColumn is what a count
// is called in a result.
var sqlFunctions = map[string]string{"sum": "sum", "average": "avg", "minimum": "min", "maximum": "max"}

const countColumn = "number_of_rows"

// formQuery writes the query of a form. Names come from the sheet's own list of
// columns and values are quoted, so nothing a person types becomes SQL.
func formQuery(table string, sheet localrag.Sheet, q TableQuestion, point bool) (string, error) {
	where, err := conditions(sheet, q.Conditions, point)
	if err != nil {
		return "", err
	}
	group, err := optionalColumn(sheet, q.GroupBy)
	if err != nil {
		return "", err
	}
	measure, err := measured(sheet, q)
	if err != nil {
		return "", err
	}
	switch {
	case q.Measure == "rows" || q.Measure == "":
		names := make([]string, len(sheet.Columns))
		for i, c := range sheet.Columns {
			names[i] = c.Name
		}
		return "SELECT " + strings.Join(names, ", ") + " FROM " + table + where, nil
	case group.Name == "":
		return "SELECT " + measure + " FROM " + table + where, nil
	case group.Type == localrag.DateColumn:
		return "SELECT " + group.Name + ", " + measure + " FROM " + table + where + " GROUP BY " + group.Name + " ORDER BY " + group.Name, nil
	}
	return "SELECT " + group.Name + ", " + measure + " FROM " + table + where + " GROUP BY " + group.Name + " ORDER BY 2 DESC", nil
}

func columnNamed(sheet localrag.Sheet, name string) (localrag.Column, error) {
	at := slices.IndexFunc(sheet.Columns, func(c localrag.Column) bool { return c.Name == name })
	if at < 0 {
		return localrag.Column{}, &Error{Code: ProblemTableUnknown, Args: map[string]string{"name": name}}
	}
	return sheet.Columns[at], nil
}

func optionalColumn(sheet localrag.Sheet, name string) (localrag.Column, error) {
	if name == "" {
		return localrag.Column{}, nil
	}
	return columnNamed(sheet, name)
}

// measured is the expression of a measure, with a name for its column.
func measured(sheet localrag.Sheet, q TableQuestion) (string, error) {
	function := sqlFunctions[q.Measure]
	switch {
	case q.Measure == "rows" || q.Measure == "" || q.Measure == "count":
		return "count(*) AS " + countColumn, nil
	case function == "":
		return "", &Error{Code: ProblemBadRequest}
	case q.Column == "":
		return "", &Error{Code: ProblemTableColumn}
	}
	column, err := columnNamed(sheet, q.Column)
	if err != nil {
		return "", err
	}
	adds := q.Measure == "sum" || q.Measure == "average"
	if column.Type == localrag.TextColumn || adds && column.Type != localrag.NumberColumn {
		return "", &Error{Code: ProblemTableColumn}
	}
	return function + "(" + column.Name + ") AS " + q.Measure + "_" + column.Name, nil
}

func conditions(sheet localrag.Sheet, list []TableCondition, point bool) (string, error) {
	var parts []string
	for _, c := range list {
		column, err := columnNamed(sheet, c.Column)
		if err != nil {
			return "", err
		}
		part, err := condition(sheet, column, c, point)
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(parts, " AND "), nil
}

func condition(sheet localrag.Sheet, column localrag.Column, c TableCondition, point bool) (string, error) {
	name := column.Name
	switch c.Operator {
	case "empty":
		return name + " IS NULL", nil
	case "not_empty":
		return name + " IS NOT NULL", nil
	case "contains":
		return contains(name, strings.TrimSpace(c.Value)), nil
	}
	sign, known := map[string]string{"equals": "=", "not_equals": "<>", "less": "<", "at_most": "<=", "greater": ">", "at_least": ">="}[c.Operator]
	if !known {
		return "", &Error{Code: ProblemBadRequest}
	}
	value, err := column.ConditionValue(c.Value, point)
	if err != nil {
		heading := column.Heading
		if heading == "" {
			heading = name
		}
		return "", &Error{Code: ProblemTableValue, Args: map[string]string{"value": clip(c.Value, 60), "name": heading}}
	}
	number, isNumber := value.(float64)
	text, _ := value.(string)
	switch {
	case isNumber:
		return name + " " + sign + " " + strconv.FormatFloat(number, 'f', -1, 64), nil
	case column.Type == localrag.DateColumn:
		return dateCondition(name, c.Operator, sign, text), nil
	case c.Operator == "equals":
		return name + " IN (" + strings.Join(spellings(sheet, column, text), ", ") + ")", nil
	case c.Operator == "not_equals":
		return name + " NOT IN (" + strings.Join(spellings(sheet, column, text), ", ") + ")", nil
	}
	return name + " " + sign + " " + literal(text), nil
}

// dateCondition compares by day: a column may hold times as well, and "until
// 31 December" includes that day.
func dateCondition(name, operator, sign, day string) string {
	if len(day) > 10 {
		return name + " " + sign + " " + literal(day)
	}
	return "substr(" + name + ", 1, 10) " + sign + " " + literal(day)
}

// spellings are the values of a column that read like the text, whatever their
// case, or the text itself.
func spellings(sheet localrag.Sheet, column localrag.Column, text string) []string {
	at := slices.IndexFunc(sheet.Columns, func(c localrag.Column) bool { return c.Name == column.Name })
	var same []string
	wanted := localrag.FoldName(text)
	for _, row := range sheet.Rows {
		if v, ok := row.Values[at].(string); ok && localrag.FoldName(v) == wanted {
			if quoted := literal(v); !slices.Contains(same, quoted) && len(same) < 50 {
				same = append(same, quoted)
			}
		}
	}
	if same == nil {
		return []string{literal(text)}
	}
	return same
}

// contains compares without regard to case. SQLite knows the case of plain
// letters only, so words with others are looked for in their spellings.
func contains(name, text string) string {
	forms := []string{text}
	if strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsLetter(r) }) {
		for _, form := range []string{strings.ToLower(text), strings.ToUpper(text), titled(text)} {
			if !slices.Contains(forms, form) {
				forms = append(forms, form)
			}
		}
	}
	var parts []string
	for _, form := range forms {
		if strings.ContainsAny(form, `%_`) {
			parts = append(parts, "instr(lower("+name+"), "+literal(strings.ToLower(form))+") > 0")
		} else {
			parts = append(parts, name+" LIKE "+literal("%"+form+"%"))
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

func titled(text string) string {
	runes := []rune(strings.ToLower(text))
	if len(runes) > 0 {
		runes[0] = unicode.ToUpper(runes[0])
	}
	return string(runes)
}

// literal quotes a text for a query.
func literal(text string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(clip(text, 500), "\x00", ""), "'", "''") + "'"
}
