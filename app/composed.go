package app

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// composed is an answer that Kontor puts together itself: its sentences and
// their sources are known, nothing has to be checked.
type composed struct {
	text      strings.Builder
	sentences []Sentence
	position  utf16Position
}

// claim writes a stretch of text that rests on passages, or on none.
func (c *composed) claim(text string, citations []int, supported bool) {
	start := c.text.Len()
	c.text.WriteString(text)
	whole := c.text.String()
	c.sentences = append(c.sentences, Sentence{
		Start: c.position.of(whole, start), End: c.position.of(whole, len(whole)), Citations: citations, Supported: supported,
	})
}

// publish makes the composed text the answer.
func (c *composed) publish(j *answering) {
	j.say(c.text.String())
	j.flush()
	if len(c.sentences) == 0 {
		return
	}
	j.mu.Lock()
	j.message.Sentences = c.sentences
	view := slices.Clone(c.sentences)
	j.mu.Unlock()
	j.app.bus.Publish(Event{AnswerSentences: &AnswerSentences{MessageID: j.message.ID, Sentences: view}})
}

// markdownSigns are the characters that quoted text must not use as Markdown.
var markdownSigns = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `<`, `\<`, `>`, `\>`, `#`, `\#`, `|`, `\|`, `~`, `\~`, `$`, `\$`,
)

// quoted is one line of foreign text inside Markdown.
func quoted(text string) string {
	return markdownSigns.Replace(strings.Join(strings.Fields(text), " "))
}

// compose lists the findings by document. Early: the work did not reach the end.
func (s *surveying) compose(early bool) {
	say := func(key string, args map[string]string) string { return s.j.app.texts.Text(s.language, key, args) }
	groups, doubtful := s.groups()
	count := s.survey.More
	for _, g := range groups {
		count += len(g.findings)
	}
	args := map[string]string{
		"count": strconv.Itoa(count), "documents": strconv.Itoa(len(groups)),
		"done": strconv.Itoa(s.survey.Done), "total": strconv.Itoa(s.survey.Total),
	}
	var c composed
	if early {
		c.text.WriteString(say("everything.early", args) + " ")
	}
	switch {
	case count == 0 && s.survey.ByWords:
		c.text.WriteString(say("everything.no_words", args))
	case count == 0:
		c.text.WriteString(say("everything.nothing", args))
	case s.survey.ByWords:
		c.text.WriteString(say("everything.words", args))
	case s.survey.Ask == "count":
		c.text.WriteString(say("everything.count", args))
	default:
		c.text.WriteString(say("everything.found", args))
	}
	c.text.WriteString("\n")
	for _, g := range groups {
		fmt.Fprintf(&c.text, "\n**%s** (%d)\n\n", quoted(strings.TrimLeft(g.document, "# ")), len(g.findings))
		for _, f := range g.findings {
			c.text.WriteString("- ")
			c.claim(quoted(f.Text), f.Citations, true)
			c.text.WriteString("\n")
		}
	}
	if s.survey.More > 0 {
		c.text.WriteString("\n" + say("everything.more", map[string]string{"count": strconv.Itoa(s.survey.More)}) + "\n")
	}
	if len(doubtful) > 0 {
		c.text.WriteString("\n" + say("everything.doubtful", map[string]string{"count": strconv.Itoa(len(doubtful))}) + "\n\n")
		for _, f := range doubtful {
			c.text.WriteString("- ")
			c.claim(quoted(f.Text), []int{}, false)
			c.text.WriteString("\n")
		}
	}
	c.publish(s.j)
}

// findingGroup are the findings of one document.
type findingGroup struct {
	document string
	findings []Finding
}

// groups orders the supported findings by document and sets the others apart.
func (s *surveying) groups() (groups []findingGroup, doubtful []Finding) {
	place := map[string]int{}
	for _, f := range s.survey.Findings {
		if !f.Supported {
			doubtful = append(doubtful, f)
			continue
		}
		at, known := place[f.DocumentID]
		if !known {
			at = len(groups)
			place[f.DocumentID] = at
			groups = append(groups, findingGroup{document: f.Document})
		}
		groups[at].findings = append(groups[at].findings, f)
	}
	return groups, doubtful
}
