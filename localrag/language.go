package localrag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// languageSample is how much of a text is looked at; more changes nothing.
const languageSample = 4000

// Words that occur in one of the two languages only (among the two), with what
// they say about it. Words of both (in, die, was, so, am, will, man, war, arm)
// say nothing and are left out.
const (
	germanMarkers = `
der das und ist von den mit für auf nicht sich des dem ein eine einer eines einem einen auch als wird sind bei oder wie
wer wo wann warum wieso weshalb welche welcher welches welchen welchem wem wen wessen wieviel wieviele wofür womit
worauf woraus worüber wodurch woran wohin woher ich du er sie es wir ihr ihre ihren ihrem ihrer sein seine seinen
seiner mein meine meinen meiner dein deine unser unsere unseren mich mir dich dir uns euch ihm ihn ihnen zu zum zur im
vom beim ins ans nach aus über unter vor zwischen durch gegen ohne um bis seit während wegen kann kannst können könnte
muss müssen darf dürfen soll sollen sollte möchte wurde wurden werden worden haben habe hatte hatten hätte wäre waren
gibt geben gab viel viele vielen mehr sehr noch nur schon dann wenn weil dass daß ob aber denn doch hier dort heute
jetzt nun bitte welch diese dieser dieses diesem diesen jede jeder jedes jedem kein keine keinen keiner nichts etwas
alle allen alles anderen andere immer wieder zwei drei vier fünf sechs sieben acht neun zehn jahr jahre jahren tag tage
zeige zeig erkläre nenne fasse zusammen schreibe steht heißt bedeutet gilt gelten bekommen bekomme braucht brauche
hat wovon wogegen wozu manche laut liegen wohnt gehört
finde finden kostet kosten lange hoch frist kündigung vertrag anmelden beantragen ab an`

	englishMarkers = `
the of and to is that for it with as on are by this be from or have has had which you your not were their they there
been its can will would could should do does did done how what where when who whom whose why many much there's than
then these those such other about into over after before between under both each all any some no nor only own same
too very just he she his her hers him we our ours us them my mine me at an but if because while during without within
against through per i'm don't doesn't didn't isn't aren't wasn't can't won't it's what's who's get gets got make made
may might must shall being also one two three four five six seven eight nine ten year years day days new first
please show tell explain give find summarize summarise name list write mean means need cost costs long old
happen happened happens used use using called known work works people time`
)

// Endings of words are the second witness: questions of three words often hold
// no function word of either language.
var (
	germanEndings  = []string{"ung", "ungen", "keit", "heit", "lich", "liche", "lichen", "isch", "ische", "ischen", "schaft", "chen", "tz", "ieren", "iert", "nis", "pf", "sch", "ig", "igen", "zeit", "recht", "amt", "straße", "eln", "ern", "agen", "aben", "ucht", "trag", "pflicht", "gesetz", "stelle", "schein", "dienst", "geld", "haus", "werk", "arbeit", "klage"}
	englishEndings = []string{"tion", "tions", "ing", "ed", "ly", "ght", "ness", "ment", "ments", "ous", "ful", "less", "ity", "ies", "ive", "ble", "ship", "ory", "ary", "ck", "wn", "th", "ay", "ow", "ers", "ence", "ance", "ee", "oo"}
)

type languageWords struct{ german, english wordSet }

var languages = languageWords{german: newWordSet(germanMarkers), english: newWordSet(englishMarkers)}

// DetectLanguage tells German from English: "de", "en", or "" when the text
// gives no clear evidence (numbers, names, another language). It is made for
// questions of a few words as well as for passages.
func DetectLanguage(text string) string {
	var german, english, words float64
	sample(text, func(word string) {
		words++
		if word == "was" && words == 1 { // a question word in one language, a verb in the other
			german += .4
		}
		de, en := wordEvidence(word)
		german += de
		english += en
	})
	best, other, language := german, english, "de"
	if english > german {
		best, other, language = english, german, "en"
	}
	// A heading of one or two nouns may still be clear by its letters and endings.
	if best < 1 && (other > 0 || best < .7) || best-other < .5 || best < other*1.25 {
		return ""
	}
	// A third language holds a few words that look like one of ours.
	if words >= 12 && best/words < .12 {
		return ""
	}
	return language
}

// wordEvidence weighs one lower-case word: 1 for a function word, less for its
// letters and its ending.
func wordEvidence(word string) (german, english float64) {
	switch {
	case languages.german.has(word):
		german = 1
	case languages.english.has(word):
		english = 1
	case strings.ContainsAny(word, "äöüß"):
		return .7, 0
	case utf8.RuneCountInString(word) >= 5:
		if hasEnding(word, germanEndings) {
			german = .4
		}
		if hasEnding(word, englishEndings) {
			english = .4
		}
		if utf8.RuneCountInString(word) >= 15 {
			german += .4
		}
	}
	return german, english
}

func hasEnding(word string, endings []string) bool {
	for _, e := range endings {
		if len(word) > len(e)+1 && strings.HasSuffix(word, e) {
			return true
		}
	}
	return false
}

// sample calls f with each lower-case word at the start of text.
func sample(text string, f func(word string)) {
	if len(text) > languageSample {
		text = text[:languageSample]
	}
	text = strings.ToLower(text)
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		f(strings.Trim(word, "'"))
	}
}
