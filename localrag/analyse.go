package localrag

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/german"
	"golang.org/x/text/unicode/norm"
)

// AnalyserVersion changes whenever the same text may give other terms. Text
// indexed with another version must be indexed again.
const AnalyserVersion = 1

// maxTermRunes cuts monsters (base64, ruled lines of letters); nobody types them.
const maxTermRunes = 64

// Analyser turns text into index terms: folded, without function words,
// stemmed. The same analyser must see passages and questions. It is pure and
// safe for concurrent use.
type Analyser struct {
	german, english wordSet
	parts           *compounds
	whole           wordSet
	formal          formalWords
	cache           stemCache
}

// NewAnalyser builds the analyser's word lists.
func NewAnalyser() *Analyser {
	a := &Analyser{
		german:  newWordSet(germanStopList),
		english: newWordSet(englishStopList),
		parts:   germanCompounds(),
		formal:  newFormalWords(),
	}
	a.whole = newWordSet(a.Analyse("de", wholeWordList), a.Analyse("en", wholeWordList))
	return a
}

// wholeWordList holds the words of questions about documents as such: "Fasse
// das Dokument zusammen", "What are the main points?". No passage holds them.
const wholeWordList = `zusammenfassen zusammenfassung fasse zusammen dokument datei text inhalt thema themen überblick
wichtig wichtigste punkte kernaussage kernaussagen aussage steht geht erkläre erklären kurz stichpunkte liste auflisten
nenne gib zeige worum beschreibe enthält handelt sätze unterlagen pdf seite übersicht vollständig
summarise summarize summary document file text content contents topic topics overview important main key points point
explain short brief bullet list describe contain contains page about tldr outline gist sentences give show`

// asksForWhole tells whether a question names nothing to look for.
func (a *Analyser) asksForWhole(terms []string) bool {
	for _, t := range terms {
		if !a.whole.has(t) && !isFigure(t) {
			return false
		}
	}
	return true
}

// Analyse returns the terms of text joined by blanks, the form in which they
// are stored. Language is "de", "en", or "" for unknown, which gives the terms
// of both languages so that a question in either finds the text.
func (a *Analyser) Analyse(language, text string) string {
	return strings.Join(a.Terms(language, text), " ")
}

// Terms returns the terms of text in order, repeated as often as they occur.
// A term holds letters, digits and underscores only.
func (a *Analyser) Terms(language, text string) []string {
	w := &termWriter{analyser: a, language: language, terms: make([]string, 0, len(text)/8+1)}
	w.write(text)
	return w.terms
}

// QueryTerms analyses a question: its language ("" if it cannot be told), the
// distinct terms to search for, and those of them that name one thing exactly
// (section numbers, e-mail addresses, file names, part numbers).
func (a *Analyser) QueryTerms(question string) (language string, terms, identifiers []string) {
	language = DetectLanguage(question)
	w := &termWriter{analyser: a, language: language}
	w.write(question)
	return language, distinct(w.terms), distinct(w.identifiers)
}

func distinct(terms []string) []string {
	seen := make(map[string]bool, len(terms))
	var kept []string
	for _, t := range terms {
		if !seen[t] {
			seen[t] = true
			kept = append(kept, t)
		}
	}
	return kept
}

// isStop tells whether a lower-case word carries no topic in the language.
func (a *Analyser) isStop(language, word string) bool {
	switch language {
	case "de":
		return a.german.has(word)
	case "en":
		return a.english.has(word)
	}
	return a.german.has(word) || a.english.has(word)
}

// stems gives the terms of one lower-case word.
func (a *Analyser) stems(language, word string) []string {
	key := language + ":" + word
	terms, ok := a.cache.get(key)
	if !ok {
		terms = a.stemsOf(language, word)
		a.cache.put(key, terms)
	}
	return terms
}

// stemCache remembers the terms of words: a text repeats most of its words,
// and splitting compounds is the slow part. It forgets everything when full.
type stemCache struct {
	mu    sync.RWMutex
	terms map[string][]string
}

const maxCachedStems = 50000

