package transfer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Words are what an export says beside the chat's own text.
type Words struct {
	You, Assistant, Untitled string
	// Generated says that something is made by AI.
	Generated string
	// Edited says so of what a person changed afterwards.
	Edited string
	// Page goes into footnotes; {page} is replaced.
	Page string
	// Sources is over footnotes, PageOf numbers a page: {page} and {pages} are replaced.
	Sources, PageOf string
	// Time writes a time as the language does.
	Time func(time.Time) string
}

// Passage is what an answer rests on, with the document it stands in.
type Passage struct {
	N        int    `json:"n"`
	Document string `json:"document"`
	Page     int    `json:"page"`
	Heading  string `json:"heading"`
	Text     string `json:"text"`
	Cited    bool   `json:"cited"`
}

// Sentence is one of an answer, with the numbers of the passages it rests on.
type Sentence struct {
	Start     int   `json:"start"` // UTF-16 code units
	End       int   `json:"end"`
	Citations []int `json:"citations"`
}

// Markdown writes the branch of a chat that is shown, with its sources as
// footnotes.
func Markdown(chat Chat, words Words) string {
	var b strings.Builder
	title := strings.Join(strings.Fields(chat.Title), " ")
	if title == "" {
		title = words.Untitled
	}
	fmt.Fprintf(&b, "# %s\n\n%s\n", title, words.Time(time.UnixMilli(chat.CreatedAt)))
	for number, m := range ShownBranch(chat) {
		text, passages, sentences := Content(m)
		if m.Role == "user" {
			fmt.Fprintf(&b, "\n## %s\n\n%s\n", words.You, text)
			continue
		}
		prefix := strconv.Itoa(number) + "-"
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", words.Assistant, withFootnotes(text, sentences, prefix))
		fmt.Fprintf(&b, "\n*%s*\n", words.Mark(m))
		used := map[int]bool{}
		for _, s := range sentences {
			for _, n := range s.Citations {
				used[n] = true
			}
		}
		for _, p := range passages {
			if used[p.N] || p.Cited {
				fmt.Fprintf(&b, "\n[^%s%d]: %s\n", prefix, p.N, footnote(p, words))
			}
		}
	}
	return b.String()
}

// Mark says under an answer that it is made by AI, by which model and when, and
// whether a person changed it.
func (w Words) Mark(m Message) string {
	mark := w.Generated
	if slices.ContainsFunc(m.Parts, func(p Part) bool { return p.Type == "edited" }) {
		mark = w.Edited
	}
	if m.Model != "" {
		mark += " · " + m.Model
	}
	return mark + " · " + w.Time(time.UnixMilli(m.CreatedAt))
}

// Source names the place a passage stands at: document, page, heading.
func (w Words) Source(p Passage) string {
	where := p.Document
	if p.Page > 0 {
		where += ", " + strings.ReplaceAll(w.Page, "{page}", strconv.Itoa(p.Page))
	}
	if p.Heading != "" {
		where += ", " + p.Heading
	}
	return where
}

func footnote(p Passage, words Words) string {
	return fmt.Sprintf("%s: “%s”", words.Source(p), strings.Join(strings.Fields(p.Text), " "))
}

// withFootnotes puts a reference behind each sentence that rests on passages.
func withFootnotes(text string, sentences []Sentence, prefix string) string {
	units := utf16.Encode([]rune(text))
	for i := len(sentences) - 1; i >= 0; i-- {
		s := sentences[i]
		if len(s.Citations) == 0 || s.End < 0 || s.End > len(units) {
			continue
		}
		var marks strings.Builder
		for _, n := range s.Citations {
			fmt.Fprintf(&marks, "[^%s%d]", prefix, n)
		}
		rest := append(utf16.Encode([]rune(marks.String())), units[s.End:]...)
		units = append(units[:s.End:s.End], rest...)
	}
	return string(utf16.Decode(units))
}

// Content is the text of a message and what it rests on.
func Content(m Message) (text string, passages []Passage, sentences []Sentence) {
	for _, p := range m.Parts {
		switch p.Type {
		case "text":
			text += p.Text
		case "citation":
			var one Passage
			if json.Unmarshal(p.Data, &one) == nil {
				passages = append(passages, one)
			}
		case "sentence":
			_ = json.Unmarshal(p.Data, &sentences) // without them there are no footnotes
		}
	}
	return text, passages, sentences
}

// ShownBranch are the messages from the first to the active leaf.
func ShownBranch(chat Chat) []Message {
	byID := map[string]Message{}
	for _, m := range chat.Messages {
		byID[m.ID] = m
	}
	leaf := chat.ActiveLeaf
	if _, known := byID[leaf]; !known && len(chat.Messages) > 0 {
		leaf = chat.Messages[len(chat.Messages)-1].ID
	}
	var path []Message
	for leaf != "" && len(path) <= len(chat.Messages) {
		m, known := byID[leaf]
		if !known {
			break
		}
		path = append([]Message{m}, path...)
		leaf = m.ParentID
	}
	return path
}
