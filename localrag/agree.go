package localrag

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// facts are what a sentence and its source must not differ in, however much
// else they share: figures with their units, and words that exclude each other.
type facts struct {
	figures map[string]bool
	units   map[string]uint32 // figure → set of units it is given in
	poles   map[int]uint8     // opposition → the sides named, as bits 1 and 2
	words   map[string]bool   // lower case
}

// factsIn collects the facts of a text. In a source "eine Woche" also counts as
// one week; in a claim an article demands nothing.
func factsIn(text string, source bool) facts {
	f := facts{figures: figuresIn(text), units: map[string]uint32{}, poles: polesIn(text), words: map[string]bool{}}
	f.measure(reference.ReplaceAllString(text, " "), source)
	weekdaysIn(text, f.figures)
	return f
}

// join adds what another sentence of the same source says.
func (f facts) join(other facts) facts {
	joined := facts{figures: map[string]bool{}, units: map[string]uint32{}, poles: map[int]uint8{}, words: map[string]bool{}}
	for _, part := range []facts{f, other} {
		for figure := range part.figures {
			joined.figures[figure] = true
		}
		for figure, units := range part.units {
			joined.units[figure] |= units
		}
		for opposition, sides := range part.poles {
			joined.poles[opposition] |= sides
		}
		for word := range part.words {
			joined.words[word] = true
		}
	}
	return joined
}

// contradicts tells whether a source with these facts cannot mean the claim:
// a figure is missing or has another unit, or the source names only the
// opposite of what the claim says. Figures of context (a heading) count as well.
func (f facts) contradicts(claim facts, context map[string]bool) bool {
	for figure := range claim.figures {
		if !holdsFigure(f.figures, figure) && !holdsFigure(context, figure) {
			return true
		}
		if a, b := claim.units[figure], f.units[figure]; a != 0 && b != 0 && a&b == 0 {
			return true
		}
	}
	for opposition, sides := range claim.poles {
		if other := f.poles[opposition]; sides != 3 && other == 3-sides {
			return true
		}
	}
	return false
}

// turned tells whether one side says "wirksam" where the other says "unwirksam".
func (f facts) turned(claim facts) bool {
	for word := range claim.words {
		if len(word) > 5 && !f.words[word] && (f.words["un"+word] || strings.HasPrefix(word, "un") && f.words[word[2:]]) {
			return true
		}
	}
	return false
}

// Units of figures, as bits.
const (
	unitSecond uint32 = 1 << iota
	unitMinute
	unitHour
	unitDay
	unitWeek
	unitMonth
	unitYear
	unitCent
	unitEuro
	unitPercent
)

var (
	unitWords = map[string]uint32{
		"sekunde": unitSecond, "sekunden": unitSecond, "second": unitSecond, "seconds": unitSecond,
		"minute": unitMinute, "minuten": unitMinute, "minutes": unitMinute,
		"stunde": unitHour, "stunden": unitHour, "hour": unitHour, "hours": unitHour,
		"tag": unitDay, "tage": unitDay, "tagen": unitDay, "day": unitDay, "days": unitDay,
		"woche": unitWeek, "wochen": unitWeek, "week": unitWeek, "weeks": unitWeek,
		"monat": unitMonth, "monate": unitMonth, "monaten": unitMonth, "month": unitMonth, "months": unitMonth,
		"jahr": unitYear, "jahre": unitYear, "jahren": unitYear, "year": unitYear, "years": unitYear,
		"cent": unitCent, "cents": unitCent, "euro": unitEuro, "euros": unitEuro, "eur": unitEuro, "€": unitEuro,
		"prozent": unitPercent, "percent": unitPercent, "%": unitPercent,
	}
	// unitStems are the units of "vierwöchig" and "achtstündig".
	unitStems = map[string]uint32{
		"minütig": unitMinute, "stündig": unitHour, "tägig": unitDay, "wöchig": unitWeek, "monatig": unitMonth, "jährig": unitYear,
		"minütlich": unitMinute, "stündlich": unitHour, "fach": 0, "mal": 0, "mals": 0,
	}
	factToken = regexp.MustCompile(`\d+(?:[.,]\d+)*|\pL+(?:-\pL+)*|[€%]|[.;:()\n]`)
	articles  = newWordSet(`ein eine einen einem einer eines one`)
)

