package localrag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words that point back to what was said before. "es" and "it" are missing:
// they mostly stand for nothing (Gibt es …? Is it allowed …?) unless the
// question holds little else, which is seen by its content.
var (
	openers = newWordSet(`und aber also oder sowie auch sonst dann denn and but or then so also`)
	backs   = newWordSet(`er sie ihn ihm ihnen dessen deren derselbe dieselbe dasselbe derjenige
dies diese dieser dieses diesem diesen jene jener jenes jenem jenen solche solcher solches solchen
dafür davon dabei damit darin daran darauf daraus dazu dagegen danach davor darüber darunter dadurch deswegen deshalb
dort letztere letzterer letzteres erstere ersterer ersteres ebenfalls außerdem
he him his she her hers they them their theirs this those these its former latter`)
)

// contentOfAQuestion is how many words a question holds that stands alone;
// "Warum?" and "Wie hoch?" hold fewer.
const contentOfAQuestion = 2

// IsFollowUp tells whether a question means something of the conversation
// before it: by a pronoun or an opening "and", or because it holds hardly a
// word of its own. It errs on the side of no: a question joined to another
// topic finds that topic.
func (a *Analyser) IsFollowUp(question string) bool {
	_, terms, identifiers := a.QueryTerms(question)
	if len(terms) < contentOfAQuestion && len(identifiers) == 0 {
		return true
	}
	words := strings.FieldsFunc(question, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
	for i, word := range words {
		lower := strings.ToLower(word)
		switch {
		case i == 0 && openers.has(lower):
			return true
		case lower == "sie" && word != lower && i > 0: // the polite form
		case backs.has(lower):
			return true
		case lower == "das" && standsAlone(words[i+1:]):
			return true
		case (lower == "that" || lower == "it" || lower == "es") && i == len(words)-1:
			return true // Was kostet es? How long does it?
		}
	}
	lower := strings.ToLower(question)
	return strings.HasPrefix(lower, "what about") || strings.HasPrefix(lower, "how about") || strings.HasPrefix(lower, "wie sieht es")
}

// standsAlone tells whether no noun follows soon: "Was kostet das?" points
// back, "das neue Gesetz" does not.
func standsAlone(following []string) bool {
	for _, word := range following[:min(3, len(following))] {
		if r, _ := utf8.DecodeRuneInString(word); unicode.IsUpper(r) || unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

// longestEarlier is how much of an earlier question, in bytes, completes a
// follow-up; of a longer one its end.
const longestEarlier = 300

// completed puts the question before it in front of a follow-up.
func completed(earlier, question string) string {
	if cut := len(earlier) - longestEarlier; cut > 0 {
		if blank := strings.IndexByte(earlier[cut:], ' '); blank >= 0 {
			earlier = earlier[cut+blank+1:]
		}
	}
	return earlier + " " + question
}
