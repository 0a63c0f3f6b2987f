package localrag

import (
	"regexp"
	"slices"
	"strings"
)

// Ask is what a question wants of a set of documents as a whole.
type Ask string

// What can be wanted; "" is a question like any other.
const (
	AskList    Ask = "list"    // "List all deadlines", "Liste alle Fristen auf"
	AskCount   Ask = "count"   // "How many contracts are there?", "Wie viele Verträge gibt es?"
	AskCompare Ask = "compare" // "Compare the offers", "Vergleiche die Angebote"
)

// Words behind "wie viele" and "how many" that ask for an amount which stands
// in one place, not for a count over documents.
var units = regexp.MustCompile(`^(\pL*tage[n]?|\pL*stunden|\pL*euro|\pL*monate[n]?|\pL*wochen|\pL*jahre[n]?|\pL*prozent|\pL*minuten|\pL*sekunden|\pL*meter[n]?|liter|\pL*gramm|tonnen|grad|mal|watt|volt|geld|prozentpunkte|days?|hours?|euros?|dollars?|pounds?|months?|weeks?|years?|percent|minutes?|seconds?|met(?:er|re)s?|kilomet(?:er|re)s?|miles?|lit(?:er|re)s?|grams?|kilograms?|tons?|degrees?|times|points?)$`)

var (
	listCue = []*regexp.Regexp{
		regexp.MustCompile(`^(?:bitte )?(?:liste|nenne|zeige?|finde|suche?|gib|schreibe?|sammle|stelle|zähle)\b.*(?:^|\s)(?:alle[nrs]?|sämtliche[nrs]?|jede[nrs]?)(?:\s|$)`),
		regexp.MustCompile(`^(?:bitte )?liste\b.*\bauf\b`),
		regexp.MustCompile(`^(?:alle|sämtliche) \pL`),
		regexp.MustCompile(`(?:^|\s)(?:auflisten|auflistung|aufzählen)(?:\s|\W|$)`),
		regexp.MustCompile(`(?:vollständige|komplette) (?:liste|übersicht|aufstellung)`),
		regexp.MustCompile(`^(?:please )?(?:list|enumerate|name|show|find|give|collect|gather)\b.*\b(?:all|every|each)\b`),
		regexp.MustCompile(`^(?:please )?(?:list|enumerate) (?:the|all|every|each)?\s?\pL`),
		regexp.MustCompile(`^(?:all|every) \pL`),
		regexp.MustCompile(`\b(?:complete|full) list\b`),
	}
	// Which ones are there: a list, but often answered by one passage.
	whichCue     = regexp.MustCompile(`^(?:welche|was für)\b.*(?:gibt es|werden genannt|sind genannt|kommen vor|werden erwähnt)|^(?:which|what)\b.*(?:are there|are mentioned|are named|are listed)\b`)
	howManyCue   = regexp.MustCompile(`(?:^|\s)(?:wie ?viele?|how many)\s+(\pL+)(?:\s+(\pL+))?`)
	countCue     = regexp.MustCompile(`(?:^|\s)(?:anzahl (?:der|von|aller)|zähle|wie oft (?:wird|werden|kommt|kommen|steht|taucht)\b.*(?:genannt|erwähnt|vor|auf|steht)|number of|count (?:the|all|every)|how often (?:is|are|does)\b.*(?:mentioned|named|appear|occur))`)
	overAllCue   = regexp.MustCompile(`gibt es|genannt|erwähnt|kommen .*vor|aufgeführt|enthalten|in (?:den|allen|diesen) (?:dokument|unterlagen|dateien|verträgen|e-mails|mails)|are there|mentioned|named|listed|contained|in (?:the|all|these) (?:documents?|files?|contracts?|e-?mails?)`)
	compareCue   = regexp.MustCompile(`(?:^|\s)(?:vergleiche?n?|vergleichst|unterschiede? zwischen|im vergleich|worin unterscheiden|gegenüberstell\w*|compare|differences? between|versus|vs\.?|how do\b.*\bdiffer)(?:\s|\W|$)`)
	measureCue   = regexp.MustCompile(`(?:^|\s)(?:summe|gesamt\pL*|insgesamt|durchschnitt\pL*|im schnitt|mittelwert|höchste[nrs]?|niedrigste[nrs]?|größte[nrs]?|kleinste[nrs]?|teuerste[nrs]?|billigste[nrs]?|günstigste[nrs]?|meiste[nr]?|wenigste[nr]?|maximum|minimum|maximal\pL*|minimal\pL*|anzahl|wie ?viele?|pro (?:monat|jahr|quartal|kunde|region|person|abteilung)|je (?:monat|jahr|quartal|kunde|region|person|abteilung)|mehr als|weniger als|über \d\S*|unter \d\S*|nach \d\S*|vor \d\S*|sum|total|average|mean|highest|lowest|largest|smallest|most|fewest|maximum|minimum|max|min|how many|how much|count|number of|per (?:month|year|quarter|customer|region|person|department)|more than|less than|over \d\S*|under \d\S*|above|below)(?:\s|\W|$)`)
	questionJoin = regexp.MustCompile(`\s+`)
)

