package localrag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Anchor finds the text of a citation in a document's present text: where it
// was, else at the place nearest to it, whatever the white space, the case and
// the punctuation. It is false if the document does not say it any more. Near,
// start and end are byte offsets.
func Anchor(text, snapshot string, near int) (start, end int, ok bool) {
	snapshot = strings.TrimSpace(snapshot)
	if snapshot == "" {
		return 0, 0, false
	}
	if near >= 0 && near <= len(text) && strings.HasPrefix(text[near:], snapshot) {
		return near, near + len(snapshot), true
	}
	if at := nearestIndex(text, snapshot, near); at >= 0 {
		return at, at + len(snapshot), true
	}
	wanted, _ := bare(snapshot)
	if wanted == "" {
		return 0, 0, false
	}
	folded, offsets := bare(text)
	place := 0
	for place < len(offsets) && int(offsets[place]) < near {
		place++
	}
	at := nearestIndex(folded, wanted, place)
	if at < 0 {
		return 0, 0, false
	}
	last := int(offsets[at+len(wanted)-1])
	_, size := utf8.DecodeRuneInString(text[last:])
	return int(offsets[at]), last + size, true
}

// nearestIndex is the occurrence of part in text that is nearest to near, -1
// for none.
func nearestIndex(text, part string, near int) int {
	near = min(max(near, 0), len(text))
	before := strings.LastIndex(text[:min(len(text), near+len(part)-1)], part)
	after := strings.Index(text[near:], part)
	if after >= 0 {
		after += near
	}
	if after < 0 || before >= 0 && near-before < after-near {
		return before
	}
	return after
}

// bare leaves letters and digits in lower case, with the place in s of each
// byte of the result.
func bare(s string) (string, []int32) {
	var b strings.Builder
	offsets := make([]int32, 0, len(s))
	for i, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		before := b.Len()
		b.WriteRune(unicode.ToLower(r))
		for range b.Len() - before {
			offsets = append(offsets, int32(i))
		}
	}
	return b.String(), offsets
}
