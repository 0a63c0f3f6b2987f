package localrag

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

var (
	markdownLink = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	citationMark = regexp.MustCompile(`\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]|[¹²³⁴-⁹⁰]+`)
)

// plainText removes citation marks and Markdown from a sentence.
func plainText(sentence string) string {
	if strings.ContainsAny(sentence, "[¹²³⁴⁵⁶⁷⁸⁹⁰") {
		sentence = markdownLink.ReplaceAllString(sentence, "$1")
		sentence = citationMark.ReplaceAllString(sentence, " ")
	}
	return strings.TrimSpace(strings.NewReplacer("**", "", "__", "", "`", "", "*", "").Replace(sentence))
}

var (
	negators = newWordSet(`nicht kein keine keinen keinem keiner keines nie niemals nichts weder ohne niemand nirgends verboten untersagt unzulässig
not no never without none neither nor cannot nothing nobody prohibited forbidden unlawful`)

	// numberWords are what people write out; one and ein are articles as often.
	numberWords = map[string]string{
		"zwei": "2", "drei": "3", "vier": "4", "fünf": "5", "sechs": "6", "sieben": "7", "acht": "8", "neun": "9",
		"zehn": "10", "elf": "11", "zwölf": "12", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
		"seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
	}

	monthNumbers = map[string]int{
		"januar": 1, "jänner": 1, "january": 1, "februar": 2, "february": 2, "märz": 3, "march": 3, "april": 4,
		"mai": 5, "may": 5, "juni": 6, "june": 6, "juli": 7, "july": 7, "august": 8, "september": 9, "oktober": 10,
		"october": 10, "november": 11, "dezember": 12, "december": 12,
	}

	numericDate = regexp.MustCompile(`\b(\d{1,2})\.\s?(\d{1,2})\.\s?((?:19|20)?\d\d)\b`)
	isoDate     = regexp.MustCompile(`\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b`)
	germanDate  = regexp.MustCompile(`(?i)\b(\d{1,2})\.?\s+(?:of\s+)?(\pL{3,9})(?:,?\s+((?:19|20)\d\d))?`)
	englishDate = regexp.MustCompile(`(?i)\b(\pL{3,9})\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)`)
	figureRun   = regexp.MustCompile(`\d+(?:[.,]\d+)*`)
)

// isNegated tells whether an odd number of negations stands in text.
func isNegated(text string) bool {
	negated := false
	sample(text, func(word string) {
		if negators.has(word) || strings.HasSuffix(word, "n't") {
			negated = !negated
		}
	})
	return negated
}

// figuresIn collects the figures of a text in one spelling: 1.234,5 and
// 1,234.5, three and 3, 1. März 2024 and 01.03.2024 are equal.
func figuresIn(text string) map[string]bool {
	figures := map[string]bool{}
	text = takeReferences(norm.NFKC.String(text), figures)
	if strings.ContainsAny(text, "0123456789") {
		text = takeDates(text, figures)
		for _, run := range figureRun.FindAllString(text, -1) {
			figures[normalFigure(run)] = true
		}
	}
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if n, ok := numberWords[word]; ok {
			figures[n] = true
		}
	}
	return figures
}

var reference = regexp.MustCompile(`(?:§§?|\b(?:Abs\.|Absatz(?:es)?|Nr\.|Nummer|Art\.|Artikels?|Satz(?:es)?|Section|Article))\s*(\d+\pL?)`)

// takeReferences records the numbers of sections and removes them from text:
// § 5 is not five.
func takeReferences(text string, figures map[string]bool) string {
	return reference.ReplaceAllStringFunc(text, func(s string) string {
		figures["§"+reference.FindStringSubmatch(s)[1]] = true
		return " "
	})
}

// takeDates records full dates as one figure and removes them from text.
func takeDates(text string, figures map[string]bool) string {
	record := func(day, month, year string) bool {
		d, _ := strconv.Atoi(day)
		m, _ := strconv.Atoi(month)
		if m == 0 {
			m = monthNumbers[strings.ToLower(month)]
		}
		if d < 1 || d > 31 || m < 1 || m > 12 {
			return false
		}
		if len(year) == 2 {
			year = "20" + year
		}
		figures[year+"-"+strconv.Itoa(m)+"-"+strconv.Itoa(d)] = true
		return true
	}
	take := func(pattern *regexp.Regexp, day, month, year int) {
		text = pattern.ReplaceAllStringFunc(text, func(s string) string {
			g := pattern.FindStringSubmatch(s)
			if record(g[day], g[month], g[year]) {
				return " "
			}
			return s
		})
	}
	take(isoDate, 3, 2, 1)
	take(numericDate, 1, 2, 3)
	take(englishDate, 2, 1, 3)
	take(germanDate, 1, 2, 3)
	return text
}

