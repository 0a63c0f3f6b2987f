// Package prompts holds the texts that models read, in German and English.
// It knows nothing of who sends them.
package prompts

import (
	"embed"
	"strings"
)

//go:embed *.md
var files embed.FS

// Name is one prompt.
type Name string

// The prompts.
const (
	Chat      Name = "chat"      // system text without documents
	Documents Name = "documents" // system text with passages in the question
	Whole     Name = "whole"     // system text before a whole document
	Question  Name = "question"  // last turn: passages and the question
	Title     Name = "title"     // asked as a continuation of the chat
	Survey    Name = "survey"    // system text while going through everything
	Table     Name = "table"     // system text for a query
	Repair    Name = "repair"    // after a query that could not be run
	Rewrite   Name = "rewrite"   // a follow-up, asked as a continuation of the chat
	Continue  Name = "continue"  // goes on with an answer that was cut
	Rerank    Name = "rerank"    // the order of passages, asked as a continuation of the chat
)

// Names lists every prompt, for the test that finds a missing language.
func Names() []Name {
	return []Name{Chat, Documents, Whole, Question, Title, Survey, Table, Repair, Rewrite, Rerank, Continue}
}

// Text returns a prompt in "de" or "en" (anything but "de" is English), with
// {name} replaced by its value.
func Text(name Name, language string, values ...string) string {
	if language != "de" {
		language = "en"
	}
	raw, err := files.ReadFile(string(name) + "." + language + ".md")
	if err != nil {
		panic("prompts: " + string(name) + "." + language + ".md is not embedded")
	}
	return strings.NewReplacer(values...).Replace(strings.TrimSpace(string(raw)))
}