// measure finds the unit of each figure: the first unit word among the three
// words that follow it ("zwölf aufeinanderfolgende Werktage").
func (f *facts) measure(text string, source bool) {
	const reach = 3
	figure, left := "", 0
	for _, token := range factToken.FindAllString(text, -1) {
		lower := strings.ToLower(token)
		f.words[lower] = true
		if unit := unitOf(lower); unit != 0 && left > 0 {
			f.units[figure] |= unit
			if source && figure == "1" {
				f.figures["1"] = true
			}
			figure, left = "", 0
			continue
		}
		left--
		switch {
		case token[0] >= '0' && token[0] <= '9':
			figure, left = normalFigure(token), reach
		case numberWord(lower) != "":
			figure, left = numberWord(lower), reach
			f.figures[figure] = true
		case source && articles.has(lower):
			figure, left = "1", 1
		case strings.ContainsAny(token, ".;:()\n"):
			left = 0
		default:
			f.compound(lower)
		}
	}
}

// compound reads "dreimonatig", "vierwöchiger", "das Dreifache", "ein Zwölftel".
func (f *facts) compound(word string) {
	if rest, ok := strings.CutSuffix(strings.TrimSuffix(word, "s"), "tel"); ok && fractionWords[rest] != "" {
		f.figures["1/"+fractionWords[rest]] = true
	}
	for stem, unit := range unitStems {
		at := strings.Index(word, stem)
		if at < 3 || len(word)-at-len(stem) > 2 {
			continue
		}
		if number := numberWord(word[:at]); number != "" {
			f.figures[number] = true
			if unit != 0 {
				f.units[number] |= unit
			}
		}
	}
}

var fractionWords = map[string]string{"drit": "3", "vier": "4", "fünf": "5", "sechs": "6", "ach": "8", "zehn": "10", "zwölf": "12"}

// unitOf is the unit a word names; of a compound its last part: "Werktage".
func unitOf(word string) uint32 {
	if unit, ok := unitWords[word]; ok {
		return unit
	}
	for _, suffix := range []string{"tage", "tagen", "tag", "monats", "monate", "monaten", "monat", "jahrs", "jahre", "jahren", "jahr", "stunden", "stunde", "wochen"} {
		if strings.HasSuffix(word, suffix) && len(word) > len(suffix)+2 {
			return unitWords[strings.TrimSuffix(suffix, "s")]
		}
	}
	return 0
}

