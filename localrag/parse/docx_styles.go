package parse

import (
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
)

// wordStyle is what a paragraph style says about the role of its paragraphs.
type wordStyle struct {
	basedOn     string
	level       int // of a heading, 1-based; -1 for body text, 0 for unknown
	list, depth string
}

type wordStyles map[string]wordStyle

var headingName = regexp.MustCompile(`(?i)^(?:heading|überschrift|berschrift|titre|título|titolo|kop|nagłówek)\s*([1-9])$`)

// wordStyles reads the style table.
func (a *archive) wordStyles(part string) (wordStyles, error) {
	styles := wordStyles{}
	var id string
	var current wordStyle
	err := a.xml(part, func(_ *xml.Decoder, token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			value := attribute(t, "val")
			switch t.Name.Local {
			case "style":
				id, current = attribute(t, "styleId"), wordStyle{}
			case "name":
				if match := headingName.FindStringSubmatch(value); match != nil {
					current.level, _ = strconv.Atoi(match[1])
				} else if strings.EqualFold(value, "title") || strings.EqualFold(value, "titel") {
					current.level = 1
				}
			case "basedOn":
				current.basedOn = value
			case "outlineLvl":
				current.level = outlineLevel(value)
			case "numId":
				current.list = value
			case "ilvl":
				current.depth = value
			}
		case xml.EndElement:
			if t.Name.Local == "style" && id != "" && len(styles) < 10000 {
				styles[id], id = current, ""
			}
		}
		return nil
	})
	return styles, err
}

// outlineLevel reads Word's level, which counts from 0; 9 is body text.
func outlineLevel(value string) int {
	level, err := strconv.Atoi(value)
	switch {
	case err != nil || level < 0:
		return 0
	case level > 8:
		return -1
	}
	return level + 1
}

// resolve follows the chain of styles an unset property is taken from.
func (s wordStyles) resolve(id string) wordStyle {
	style, known := s[id]
	if !known {
		if match := headingName.FindStringSubmatch(id); match != nil {
			style.level, _ = strconv.Atoi(match[1])
		}
		return style
	}
	for steps, parent := 0, style.basedOn; parent != "" && steps < 20; steps++ {
		above := s[parent]
		fill(&style.level, above.level)
		if style.list == "" {
			style.list = above.list
			fill(&style.depth, above.depth)
		}
		parent = above.basedOn
	}
	return style
}

// wordNumbering makes the labels of list paragraphs, as Word shows them:
// "3.", "2.1", "b)".
type wordNumbering struct {
	lists    map[string]string // list id → abstract list
	abstract map[string]*[9]wordLevel
	override map[string]map[int]int // list id → level → start
	counters map[string]*[9]int     // by abstract list
	started  map[string]bool        // lists whose start override was applied
}

type wordLevel struct {
	start  int
	format string
	text   string
}

func (a *archive) wordNumbering(part string) (wordNumbering, error) {
	n := wordNumbering{map[string]string{}, map[string]*[9]wordLevel{}, map[string]map[int]int{}, map[string]*[9]int{}, map[string]bool{}}
	var abstractID, listID string
	level := -1
	err := a.xml(part, func(_ *xml.Decoder, token xml.Token) error {
		e, ok := token.(xml.StartElement)
		if !ok || len(n.lists) > 10000 || len(n.abstract) > 10000 {
			return nil
		}
		value := attribute(e, "val")
		switch e.Name.Local {
		case "abstractNum":
			abstractID, listID, level = attribute(e, "abstractNumId"), "", -1
			n.abstract[abstractID] = &[9]wordLevel{}
		case "num":
			listID, abstractID, level = attribute(e, "numId"), "", -1
		case "abstractNumId":
			n.lists[listID] = value
		case "lvl", "lvlOverride":
			level = number(attribute(e, "ilvl"), -1)
		case "startOverride":
			if listID != "" && level >= 0 && level < 9 {
				if n.override[listID] == nil {
					n.override[listID] = map[int]int{}
				}
				n.override[listID][level] = number(value, 1)
			}
		}
		if levels := n.abstract[abstractID]; levels != nil && listID == "" && level >= 0 && level < 9 {
			switch e.Name.Local {
			case "start":
				levels[level].start = number(value, 1)
			case "numFmt":
				levels[level].format = value
			case "lvlText":
				levels[level].text = value
			}
		}
		return nil
	})
	return n, err
}

func number(s string, fallback int) int {
	if n, err := strconv.Atoi(s); err == nil && n >= -1_000_000 && n <= 1_000_000 {
		return n
	}
	return fallback
}

// next counts a paragraph of a list and gives its label. It is false for a
// paragraph that is in no list.
func (n wordNumbering) next(list, depth string) (string, bool) {
	if list == "" || list == "0" {
		return "", false
	}
	level := min(max(number(depth, 0), 0), 8)
	abstract := n.lists[list]
	levels := n.abstract[abstract]
	if levels == nil {
		return "", true
	}
	counters := n.counters[abstract]
	if counters == nil {
		counters = &[9]int{}
		for i := range counters {
			counters[i] = levels[i].start - 1
		}
		n.counters[abstract] = counters
	}
	if starts := n.override[list]; starts != nil && !n.started[list] {
		n.started[list] = true
		for i, start := range starts {
			counters[i] = start - 1
		}
	}
	counters[level]++
	for i := level + 1; i < 9; i++ {
		counters[i] = levels[i].start - 1
	}
	return n.label(levels, counters, level), true
}

func (n wordNumbering) label(levels *[9]wordLevel, counters *[9]int, level int) string {
	switch levels[level].format {
	case "bullet":
		return "•"
	case "none":
		return ""
	}
	label := levels[level].text
	for i := 0; i <= level; i++ {
		mark := "%" + strconv.Itoa(i+1)
		if strings.Contains(label, mark) {
			value := counters[i]
			if i < level && value < levels[i].start {
				value = levels[i].start
			}
			label = strings.ReplaceAll(label, mark, formatNumber(levels[i].format, value))
		}
	}
	return squeeze(label)
}

// formatNumber writes a counter in one of Word's number formats.
func formatNumber(format string, value int) string {
	switch format {
	case "lowerLetter", "upperLetter":
		if value < 1 || value > 26*20 {
			break
		}
		first := byte('a')
		if format == "upperLetter" {
			first = 'A'
		}
		return strings.Repeat(string(first+byte((value-1)%26)), (value-1)/26+1)
	case "lowerRoman", "upperRoman":
		if value < 1 || value > 3999 {
			break
		}
		if format == "lowerRoman" {
			return strings.ToLower(roman(value))
		}
		return roman(value)
	case "decimalZero":
		if value >= 0 && value < 10 {
			return "0" + strconv.Itoa(value)
		}
	}
	return strconv.Itoa(value)
}

func roman(value int) string {
	var out strings.Builder
	for _, step := range []struct {
		value int
		sign  string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for value >= step.value {
			out.WriteString(step.sign)
			value -= step.value
		}
	}
	return out.String()
}
