package localrag

import (
	_ "embed" // the word list
	"regexp"
	"strings"
)

//go:embed lexicon/formal.txt
var formalList string

// formalWords maps the stem of an everyday word to what documents say.
type formalWords map[string]formalWord

// formalWord is an everyday word and the words documents have for it.
type formalWord struct{ everyday, formal string }

func newFormalWords() formalWords {
	words := formalWords{}
	for line := range strings.Lines(formalList) {
		everyday, formal, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for word := range strings.SplitSeq(everyday, ",") {
			word = strings.TrimSpace(word)
			words[formalKey(word)] = formalWord{word, strings.TrimSpace(formal)}
		}
	}
	return words
}

func formalKey(word string) string { return stemGerman(foldGerman(strings.ToLower(word))) }

// inflected tells whether a word with the same stem is the everyday word in
// another case or number: "Garantien", but not "gewährleisten" for
// "Gewährleistung" nor "Burgen" for "Bürge".
func (w formalWord) inflected(word string) bool {
	return strings.HasPrefix(strings.ToLower(word), strings.TrimSuffix(w.everyday, "e"))
}

// wordOfSpeech takes compounds with hyphens as one word: what holds for an
// e-mail does not hold for an e-mail address.
var wordOfSpeech = regexp.MustCompile(`\p{L}+(?:-\p{L}+)*`)

// formally is the question with the words that documents use, "" if it has
// none of everyday speech: people ask for the Kaution, the law speaks of
// Mietsicherheit, and a small embedder does not always know that they are one.
func (a *Analyser) formally(question string) string {
	changed := false
	form := wordOfSpeech.ReplaceAllStringFunc(question, func(word string) string {
		if entry, ok := a.formal[formalKey(word)]; ok && entry.inflected(word) {
			changed = true
			return entry.formal
		}
		return word
	})
	if !changed {
		return ""
	}
	return form
}
