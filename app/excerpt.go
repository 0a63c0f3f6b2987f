package app

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"kontor/localrag"
)

// An excerpt shows the place of a message where most of what was looked for
// stands, in characters.
const (
	excerptLength = 150
	excerptBefore = 40
	// excerptReach is how far into a message places are looked for, in bytes.
	excerptReach = 20_000
)

// sought is what a person looks for, as the index knows it.
type sought struct {
	analyser *localrag.Analyser
	terms    map[string]int // the word each belongs to
	prefixes []string       // of the last word
}

func newSought(analyser *localrag.Analyser, query string) sought {
	s := sought{analyser: analyser, terms: map[string]int{}}
	fields := strings.Fields(query)
	for i, field := range fields {
		terms := analyser.Terms("", field)
		for _, term := range terms {
			s.terms[term] = i
		}
		if i == len(fields)-1 {
			typed := strings.TrimFunc(strings.ToLower(field), func(r rune) bool { return !wordRune(r) })
			for _, prefix := range append(terms, typed) {
				if prefix != "" {
					s.prefixes = append(s.prefixes, prefix)
				}
			}
		}
	}
	return s
}

func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.M, r)
}

// match says which of the words looked for a word of a text is, -1 none.
func (s sought) match(word string) int {
	lower := strings.ToLower(word)
	for _, prefix := range s.prefixes {
		if strings.HasPrefix(lower, prefix) {
			return len(s.terms)
		}
	}
	for _, term := range s.analyser.Terms("", word) {
		if at, ok := s.terms[term]; ok {
			return at
		}
		for _, prefix := range s.prefixes {
			if strings.HasPrefix(term, prefix) {
				return len(s.terms)
			}
		}
	}
	return -1
}

// place is a word found, in bytes.
type place struct{ start, end, word int }

func (s sought) places(text string) []place {
	if len(s.terms) == 0 && len(s.prefixes) == 0 {
		return nil
	}
	var found []place
	start := -1
	end := func(at int) {
		if start >= 0 {
			if word := s.match(text[start:at]); word >= 0 {
				found = append(found, place{start, at, word})
			}
			start = -1
		}
	}
	for i, r := range text {
		switch {
		case wordRune(r) && start < 0:
			start = i
		case !wordRune(r):
			end(i)
		}
	}
	end(len(text))
	return found
}

// marks gives the places in UTF-16 code units.
func (s sought) marks(text string) []Span {
	marks := []Span{}
	for _, p := range s.places(text) {
		start := utf16Length(text[:p.start])
		marks = append(marks, Span{start, start + utf16Length(text[p.start:p.end])})
	}
	return marks
}

// excerpt cuts the stretch with most different words out of a text, on one
// line, with its marks.
func (s sought) excerpt(text string) (string, []Span) {
	if len(text) > excerptReach {
		text = strings.ToValidUTF8(text[:excerptReach], "")
	}
	text = strings.Join(strings.Fields(text), " ")
	places := s.places(text)
	best, bestAt := 0, 0
	for i, first := range places {
		distinct := map[int]bool{}
		for _, p := range places[i:] {
			if p.end > first.start+excerptLength {
				break
			}
			distinct[p.word] = true
		}
		if len(distinct) > best {
			best, bestAt = len(distinct), first.start
		}
	}
	begin := bestAt
	for n := 0; begin > 0 && n < excerptBefore; n++ {
		_, size := utf8.DecodeLastRuneInString(text[:begin])
		begin -= size
	}
	cut := text[begin:]
	if begin > 0 {
		if blank := strings.IndexByte(cut, ' '); blank >= 0 && begin+blank < bestAt {
			cut = cut[blank+1:]
		}
		cut = "… " + cut
	}
	if short := clip(cut, excerptLength); short != cut {
		cut = strings.TrimRight(short, " ") + " …"
	}
	return cut, s.marks(cut)
}
