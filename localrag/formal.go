package localrag

import (
	_ "embed" // the word list
	"regexp"
	"strings"
)

//go:embed lexicon/formal.txt
var formalList string

// formalWords maps the stem of an everyday word to the words documents have
// for it.
type formalWords map[string]string

func newFormalWords() formalWords {
	words := formalWords{}
	for line := range strings.Lines(formalList) {
		everyday, formal, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for word := range strings.SplitSeq(everyday, ",") {
			words[formalKey(strings.TrimSpace(word))] = strings.TrimSpace(formal)
		}
	}
	return words
}

func formalKey(word string) string { return stemGerman(foldGerman(strings.ToLower(word))) }

// wordOfSpeech takes compounds with hyphens as one word: what holds for an
// e-mail does not hold for an e-mail address.
var wordOfSpeech = regexp.MustCompile(`\p{L}+(?:-\p{L}+)*`)

// formally is the question with the words that documents use, "" if it has
// none of everyday speech: people ask for the Kaution, the law speaks of
// Mietsicherheit, and a small embedder does not always know that they are one.
func (a *Analyser) formally(question string) string {
	changed := false
	form := wordOfSpeech.ReplaceAllStringFunc(question, func(word string) string {
		if formal, ok := a.formal[formalKey(word)]; ok {
			changed = true
			return formal
		}
		return word
	})
	if !changed {
		return ""
	}
	return form
}