// normalFigure drops thousands separators and trailing zeros of decimals.
func normalFigure(run string) string {
	if parts := strings.FieldsFunc(run, func(r rune) bool { return r == '.' || r == ',' }); len(parts) > 1 {
		if plain, ok := withoutThousands(run, parts); ok {
			run = strings.ReplaceAll(plain, "_", ".")
		} else {
			run = strings.Join(parts, ".")
		}
		if strings.Count(run, ".") == 1 {
			run = strings.TrimSuffix(strings.TrimRight(run, "0"), ".")
		}
	}
	if trimmed := strings.TrimLeft(run, "0"); trimmed != "" && trimmed[0] != '.' {
		return trimmed
	}
	return run
}

// holdsFigure tells whether a figure is among others; a date is also held by
// its day and month without the year.
func holdsFigure(figures map[string]bool, figure string) bool {
	if figures[figure] {
		return true
	}
	if year, day, ok := strings.Cut(figure, "-"); ok {
		if year == "" { // the claim names no year: any year will do
			for f := range figures {
				if strings.HasSuffix(f, figure) {
					return true
				}
			}
			return false
		}
		return figures["-"+day] && figures[year]
	}
	return len(figure) == 4 && holdsYear(figures, figure)
}

func holdsYear(figures map[string]bool, year string) bool {
	for f := range figures {
		if strings.HasPrefix(f, year+"-") {
			return true
		}
	}
	return false
}

// Beginnings of sentences that speak about the answer or the documents, not
// from them. Lower case.
var neutralStarts = []string{
	"hier ist", "hier sind", "hier finden sie", "hier findest du", "im folgenden", "nachfolgend", "gerne", "gern ", "natürlich", "klar", "hallo", "guten tag", "ja,", "ja.",
	"nein.", "ich hoffe", "ich kann", "ich konnte", "ich habe", "ich bin", "es tut mir", "leider", "zusammenfassung", "zusammenfassend", "fazit", "kurz gesagt",
	"lassen sie mich", "wenn sie weitere", "falls sie", "bei fragen", "bei weiteren fragen", "bitte beachten", "laut den dokumenten:", "basierend auf", "auf grundlage der", "quelle", "hinweis:",
	"here is", "here are", "here's", "sure", "of course", "certainly", "hello", "hi ", "yes.", "yes,", "no.", "i hope", "i can", "i could", "i cannot", "i'm ",
	"i am", "i have", "i don't", "sorry", "unfortunately", "in summary:", "summary", "in short:", "let me know", "if you", "feel free", "please note", "based on the", "source", "note:", "the following",
}

// notFound are ways to say that the documents do not tell.
var notFound = regexp.MustCompile(`(?i)(dokument|unterlage|passage|quelle|text|kontext|textstelle|auszüg)\w*\b.*\b(nicht|keine?n?)\b.*\b(hervor|angegeben|erwähnt|enthalten|genannt|gefunden|information|angabe|auskunft|beantwort)|(nicht|keine?n?)\b.*\b(dokument|unterlage|passage|quelle|text|kontext)\w*|(document|passage|source|text|context|excerpt)s?\b.*\b(do not|does not|don't|doesn't|no)\b.*\b(mention|say|state|contain|provide|information|specify|include)|\b(no information|not mentioned|not stated|not specified)\b`)

// isNeutral tells whether a sentence claims nothing that could be looked up.
func isNeutral(text string, terms []string, figures int) bool {
	lower := strings.ToLower(text)
	if strings.HasSuffix(lower, "?") || strings.HasSuffix(lower, ":") || notFound.MatchString(text) {
		return true
	}
	if figures == 0 && len(terms) <= 1 {
		return true
	}
	for _, start := range neutralStarts {
		if strings.HasPrefix(lower, start) && figures == 0 && len(terms) <= 5 {
			return true
		}
	}
	return false
}

// namesIn guesses the proper names of a sentence: capitalised words inside it
// and, in German, where every noun is, those that are no common noun, compound
// or derivation.
func (m *Matcher) namesIn(language, text string) []string {
	var names []string
	first := true
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' }) {
		initial := first
		first = false
		r, _ := utf8.DecodeRuneInString(word)
		if initial || !unicode.IsUpper(r) || utf8.RuneCountInString(word) < 3 && !isAcronym(word) || strings.Contains(word, "-") {
			continue
		}
		lower := strings.ToLower(word)
		if m.analyser.isStop(language, lower) || monthNumbers[lower] > 0 || language != "en" && m.isCommonNoun(lower) {
			continue
		}
		names = append(names, word)
	}
	return names
}

// Endings of German nouns that are made of other words.
var derivations = []string{"ung", "ungen", "heit", "heiten", "keit", "keiten", "schaft", "schaften", "tum", "nis", "nisse", "nissen", "ion", "ionen", "tät", "täten", "ismus", "ment", "mente",
	"ende", "enden", "ender", "erin", "erinnen", "ling", "chen", "igkeit", "ieren", "age", "agen", "ität", "anz", "enz", "ik", "iken", "ei", "eien"}

func (m *Matcher) isCommonNoun(lower string) bool {
	folded := foldGerman(lower)
	parts := m.analyser.parts
	if parts.known.has(folded) || parts.split(folded) != nil {
		return true
	}
	for _, ending := range derivations {
		if strings.HasSuffix(lower, ending) && len(lower) > len(ending)+2 {
			return true
		}
	}
	return false
}
