package app

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"

	"kontor/app/transfer"
	"kontor/app/transfer/paper"
)

// printed writes chats as a document for people.
func (t *Transfers) printed(format string, chats []transfer.Chat, folders map[string]string, title string, result ExportFile) (ExportFile, error) {
	words := t.words()
	if format == "markdown" {
		texts := make([]string, 0, len(chats))
		for _, chat := range chats {
			texts = append(texts, transfer.Markdown(chat, words))
		}
		result.Name, result.MediaType, result.Content = result.Name+".md", "text/markdown", strings.Join(texts, "\n---\n\n")
		return result, nil
	}
	document := paper.New(chats, words, folders)
	document.Language, document.Program, document.At = t.app.language(), "Kontor "+Version, t.app.now()
	switch {
	case title != "":
		document.Title = title
	case document.Title == "":
		document.Title = t.app.text("transfer.all_chats", nil)
	}
	var write func(io.Writer) error
	switch format {
	case "html":
		write, result.MediaType = document.HTML, "text/html"
	case "pdf":
		write, result.MediaType = document.PDF, "application/pdf"
	case "docx":
		write, result.MediaType = document.DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	default:
		return ExportFile{}, &Error{Code: ProblemBadRequest}
	}
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return ExportFile{}, err
	}
	result.Name += "." + format
	if result.Base64 = format != "html"; result.Base64 {
		result.Content = base64.StdEncoding.EncodeToString(content.Bytes())
	} else {
		result.Content = content.String()
	}
	return result, nil
}
