package app

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"kontor/localrag/parse"
)

// filterWord is a word like type:pdf, ordner:"Verträge 2024" or seit:2024-03.
var filterWord = regexp.MustCompile(`(?i)(^|\s)(typ|type|format|ordner|folder|seit|ab|since|nach|after|vor|before|bis|until):("[^"]+"|[^\s"]+)`)

// formats maps what people call a type to the formats it means.
func (a *App) formats() map[string][]string {
	called := map[string][]string{
		"word": {"docx", "odt", "rtf", "doc"}, "excel": {"xlsx", "ods", "csv", "xls"}, "powerpoint": {"pptx", "odp", "ppt"},
		"tabelle": {"xlsx", "ods", "csv"}, "spreadsheet": {"xlsx", "ods", "csv"},
		"präsentation": {"pptx", "odp"}, "presentation": {"pptx", "odp"}, "folien": {"pptx", "odp"}, "slides": {"pptx", "odp"},
		"mail": {"eml", "msg", "mbox"}, "e-mail": {"eml", "msg", "mbox"}, "email": {"eml", "msg", "mbox"},
		"text": {"txt", "md"}, "markdown": {"md"}, "web": {"html"},
	}
	for _, f := range parse.Formats() {
		called[f.Name] = []string{f.Name}
		for _, extension := range f.Extensions {
			called[strings.TrimPrefix(extension, ".")] = []string{f.Name}
		}
	}
	return called
}

// readFilterWords takes the filter words out of a text. A word whose value
// means nothing stays: it is part of the question.
func readFilterWords(text string, formats map[string][]string, now time.Time, filter *Filter) string {
	var kept strings.Builder
	last := 0
	for _, at := range filterWord.FindAllStringSubmatchIndex(text, -1) {
		key, value := strings.ToLower(text[at[4]:at[5]]), strings.Trim(text[at[6]:at[7]], `"`)
		end := at[7]
		if trimmed := strings.TrimRight(value, ",;!?"); text[at[6]] != '"' && trimmed != "" {
			end -= len(value) - len(trimmed)
			value = trimmed
		}
		if !applyFilterWord(filter, key, value, formats, now) {
			continue
		}
		before := at[3]
		if end < len(text) && !unicode.IsSpace(rune(text[end])) {
			before = at[2] // a comma follows: no blank stays before it
		}
		kept.WriteString(text[last:before])
		last = end
	}
	kept.WriteString(text[last:])
	return kept.String()
}

func applyFilterWord(filter *Filter, key, value string, formats map[string][]string, now time.Time) bool {
	switch key {
	case "typ", "type", "format":
		return applyTypes(filter, value, formats)
	case "ordner", "folder":
		filter.Folder = value
		return true
	}
	begin, end, ok := period(value, now.Location())
	if !ok {
		return false
	}
	switch key {
	case "seit", "ab", "since":
		filter.After = begin.UnixMilli()
	case "nach", "after":
		filter.After = end.UnixMilli()
	case "vor", "before":
		filter.Before = begin.UnixMilli()
	case "bis", "until":
		filter.Before = end.UnixMilli()
	}
	return true
}

// applyTypes reads "pdf" or "pdf,docx".
func applyTypes(filter *Filter, value string, formats map[string][]string) bool {
	var types []string
	for one := range strings.SplitSeq(strings.ToLower(value), ",") {
		meant := formats[strings.TrimPrefix(one, ".")]
		if meant == nil {
			return false
		}
		types = append(types, meant...)
	}
	for _, t := range types {
		if !slices.Contains(filter.Types, t) {
			filter.Types = append(filter.Types, t)
		}
	}
	return true
}

// period reads a year, a month or a day as Germans and ISO write them, and
// says when it begins and when the next one does.
func period(value string, zone *time.Location) (begin, end time.Time, ok bool) {
	parts := strings.FieldsFunc(value, func(r rune) bool { return r == '.' || r == '-' || r == '/' })
	numbers := make([]int, len(parts))
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return begin, end, false
		}
		numbers[i] = n
	}
	if n := len(parts); n == 0 || n > 3 {
		return begin, end, false
	} else if len(parts[0]) != 4 { // 5.3.2024: the year last
		slices.Reverse(numbers)
		parts[0] = parts[n-1]
	}
	if len(parts[0]) != 4 {
		return begin, end, false
	}
	year, month, day := numbers[0], 1, 1
	if len(numbers) > 1 {
		month = numbers[1]
	}
	if len(numbers) > 2 {
		day = numbers[2]
	}
	begin = time.Date(year, time.Month(month), day, 0, 0, 0, 0, zone)
	if begin.Month() != time.Month(month) || begin.Day() != day {
		return begin, end, false // 31 February
	}
	return begin, begin.AddDate(units(len(numbers))), true
}

// units is one year, month or day.
func units(known int) (years, months, days int) {
	switch known {
	case 1:
		return 1, 0, 0
	case 2:
		return 0, 1, 0
	}
	return 0, 0, 1
}