// AsksForAll tells whether a question is about everything in its documents.
// Sure is false where one passage may well hold the answer ("How many
// employees does the company have?").
func AsksForAll(question string) (ask Ask, sure bool) {
	q := strings.ToLower(questionJoin.ReplaceAllString(strings.TrimSpace(question), " "))
	if compareCue.MatchString(q) {
		return AskCompare, false
	}
	if found := howManyCue.FindStringSubmatch(q); found != nil {
		// "how many working days", "wie viele freie Tage": the unit may stand second.
		if units.MatchString(found[1]) || units.MatchString(found[2]) {
			return "", false
		}
		return AskCount, overAllCue.MatchString(q)
	}
	if countCue.MatchString(q) {
		return AskCount, overAllCue.MatchString(q) || strings.HasPrefix(q, "zähle") || strings.HasPrefix(q, "count")
	}
	if slices.ContainsFunc(listCue, func(r *regexp.Regexp) bool { return r.MatchString(q) }) {
		return AskList, true
	}
	if whichCue.MatchString(q) {
		return AskList, false
	}
	return "", false
}

// AsksToMeasure tells whether a question wants a sum, a count, an extreme or a
// filter: what a query of a table answers.
func AsksToMeasure(question string) bool {
	return measureCue.MatchString(strings.ToLower(question))
}

// commandList holds the words of "list all", "how many" and their kin. They
// say what to do with what is found, not what to look for.
const commandList = `alle allen aller sämtliche jede jeden liste listen auf auflisten auflistung aufzählen nenne zeige zeig finde suche sammle zähle
anzahl zahl viele wieviel wieviele gibt genannt erwähnt vorkommen vor vergleiche vergleichen unterschied unterschiede vollständige komplette bitte stehen kommen
all every each list enumerate name find show give collect count number many often mentioned named listed there compare difference differences between complete full please`

// TopicTerms are the terms of a question without the words of its command, in
// the form passages of a language hold them. "Liste alle Fristen auf" is about
// deadlines. A question of nothing but commands keeps them.
func (a *Analyser) TopicTerms(language, question string) []string {
	command := newWordSet(a.Analyse(language, commandList))
	terms := distinct(a.Terms(language, question))
	kept := slices.DeleteFunc(slices.Clone(terms), func(t string) bool { return command.has(t) || a.whole.has(t) })
	if len(kept) == 0 {
		return terms
	}
	return kept
}

// Mentions are the sentences of a passage (lines, where it is a table) that
// hold at least the share of weighted terms; if none does alone, the best one
// of a passage that as a whole does. Weights are per term of the passage's
// language.
func (a *Analyser) Mentions(p Passage, weights map[string]float64, share float64) []Span {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	if total == 0 {
		return nil
	}
	whole := map[string]bool{}
	for _, t := range a.Terms(p.Language, p.Heading) {
		whole[t] = true
	}
	var found []Span
	best, bestScore := Span{}, 0.0
	for _, span := range lineSentences(p.Language, p.Text) {
		score := 0.0
		for _, t := range distinct(a.Terms(p.Language, p.Text[span.Start:span.End])) {
			score += weights[t]
			whole[t] = true
		}
		if strings.HasPrefix(p.Text[span.Start:span.End], "#") {
			continue // a heading of Markdown says where, what counts stands below it
		}
		if score >= share*total {
			found = append(found, span)
		}
		if score > bestScore {
			best, bestScore = span, score
		}
	}
	if len(found) > 0 || bestScore == 0 {
		return found
	}
	together := 0.0
	for t := range whole {
		together += weights[t]
	}
	if together >= share*total {
		return []Span{best}
	}
	return nil
}
