package localrag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sectionReference recognises references to a section of a law or contract,
// "§ 573c Abs. 1 BGB", "Art. 6 DSGVO", "Section 4.2", and adds terms for the
// section alone and together with its law. The number alone is too common to
// find the one passage headed by it.
type sectionReference struct {
	kind    string   // "par", "art", "sec"; empty when no reference is open
	numbers []string // section numbers read so far
	detail  bool     // the next number counts a paragraph or sentence, not a section
	gap     int      // words since the last number
}

func (s *sectionReference) open(kind string) { *s = sectionReference{kind: kind} }
func (s *sectionReference) close()           { s.kind = "" }

// kindOf maps the words that announce a section.
func sectionKind(word string) string {
	switch strings.ToLower(word) {
	case "paragraph", "paragraf":
		return "par"
	case "art", "artikel", "article":
		return "art"
	case "section", "abschnitt", "kapitel", "chapter", "ziffer", "klausel", "clause", "anlage", "annex", "anhang":
		return "sec"
	}
	return ""
}

// detailWords come between a section and its law and are followed by a number.
var detailWords = newWordSet("abs absatz s satz nr nummer hs halbsatz halbs buchst buchstabe lit unterabs paragraph sentence para number no alt var")

var listWords = newWordSet("und bis and to oder or bzw ff f sowie")

// number takes a number that may be a section's; it tells whether it was.
func (s *sectionReference) number(w *termWriter, number string) bool {
	if s.kind == "" {
		return false
	}
	if s.detail {
		s.detail = false
		return true
	}
	if s.gap > 0 && len(s.numbers) > 0 {
		s.close()
		return false
	}
	s.numbers = append(s.numbers, number)
	w.exact(s.kind + number)
	if w.law != "" { // Bürgerliches Gesetzbuch (BGB) › § 573c
		w.exact(s.kind + number + "_" + w.law)
	}
	return true
}

// word sees each word; it tells whether the word was part of the reference and
// must not become a term.
func (s *sectionReference) word(w *termWriter, word string) bool {
	if s.kind != "" {
		if len(s.numbers) == 0 { // announced, but no number followed
			s.close()
		} else if s.follow(w, word) {
			return true
		}
	}
	if kind := sectionKind(word); kind != "" {
		s.open(kind)
	}
	return false
}

// follow handles a word after "§ 573".
func (s *sectionReference) follow(w *termWriter, word string) bool {
	lower := strings.ToLower(word)
	last := s.numbers[len(s.numbers)-1]
	switch {
	case len(word) == 1 && word == lower && s.gap == 0 && !s.detail && unicode.IsDigit(rune(last[len(last)-1])) && word != "f" && word != "s":
		s.numbers[len(s.numbers)-1] = last + word // § 573 c
		w.exact(s.kind + last + word)
		w.add(last + word)
		return true
	case detailWords.has(lower):
		s.detail = true
		return true
	case listWords.has(lower):
		return true
	case isLawName(word):
		for _, n := range s.numbers {
			w.exact(s.kind + n + "_" + stripMarks(lower))
		}
		s.close()
	default:
		s.gap++
		if s.gap > 2 { // "§ 5 des Vertrags" still waits, a sentence does not
			s.close()
		}
	}
	return false
}

// isLawName recognises abbreviations of laws and contracts: BGB, EntgFG, DSGVO.
func isLawName(word string) bool {
	upper := 0
	for _, r := range word {
		if unicode.IsUpper(r) {
			upper++
		}
	}
	return upper >= 2 && utf8.RuneCountInString(word) <= 12
}

// exact adds a term that names one thing.
func (w *termWriter) exact(term string) {
	w.terms = append(w.terms, cut(term))
	w.identifiers = append(w.identifiers, cut(term))
}

// accountNumber joins an IBAN printed in groups: DE89 3704 0044 0532 0130 00.
type accountNumber struct {
	groups []string
}

// start begins a number at a group like DE89.
func (n *accountNumber) start(term string) {
	if len(term) == 4 && isLetter(term[0]) && isLetter(term[1]) && isDigit(term[2]) && isDigit(term[3]) {
		n.groups = append(n.groups[:0], term)
	}
}

func (n *accountNumber) number(digits string) {
	if len(n.groups) == 0 {
		return
	}
	if len(digits) > 4 || len(n.groups) > 9 {
		n.groups = nil
		return
	}
	n.groups = append(n.groups, digits)
}

func (n *accountNumber) flush(w *termWriter) {
	if len(n.groups) >= 4 {
		w.exact(strings.Join(n.groups, ""))
	}
	n.groups = nil
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