var (
	germanUnits = map[string]int{"ein": 1, "eins": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9,
		"zehn": 10, "elf": 11, "zwölf": 12, "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15, "sechzehn": 16, "siebzehn": 17, "achtzehn": 18, "neunzehn": 19}
	germanTens = map[string]int{"zwanzig": 20, "dreißig": 30, "dreissig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60, "siebzig": 70, "achtzig": 80, "neunzig": 90}
	ordinals   = map[string]int{"dritte": 3, "vierte": 4, "fünfte": 5, "sechste": 6, "siebte": 7, "achte": 8, "neunte": 9, "zehnte": 10,
		"third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
	englishNumbers = map[string]int{"thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
		"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
)

// numberWord is the figure a word writes out, "" for none. One and a half of
// the small ones are in [numberWords] as well; ein alone is an article.
func numberWord(word string) string {
	if n, ok := numberWords[word]; ok {
		return n
	}
	if n, ok := englishNumbers[word]; ok {
		return strconv.Itoa(n)
	}
	for _, ending := range []string{"", "n", "r", "s", "m"} {
		if n, ok := ordinals[strings.TrimSuffix(word, ending)]; ok {
			return strconv.Itoa(n)
		}
	}
	if n := germanNumber(word); n > 1 {
		return strconv.Itoa(n)
	}
	return ""
}

// germanNumber reads "fünfundzwanzigtausend"; 0 if word is no number.
func germanNumber(word string) int {
	if before, after, ok := strings.Cut(word, "tausend"); ok {
		return scaled(before, after, 1000)
	}
	if before, after, ok := strings.Cut(word, "hundert"); ok {
		return scaled(before, after, 100)
	}
	if n, ok := germanUnits[word]; ok {
		return n
	}
	if n, ok := germanTens[word]; ok {
		return n
	}
	if unit, ten, ok := strings.Cut(word, "und"); ok && germanUnits[unit] > 0 && germanUnits[unit] < 10 && germanTens[ten] > 0 {
		return germanUnits[unit] + germanTens[ten]
	}
	return 0
}

func scaled(before, after string, scale int) int {
	n := 1
	if before != "" {
		if n = germanNumber(before); n == 0 {
			return 0
		}
	}
	rest := 0
	if after != "" {
		if rest = germanNumber(after); rest == 0 {
			return 0
		}
	}
	return n*scale + rest
}

// opposition is a pair of ideas that exclude each other, each as the words
// that name it in German and English.
type opposition struct{ one, other *regexp.Regexp }

func opposed(one, other string) opposition {
	return opposition{regexp.MustCompile(`(?i)(?:^|\PL)(?:` + one + `)`), regexp.MustCompile(`(?i)(?:^|\PL)(?:` + other + `)`)}
}

var oppositions = []opposition{
	opposed(`mindestens|wenigstens|minimum|mindest\pL+|at least|no less than`, `höchstens|maximal|maximum|at most|no more than|höchst(?:dauer|betrag|frist|satz)`),
	opposed(`schriftlich|in writing|written|in textform`, `mündlich|verbal|oral|telefonisch|by phone`),
	opposed(`länger|verläng|längst|longer|extend`, `kürzer|verkürz|kürzest|shorter|shorten`),
	opposed(`frühestens|at the earliest`, `spätestens|at the latest|no later than`),
	opposed(`beginnt|beginnen|begins?(?:\PL|$)|starts?(?:\PL|$)`, `endet|enden(?:\PL|$)|ends?(?:\PL|$)|expires?`),
	opposed(`aufgerundet|aufzurunden|aufrund|rounded up`, `abgerundet|abzurunden|abrund|rounded down`),
	opposed(`kostenlos|kostenfrei|unentgeltlich|gratis|gebührenfrei|free of charge|for free|costs? nothing|kostet nichts|kosten nichts`, `kostenpflichtig|gebührenpflichtig|subject to a fee|charged?(?:\PL|$)|kostet? \d|costs? \d`),
	opposed(`steig|gestiegen|stieg|erhöh|angehoben|increas|rose(?:\PL|$)|rises?|raise|grew`, `sink|gesunken|sank(?:\PL|$)|senk|gesenkt|verringer|decreas|fell(?:\PL|$)|declin|drop|lower`),
	opposed(`vermieters?(?:\PL|$)|landlord|lessor`, `mietern?s?(?:\PL|$)|tenant|lessee`),
	opposed(`verkäufer|seller|vendor`, `käufer|buyer|purchaser`),
	opposed(`arbeitgeber|employers?(?:\PL|$)`, `arbeitnehmer|employees?(?:\PL|$)|beschäftigte[nr]?(?:\PL|$)|mitarbeite`),
	opposed(`unternehmer|trader`, `verbraucher|consumer`),
	opposed(`auftraggeber|client`, `auftragnehmer|contractor`),
	opposed(`gläubiger|creditor`, `schuldner|debtor`),
	opposed(`darlehensgeber|lender`, `darlehensnehmer|borrower`),
	opposed(`ganzjährig|vollzeit|full-time`, `teilzeit|part-time`),
	opposed(`freiwillig|voluntary|optional`, `verpflichtend|pflicht(?:\PL|$)|obligatorisch|mandatory|compulsory`),
	opposed(`öffnet|geöffnet|offen(?:\PL|$)|open(?:\PL|$)`, `geschlossen|schließt|closed`),
}

func polesIn(text string) map[int]uint8 {
	poles := map[int]uint8{}
	for i, o := range oppositions {
		if o.one.MatchString(text) {
			poles[i] |= 1
		}
		if o.other.MatchString(text) {
			poles[i] |= 2
		}
	}
	return poles
}

// weekdays in one spelling, so that Saturday and Samstag are equal and another
// day is another fact.
var weekdays = map[string]int{
	"montag": 1, "dienstag": 2, "mittwoch": 3, "donnerstag": 4, "freitag": 5, "samstag": 6, "sonnabend": 6, "sonntag": 7,
	"monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6, "sunday": 7,
}

var weekdayWord = regexp.MustCompile(`(?i)\b(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?\b`)

// weekdaysIn adds the days of a text to figures; "Montag bis Freitag" is five.
func weekdaysIn(text string, figures map[string]bool) {
	last, through := 0, false
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;.:()", r) }) {
		word = strings.TrimSuffix(word, "s") // "bis" becomes "bi"
		if first, second, ok := strings.Cut(strings.ReplaceAll(word, "–", "-"), "-"); ok && weekdays[first] > 0 && weekdays[second] > 0 {
			addDays(figures, weekdays[first], weekdays[second])
			continue
		}
		day := weekdays[word]
		switch {
		case day > 0 && through && last > 0:
			addDays(figures, last, day)
		case day > 0:
			addDays(figures, day, day)
		}
		through = word == "bi" || word == "to" || word == "through" || word == "until" || word == "-" || word == "–"
		if !through {
			last = day
		}
	}
}

func addDays(figures map[string]bool, from, to int) {
	for day := from; day <= to; day++ {
		figures["day"+strconv.Itoa(day)] = true
	}
}
