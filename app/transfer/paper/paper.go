// Package paper writes chats as documents for people: HTML, PDF and DOCX, with
// what an answer rests on as footnotes, and marked as made by AI in the text
// and in the file's own data. It knows chats and text, not where they are kept.
package paper

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"kontor/app/transfer"
)

// digitalSource is the term of the press's metadata standard (IPTC) for what a
// trained model made.
const digitalSource = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

// Paper is a document with one or more chats.
type Paper struct {
	Title    string
	Language string // such as de
	Program  string // name and version
	At       time.Time
	// Generated says in words that answers are made by AI; Models are those that did.
	Generated string
	Models    []string
	// Sources is over footnotes where they do not stand at the foot of a page.
	Sources string
	// PageOf numbers a page; {page} and {pages} are replaced.
	PageOf string
	Chats  []Chat
}

// Chat is one conversation, the branch that is shown.
type Chat struct {
	Title string
	About string // when, in which folder
	Turns []Turn
}

// Turn is a question or an answer.
type Turn struct {
	Who    string
	Answer bool
	Mark   string // under an answer: that it is made by AI, by what and when
	Blocks []Block
	Notes  []Note // in the order they are first referred to
	Images []transfer.Image
}

// Note is a footnote: a passage that an answer rests on.
type Note struct {
	Number int    // in the whole paper, from 1
	Source string // document, page, heading
	Quote  string
}

// Kind of a block of text.
type Kind int

// Kinds of blocks.
const (
	Paragraph Kind = iota
	Heading
	Code
	Quote
	List
	Table
	Rule
)

// Block is a piece of text that stands for itself.
type Block struct {
	Kind     Kind
	Level    int       // of a heading, from 1
	Spans    []Span    // of a paragraph and a heading
	Text     string    // of code
	Language string    // of code
	Blocks   []Block   // in a quote
	Items    [][]Block // of a list
	Ordered  bool
	Start    int
	Rows     [][]Cell // of a table; the first is its head
}

// Cell of a table.
type Cell struct {
	Spans []Span
	Align string // "", left, center, right
}

// Span is text in one style, a line break, or a reference to a note.
type Span struct {
	Text                       string
	Bold, Italic, Code, Struck bool
	Link                       string // http, https or mailto
	Break                      bool
	Note                       int // number, 0 for none; Text separates it from one before it
}

// New makes a paper of chats. folders names the folder of a chat by its id.
func New(chats []transfer.Chat, words transfer.Words, folders map[string]string) Paper {
	p := Paper{Generated: words.Generated, Sources: words.Sources, PageOf: words.PageOf}
	number := 0
	for _, c := range chats {
		one := Chat{Title: oneLine(c.Title), About: words.Time(time.UnixMilli(c.CreatedAt))}
		if one.Title == "" {
			one.Title = words.Untitled
		}
		if folder := folders[c.FolderID]; folder != "" {
			one.About += " · " + folder
		}
		for _, m := range transfer.ShownBranch(c) {
			one.Turns = append(one.Turns, p.turn(m, words, &number))
		}
		p.Chats = append(p.Chats, one)
	}
	if len(p.Chats) == 1 {
		p.Title = p.Chats[0].Title
	}
	return p
}

func (p *Paper) turn(m transfer.Message, words transfer.Words, number *int) Turn {
	text, passages, sentences := transfer.Content(m)
	turn := Turn{Who: words.You, Images: m.Images}
	if m.Role == "user" {
		turn.Blocks = parse(unmarked(text))
		return turn
	}
	turn.Who, turn.Answer = words.Assistant, true
	turn.Mark = words.Mark(m)
	if m.Model != "" && !slices.Contains(p.Models, m.Model) {
		p.Models = append(p.Models, m.Model)
	}
	numbers := map[int]int{} // of passages of this answer
	at := map[int][]int{}    // passages by the place of their reference
	for _, s := range sentences {
		for _, n := range s.Citations {
			at[s.End] = append(at[s.End], n)
			numbers[n] = 0
		}
	}
	for _, passage := range passages {
		if _, used := numbers[passage.N]; !used && !passage.Cited {
			continue
		}
		*number++
		numbers[passage.N] = *number
		turn.Notes = append(turn.Notes, Note{Number: *number, Source: words.Source(passage), Quote: oneLine(passage.Text)})
	}
	turn.Blocks = parse(marked(text, at, numbers))
	turn.settle()
	return turn
}

// settle puts references to notes that nothing refers to behind the text: a
// reader should see them wherever the answer names no place.
func (t *Turn) settle() {
	seen := map[int]bool{}
	var look func(blocks []Block)
	spans := func(list []Span) {
		for _, s := range list {
			seen[s.Note] = true
		}
	}
	look = func(blocks []Block) {
		for _, b := range blocks {
			spans(b.Spans)
			look(b.Blocks)
			for _, item := range b.Items {
				look(item)
			}
			for _, row := range b.Rows {
				for _, cell := range row {
					spans(cell.Spans)
				}
			}
		}
	}
	look(t.Blocks)
	var rest []Span
	for _, n := range t.Notes {
		if !seen[n.Number] {
			rest = append(rest, Span{Note: n.Number})
		}
	}
	if len(rest) == 0 {
		return
	}
	if last := len(t.Blocks) - 1; last >= 0 && t.Blocks[last].Kind == Paragraph {
		t.Blocks[last].Spans = append(t.Blocks[last].Spans, rest...)
		return
	}
	t.Blocks = append(t.Blocks, Block{Kind: Paragraph, Spans: rest})
}

// References stand in the Markdown as a number between two characters that no
// text has: unmarked takes them out of what came from outside.
const (
	noteBegin = '\ue0f0'
	noteEnd   = '\ue0f1'
)

func unmarked(text string) string {
	return strings.Map(func(r rune) rune {
		if r == noteBegin || r == noteEnd {
			return -1
		}
		return r
	}, text)
}

// marked puts references behind sentences; places count UTF-16 code units.
func marked(text string, at map[int][]int, numbers map[int]int) string {
	var b strings.Builder
	units := 0
	refer := func() {
		var here []int
		for _, n := range at[units] {
			if numbers[n] > 0 && !slices.Contains(here, numbers[n]) {
				here = append(here, numbers[n])
			}
		}
		slices.Sort(here)
		for _, n := range here {
			b.WriteString(string(noteBegin) + strconv.Itoa(n) + string(noteEnd))
		}
		delete(at, units)
	}
	for _, r := range text {
		refer()
		if r != noteBegin && r != noteEnd {
			b.WriteRune(r)
		}
		if units++; r > 0xffff {
			units++
		}
	}
	refer()
	return b.String()
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// quoted puts words in the marks of the paper's language.
func (p *Paper) quoted(text string) string {
	if p.Language == "de" {
		return "„" + text + "“"
	}
	return "“" + text + "”"
}

// keywords of the file's own data.
func (p *Paper) keywords() string {
	return strings.Join(append([]string{p.Generated}, p.Models...), ", ")
}
