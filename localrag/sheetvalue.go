package localrag

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// cellNumber is a number as a cell holds it.
type cellNumber struct {
	value float64
	unit  string
	// code: digits that count nothing, such as a postcode with a leading zero.
	code bool
}

var (
	currencies = map[string]string{
		"€": "EUR", "eur": "EUR", "euro": "EUR", "$": "USD", "usd": "USD", "us$": "USD", "£": "GBP", "gbp": "GBP", "chf": "CHF",
		"sfr": "CHF", "fr.": "CHF", "%": "%", "prozent": "%", "percent": "%",
	}
	numberParts   = regexp.MustCompile(`^(\(?[-−–+]?)\s*(€|\$|£|us\$|eur|usd|gbp|chf|sfr|fr\.)?\s*([-−–+]?)\s*(\d[\d.,'’\x{00a0}\x{202f} ]*)\s*(€|\$|£|%|us\$|eur|euro|usd|gbp|chf|sfr|prozent|percent)?\s*(\)?-?)$`)
	germanFigure  = regexp.MustCompile(`^(?:\d{1,3}(?:\.\d{3})+|\d+),\d+$|^\d{1,3}(?:\.\d{3}){2,}$`)
	englishFigure = regexp.MustCompile(`^(?:\d{1,3}(?:,\d{3})+|\d+)\.\d+$|^\d{1,3}(?:,\d{3}){2,}$`)
	dottedGroup   = regexp.MustCompile(`^[1-9]\d{0,2}\.\d{3}$`)
	commaGroup    = regexp.MustCompile(`^[1-9]\d{0,2},\d{3}$`)
	plainNumber   = regexp.MustCompile(`^\d+$`)
	exponent      = regexp.MustCompile(`^[-+]?\d(?:\.\d+)?[eE][-+]?\d{1,3}$`)
)

// parseNumber reads a number the way people and programs write it: 1.234,56 ·
// 1,234.56 · 1234.56 · 1 234,50 € · -5 % · (12,00). Point decides what 1.234
// is; 1,234 is then 1.234 in German and 1234 in English.
func parseNumber(cell string, point bool) (cellNumber, bool) {
	if len(cell) > 60 || cell == "" {
		return cellNumber{}, false
	}
	if exponent.MatchString(cell) {
		value, err := strconv.ParseFloat(cell, 64)
		return cellNumber{value: value}, err == nil
	}
	parts := numberParts.FindStringSubmatch(strings.ToLower(cell))
	if parts == nil || parts[2] != "" && parts[5] != "" {
		return cellNumber{}, false
	}
	negative := strings.ContainsAny(parts[1]+parts[3]+parts[6], "-−–(")
	if strings.HasPrefix(parts[1], "(") != strings.HasPrefix(parts[6], ")") {
		return cellNumber{}, false
	}
	n := cellNumber{unit: currencies[parts[2]+parts[5]]}
	parts[4] = strings.TrimSpace(parts[4])
	digits := parts[4]
	for _, blank := range []string{"\u00a0", "\u202f", " ", "'", "’"} {
		digits = strings.ReplaceAll(digits, blank, "")
	}
	n.code = len(digits) > 1 && digits[0] == '0' && plainNumber.MatchString(digits) || strings.ContainsAny(parts[4], " ") && !strings.ContainsAny(parts[4], ".,") && !groupedByBlanks(parts[4])
	switch { // the two forms that mean different things come first
	case plainNumber.MatchString(digits):
	case dottedGroup.MatchString(digits):
		if !point {
			digits = strings.ReplaceAll(digits, ".", "")
		}
	case commaGroup.MatchString(digits):
		digits = strings.ReplaceAll(digits, ",", map[bool]string{true: "", false: "."}[point])
	case germanFigure.MatchString(digits):
		digits = strings.ReplaceAll(strings.ReplaceAll(digits, ".", ""), ",", ".")
	case englishFigure.MatchString(digits):
		digits = strings.ReplaceAll(digits, ",", "")
	default:
		return cellNumber{}, false
	}
	value, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return cellNumber{}, false
	}
	if n.value = value; negative {
		n.value = -value
	}
	return n, true
}

var blankGroups = regexp.MustCompile(`^\d{1,3}(?:[ \x{00a0}\x{202f}]\d{3})+$`)

// groupedByBlanks tells thousands set apart by blanks from a telephone number.
func groupedByBlanks(digits string) bool { return blankGroups.MatchString(strings.TrimSpace(digits)) }

var (
	sheetDate = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$`)
	dottedDay = regexp.MustCompile(`^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?(?: Uhr)?$`)
	slashDay  = regexp.MustCompile(`^(\d{1,2})/(\d{1,2})/(\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$`)
)

// parseDate reads 2024-12-31, 31.12.2024, 31.12.24 and 31/12/2024, each with or
// without a time, and gives the form that sorts; "" for anything else.
func parseDate(cell string) string {
	if len(cell) < 6 || len(cell) > 30 {
		return ""
	}
	var year, month, day string
	var clock []string
	if p := sheetDate.FindStringSubmatch(cell); p != nil {
		year, month, day, clock = p[1], p[2], p[3], p[4:7]
	} else if p := dottedDay.FindStringSubmatch(cell); p != nil {
		day, month, year, clock = p[1], p[2], p[3], p[4:7]
	} else if p := slashDay.FindStringSubmatch(cell); p != nil {
		day, month, year, clock = p[1], p[2], p[3], p[4:7]
		if m, _ := strconv.Atoi(month); m > 12 { // month first, as Americans write
			day, month = month, day
		}
	} else {
		return ""
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	y := number(year)
	if len(year) == 2 {
		if y += 1900; y < 1950 {
			y += 100
		}
	}
	t := time.Date(y, time.Month(number(month)), number(day), number(clock[0]), number(clock[1]), number(clock[2]), 0, time.UTC)
	if t.Month() != time.Month(number(month)) || t.Day() != number(day) || number(clock[0]) > 23 || number(clock[1]) > 59 {
		return ""
	}
	if clock[0] == "" {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.DateTime)
}

var headingUnit = regexp.MustCompile(`(?i)(€|%|\$|£|\beuro?\b|\busd\b|\bgbp\b|\bchf\b)`)

// unitIn finds a unit in a heading such as "Umsatz (€)".
func unitIn(heading string) string {
	return currencies[strings.ToLower(headingUnit.FindString(heading))]
}

// ConditionValue reads what a person typed to compare with a column: a float64
// or a date for those columns, the text itself for others. Point as in
// [ReadSheets]; what is typed in German has a comma.
func (c Column) ConditionValue(typed string, point bool) (any, error) {
	typed = strings.TrimSpace(typed)
	switch c.Type {
	case NumberColumn:
		if n, ok := parseNumber(typed, point); ok {
			return n.value, nil
		}
		return nil, fmt.Errorf("no number")
	case DateColumn:
		if d := parseDate(typed); d != "" {
			return d, nil
		}
		return nil, fmt.Errorf("no date")
	}
	return typed, nil
}
