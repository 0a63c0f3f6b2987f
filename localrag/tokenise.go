package localrag

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// termWriter walks over a text and collects its terms. It first cuts runs of
// letters and digits with single connectors between them ("z.B", "E-Mail",
// "num_ctx", "4.2.1", "a@b.de"), then decides run by run.
type termWriter struct {
	analyser    *Analyser
	language    string
	terms       []string
	identifiers []string
	section     sectionReference
	law         string // a law's name in the path of headings so far
	lawHere     string // the same in the current heading
	account     accountNumber
}

const connectors = "-_.,@'’:*/+&"

func (w *termWriter) write(text string) {
	text = joinHyphenated(norm.NFKC.String(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == '§':
			w.section.open("par")
			text = text[size:]
		case isWordRune(r):
			end := runEnd(text)
			w.run(text[:end])
			text = text[end:]
		case r == '›': // the next heading of a path
			w.section.close()
			if w.lawHere != "" {
				w.law = w.lawHere
			}
			text = text[size:]
		default:
			if r == '\n' || r == ';' || r == ')' {
				w.section.close()
			}
			text = text[size:]
		}
	}
	w.account.flush(w)
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) || unicode.IsNumber(r)
}

// runEnd returns the length of the run at the start of text.
func runEnd(text string) int {
	end := 0
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if isWordRune(r) || r == '_' {
			end += size
			continue
		}
		if !strings.ContainsRune(connectors, r) {
			break
		}
		next, _ := utf8.DecodeRuneInString(text[end+size:])
		if !isWordRune(next) {
			break
		}
		end += size
	}
	return end
}

// joinHyphenated removes soft hyphens and zero-width characters, and joins
// words hyphenated at the end of a line.
func joinHyphenated(text string) string {
	if !holdsInvisible(text) && !strings.Contains(text, "-\n") {
		return text
	}
	text = invisible.Replace(text)
	var b strings.Builder
	for {
		i := strings.Index(text, "-\n")
		if i < 0 {
			break
		}
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+2:])
		b.WriteString(text[:i])
		if !unicode.IsLetter(before) || !unicode.IsLower(after) {
			b.WriteString("-\n")
		}
		text = text[i+2:]
	}
	b.WriteString(text)
	return b.String()
}

// holdsInvisible looks for what invisible replaces, byte by byte because every
// text indexed passes here.
func holdsInvisible(text string) bool {
	for i := 0; i+1 < len(text); i++ {
		switch text[i] {
		case 0xC2:
			if text[i+1] == 0xAD {
				return true
			}
		case 0xE2:
			if text[i+1] == 0x80 || text[i+1] == 0x81 {
				return true
			}
		case 0xEF:
			if text[i+1] == 0xBB {
				return true
			}
		}
	}
	return false
}

