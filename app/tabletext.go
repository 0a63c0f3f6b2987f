package app

import (
	"slices"
	"strconv"
	"strings"

	"kontor/localrag"
)

// tableLines is how many lines of a result stand in the answer's text.
const tableLines = 50

// answerTable makes an answer of a result: one number as a sentence, everything
// else as a table. The rows of the sheet are its sources.
func (j *answering) answerTable(outcome TableOutcome) {
	language := localrag.DetectLanguage(j.options.question)
	if language == "" || j.options.table != nil { // a form's question has no language of its own
		language = j.app.language()
	}
	say := func(key string, args map[string]string) string { return j.app.texts.Text(language, key, args) }
	passages := outcome.Passages
	outcome.Passages = []Passage{}
	j.mu.Lock()
	j.message.Table, j.message.Passages = &outcome, passages
	table, view := outcome, slices.Clone(passages)
	j.mu.Unlock()
	j.app.bus.Publish(Event{AnswerWork: &AnswerWork{MessageID: j.message.ID, Table: &table}})
	j.app.bus.Publish(Event{AnswerPassages: &AnswerPassages{MessageID: j.message.ID, Mode: modeTable, Passages: view}})
	place := quoted(outcome.Source.Document)
	if outcome.Source.Sheet != "" {
		place = say("table.place", map[string]string{"document": place, "sheet": quoted(outcome.Source.Sheet)})
	}
	args := map[string]string{"place": place, "rows": strconv.Itoa(len(outcome.Rows)), "matching": strconv.Itoa(outcome.Matching), "skipped": strconv.Itoa(outcome.Skipped)}
	cited := []int{}
	for i := range min(3, len(passages)) {
		cited = append(cited, i+1)
	}
	var c composed
	single := len(outcome.Rows) == 1 && len(outcome.Columns) == 1
	switch {
	case len(outcome.Rows) == 0 || single && outcome.Rows[0][0] == "":
		c.text.WriteString(say("table.nothing", args))
	case single:
		args["value"] = quoted(shownValue(outcome.Rows[0][0], outcome.Columns[0], language))
		c.claim(say("table.single", args), cited, true)
	default:
		c.claim(say("table.lines", args), cited, true)
	}
	if outcome.Matching >= 0 && !single && len(outcome.Rows) > 0 && outcome.Matching != len(outcome.Rows) || single && outcome.Matching > 0 {
		c.text.WriteString(" " + say("table.matching", args))
	}
	if outcome.Skipped > 0 {
		c.text.WriteString(" " + say("table.skipped", args))
	}
	c.text.WriteString("\n")
	if len(outcome.Rows) > 0 && !single {
		c.text.WriteString("\n" + markdownTable(outcome, language))
		if outcome.Cut || len(outcome.Rows) > tableLines {
			c.text.WriteString("\n" + say("table.cut", map[string]string{"shown": strconv.Itoa(min(tableLines, len(outcome.Rows)))}) + "\n")
		}
	}
	c.publish(j)
}

func markdownTable(outcome TableOutcome, language string) string {
	var b strings.Builder
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	heads, rules := make([]string, len(outcome.Columns)), make([]string, len(outcome.Columns))
	for i, c := range outcome.Columns {
		heads[i], rules[i] = quoted(c.Name), "---"
		if c.Type == "number" {
			rules[i] = "---:"
		}
	}
	line(heads)
	line(rules)
	for _, row := range outcome.Rows[:min(tableLines, len(outcome.Rows))] {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = quoted(clip(shownValue(v, outcome.Columns[i], language), 200))
		}
		line(cells)
	}
	return b.String()
}

// shownValue writes a value as people read it.
func shownValue(value string, column OutcomeColumn, language string) string {
	n, err := strconv.ParseFloat(value, 64)
	if column.Type != "number" || err != nil {
		return value
	}
	digits := -1
	if column.Unit != "" && column.Unit != "%" {
		digits = 2
	} else if _, decimals, _ := strings.Cut(value, "."); len(decimals) > 4 {
		digits = 4
	}
	text := strconv.FormatFloat(n, 'f', digits, 64)
	whole, decimals, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	thousands, point := ",", "."
	if language == "de" {
		thousands, point = ".", ","
	}
	if len(whole) > 4 || column.Unit != "" { // a year is no amount
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + thousands + whole[i:]
		}
	}
	if decimals != "" {
		whole += point + decimals
	}
	if strings.HasPrefix(text, "-") {
		whole = "−" + whole
	}
	switch column.Unit {
	case "":
		return whole
	case "EUR":
		return whole + " €"
	}
	return whole + " " + column.Unit
}