func (c *stemCache) get(key string) ([]string, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	terms, ok := c.terms[key]
	return terms, ok
}

func (c *stemCache) put(key string, terms []string) {
	if len(key) > 2*maxTermRunes {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.terms == nil || len(c.terms) >= maxCachedStems {
		c.terms = make(map[string][]string)
	}
	c.terms[key] = terms
}

func (a *Analyser) stemsOf(language, word string) []string {
	switch language {
	case "de":
		return a.germanStems(word)
	case "en":
		return englishStems(word)
	}
	terms := a.germanStems(word)
	for _, t := range englishStems(word) {
		if !slices.Contains(terms, t) {
			terms = append(terms, t)
		}
	}
	return terms
}

func (a *Analyser) germanStems(word string) []string {
	folded := foldGerman(word)
	terms := []string{stemGerman(folded)}
	for _, part := range a.parts.split(folded) {
		if t := stemGerman(part); !slices.Contains(terms, t) {
			terms = append(terms, t)
		}
	}
	return terms
}

func stemGerman(folded string) string {
	folded = withoutFeminine(folded)
	if !isASCII(folded) {
		return folded
	}
	env := snowballstem.NewEnv(folded)
	german.Stem(env)
	return nonEmpty(env.Current(), folded)
}

// withoutFeminine maps Beraterin and Beraterinnen to Berater: people ask with
// either form.
func withoutFeminine(folded string) string {
	for _, ending := range []string{"innen", "in"} {
		if base, ok := strings.CutSuffix(folded, ending); ok && len(base) >= 5 && strings.HasSuffix(base, "er") {
			return base
		}
	}
	return folded
}

// englishStems keeps both spellings of a German umlaut in English text, where
// Zürich is as often written Zurich as Müller is written Mueller.
func englishStems(word string) []string {
	plain := stripMarks(word)
	terms := []string{stemEnglish(plain)}
	if strings.ContainsAny(word, "äöüß") {
		if t := stemEnglish(stripMarks(umlautSpelling.Replace(word))); t != terms[0] {
			terms = append(terms, t)
		}
	}
	return terms
}

func stemEnglish(plain string) string {
	if !isASCII(plain) {
		return plain
	}
	env := snowballstem.NewEnv(plain)
	english.Stem(env)
	return nonEmpty(env.Current(), plain)
}

func nonEmpty(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

var umlautSpelling = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")

// foldGerman makes Straße and Strasse, Müller, Mueller and Muller one word. As
// in Snowball's German2 and Lucene's German normaliser, ae/oe/ue count as
// umlauts unless they follow a vowel or q (neue, Bauer, Quelle).
func foldGerman(word string) string {
	var b strings.Builder
	b.Grow(len(word))
	previous := rune(0)
	skip := false
	for i, r := range word {
		if skip {
			skip = false
			continue
		}
		next := byte(0)
		if j := i + utf8.RuneLen(r); j < len(word) {
			next = word[j]
		}
		if next == 'e' && (r == 'a' || r == 'o' || r == 'u') && !strings.ContainsRune("aeiouyäöüq", previous) {
			skip = true
		}
		b.WriteRune(r)
		previous = r
	}
	return stripMarks(b.String())
}

// stripMarks removes accents from lower-case text: é becomes e, ä becomes a.
func stripMarks(word string) string {
	if isASCII(word) {
		return word
	}
	var b strings.Builder
	b.Grow(len(word))
	for _, r := range norm.NFKD.String(word) {
		switch {
		case r == 'ß':
			b.WriteString("ss")
		case r == 'ø':
			b.WriteByte('o')
		case r == 'æ':
			b.WriteByte('a')
		case r == 'ł':
			b.WriteByte('l')
		case r == 'đ':
			b.WriteByte('d')
		case r == 'ı':
			b.WriteByte('i')
		case unicode.Is(unicode.M, r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// FoldName brings the name of a file into a form in which people's spellings
// of it are equal: lower case, Müller, Mueller and Muller one word.
func FoldName(name string) string {
	return foldGerman(norm.NFC.String(strings.ToLower(name)))
}