var invisible = strings.NewReplacer("\u00ad", "", "\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "", "\u2010", "-", "\u2011", "-")

// run takes one run apart.
func (w *termWriter) run(run string) {
	if base, ok := withoutGenderEnding(run); ok {
		run = base
	}
	switch {
	case strings.ContainsAny(run, "@"), strings.Contains(strings.Trim(run, "_"), "_"):
		w.identifier(run)
		w.pieces(run, "@_.-/:+,'’*&")
	case strings.ContainsAny(run, "/:*+&") || strings.Contains(run, ",") && !isFigure(run):
		if hasDigit(run) && !strings.ContainsAny(run, ",*&+") && utf8.RuneCountInString(run) >= 4 {
			w.identifier(run) // 2016/679, C-311/18, 10:30
		}
		w.pieces(run, "/:*+&,")
	default:
		w.plain(run)
	}
}

// pieces feeds the parts of a run one by one.
func (w *termWriter) pieces(run, separators string) {
	for _, piece := range strings.FieldsFunc(run, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		w.plain(piece)
	}
}

// plain handles a run without separators other than - . ' and figures' commas.
func (w *termWriter) plain(run string) {
	switch {
	case isFigure(run):
		w.figure(run)
	case strings.ContainsAny(run, ".,"):
		w.dotted(run)
	case strings.ContainsAny(run, "'’"):
		w.apostrophe(run)
	case strings.Contains(run, "-"):
		w.hyphenated(run)
	case hasDigit(run):
		w.mixed(run)
	default:
		w.word(run)
	}
}

// word adds a word of letters.
func (w *termWriter) word(word string) {
	w.account.flush(w)
	if isLawName(word) {
		w.lawHere = stripMarks(strings.ToLower(word))
	}
	if w.section.word(w, word) {
		return
	}
	lower := norm.NFC.String(strings.ToLower(word))
	if utf8.RuneCountInString(lower) == 1 && isASCII(lower) {
		return // list letters, initials: noise
	}
	if w.analyser.isStop(w.language, lower) && !isAcronym(word) {
		return
	}
	for _, term := range w.analyser.stems(w.language, lower) {
		w.add(term)
	}
}

// isAcronym keeps IT, WHO, US and AG apart from it, who, us.
func isAcronym(word string) bool {
	n := 0
	for _, r := range word {
		if !unicode.IsUpper(r) {
			return false
		}
		n++
	}
	return n >= 2 && n <= 5
}

// figure adds a number: without thousands separators, decimals with one
// spelling (1.234,5 and 1,234.5 meet), chapters and dates as an identifier.
func (w *termWriter) figure(run string) {
	run = toASCIIDigits(run)
	if !strings.ContainsAny(run, ".,") {
		w.section.number(w, run)
		w.account.number(run)
		w.add(run)
		return
	}
	w.account.flush(w)
	parts := strings.FieldsFunc(run, func(r rune) bool { return r == '.' || r == ',' })
	joined := strings.Join(parts, "_")
	w.section.number(w, joined)
	switch plain, isThousands := withoutThousands(run, parts); {
	case isThousands:
		w.add(plain)
		w.add(joined)
	case len(parts) > 2:
		w.add(joined)
		w.identifiers = append(w.identifiers, joined)
		if last := parts[len(parts)-1]; len(last) == 4 {
			w.add(last) // the year of a date
		}
	default:
		w.add(joined)
	}
}

// withoutThousands turns 1.234.567,89 into 1234567_89 if its groups fit.
func withoutThousands(run string, parts []string) (string, bool) {
	separator := run[len(parts[0])]
	if len(parts[0]) > 3 || parts[0] == "0" {
		return "", false
	}
	groups, position := 1, len(parts[0])
	for groups < len(parts) && run[position] == separator && len(parts[groups]) == 3 {
		position += 1 + len(parts[groups])
		groups++
	}
	if groups == 1 || groups < len(parts)-1 || groups == len(parts)-1 && run[position] == separator {
		return "", false
	}
	plain := strings.Join(parts[:groups], "")
	if groups < len(parts) {
		plain += "_" + parts[groups]
	}
	return plain, true
}

// dotted adds z.B., ollama.com, 2.OG, report.pdf.
func (w *termWriter) dotted(run string) {
	parts := strings.FieldsFunc(run, func(r rune) bool { return r == '.' || r == ',' })
	short := true
	for _, p := range parts {
		short = short && utf8.RuneCountInString(p) <= 2 && !hasDigit(p)
	}
	if short { // abbreviations: z.B, i.V.m, U.S
		w.word(strings.Join(parts, ""))
		return
	}
	if !strings.Contains(run, ",") {
		w.identifier(run)
	}
	for _, p := range parts {
		w.plain(p)
	}
}

// apostrophe drops the ending of don't, Müller's, we're; else splits.
func (w *termWriter) apostrophe(run string) {
	i := strings.LastIndexAny(run, "'’")
	_, size := utf8.DecodeRuneInString(run[i:])
	head, tail := run[:i], strings.ToLower(run[i+size:])
	switch tail {
	case "s", "t", "ll", "re", "ve", "d", "m", "n":
		w.pieces(head, "'’")
	default:
		w.pieces(run, "'’")
	}
}

// hyphenated adds the parts and the joined word, so that E-Mail meets Email
// and Online-Antrag meets Onlineantrag.
func (w *termWriter) hyphenated(run string) {
	if hasDigit(run) { // COVID-19, ISO-9001, 030-1234
		w.identifier(run)
		w.pieces(run, "-")
		return
	}
	parts := strings.Split(run, "-")
	w.pieces(run, "-")
	if len(parts) == 2 {
		w.section.close()
		lower := norm.NFC.String(strings.ToLower(strings.Join(parts, "")))
		w.add(w.analyser.stems(w.language, lower)[0])
	}
}

// mixed adds a token of letters and digits: 573c, A380, DE89.
func (w *termWriter) mixed(run string) {
	term := stripMarks(norm.NFC.String(strings.ToLower(run)))
	w.account.flush(w)
	isSection := w.section.number(w, term)
	w.add(term)
	if !isSection && utf8.RuneCountInString(term) >= 3 && !isMeasure(term) {
		w.identifiers = append(w.identifiers, cut(term))
	}
	i := strings.IndexFunc(term, unicode.IsDigit)
	if i >= 2 && len(term)-i >= 2 && strings.IndexFunc(term[i:], unicode.IsLetter) < 0 {
		w.word(term[:i]) // ISO9001
		w.add(term[i:])
	}
	w.account.start(term)
}

var measures = newWordSet("st nd rd th s er ern te ten ter tes km kg m cm mm qm h g l ml gb mb kb tb kw kwh mw hz ghz d x k mio mrd am pm")

// isMeasure tells 19th, 1970s, 90er and 5km from names like 573c and A380.
func isMeasure(term string) bool {
	return measures.has(strings.TrimLeft(term, "0123456789")) && isDigit(term[0])
}

// identifier adds the whole run as one term.
func (w *termWriter) identifier(run string) {
	term := strings.Map(func(r rune) rune {
		if isWordRune(r) {
			return r
		}
		return '_'
	}, stripMarks(norm.NFC.String(strings.ToLower(run))))
	term = cut(strings.Trim(term, "_"))
	if term == "" {
		return
	}
	w.terms = append(w.terms, term)
	w.identifiers = append(w.identifiers, term)
}

func (w *termWriter) add(term string) {
	if term != "" {
		w.terms = append(w.terms, cut(term))
	}
}

func cut(term string) string {
	if len(term) <= maxTermRunes {
		return term
	}
	n := 0
	for i := range term {
		if n == maxTermRunes {
			return term[:i]
		}
		n++
	}
	return term
}

// withoutGenderEnding maps Bürger:innen, Bürger*innen, Bürger_innen and
// Bürger/-innen to Bürger.
func withoutGenderEnding(run string) (string, bool) {
	for _, ending := range []string{"innen", "in"} {
		base, ok := strings.CutSuffix(run, ending)
		if !ok || base == "" {
			continue
		}
		base = strings.TrimSuffix(base, "-")
		if strings.ContainsRune(":*_/", rune(base[len(base)-1])) {
			base = base[:len(base)-1]
			last, _ := utf8.DecodeLastRuneInString(base)
			return base, len(base) > 2 && unicode.IsLetter(last)
		}
	}
	return run, false
}

func hasDigit(s string) bool { return strings.IndexFunc(s, unicode.IsNumber) >= 0 }

// isFigure tells whether a run is digits with dots or commas between them.
func isFigure(run string) bool {
	for _, r := range run {
		if !unicode.IsDigit(r) && r != '.' && r != ',' {
			return false
		}
	}
	return run != ""
}

// toASCIIDigits is a guard for other scripts' digits; NFKC maps most already.
func toASCIIDigits(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII && unicode.IsDigit(r) {
			for zero := r; ; zero-- {
				if !unicode.IsDigit(zero-1) || r-zero >= 9 {
					return '0' + (r - zero)
				}
			}
		}
		return r
	}, s)
}
