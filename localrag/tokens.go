package localrag

import (
	"strings"
	"unicode"
)

// estimateTokens is an upper estimate for the sub-word vocabularies of
// multilingual embedders: a word costs a token for every three letters begun,
// figures one for two, signs and letters of other scripts one each. Runs that
// are no words (codes, base64) cost a token a character.
func estimateTokens(text string) int {
	var run tokenRun
	tokens, repeated := 0, 0
	var previous rune
	for _, r := range text {
		switch {
		case unicode.IsDigit(r), r < 0x250 && unicode.IsLetter(r):
			run.add(r)
		case unicode.IsSpace(r):
			tokens += run.end()
		default:
			tokens += run.end()
			if r != previous {
				repeated = 0
			}
			if repeated%8 == 0 { // ruled lines and dotted leaders are merged
				tokens++
			}
			repeated++
		}
		previous = r
	}
	return tokens + run.end()
}

// tokenRun counts a run of letters and digits.
type tokenRun struct {
	letters, digits, vowels, switches int
	lower                             bool
}

func (t *tokenRun) add(r rune) {
	if unicode.IsDigit(r) {
		t.digits++
		t.lower = false
		return
	}
	t.letters++
	if unicode.IsUpper(r) && t.lower {
		t.switches++
	}
	t.lower = unicode.IsLower(r)
	if strings.ContainsRune("aeiouyäöüAEIOUYÄÖÜ", r) || r > unicode.MaxASCII {
		t.vowels++
	}
}

func (t *tokenRun) end() int {
	run := *t
	*t = tokenRun{}
	isCode := run.letters > 0 && run.digits > 1 || run.switches > 1 || run.letters > 5 && run.vowels*6 < run.letters
	if isCode {
		return run.letters + run.digits
	}
	return (run.letters+2)/3 + (run.digits+1)/2
}
