package app

import (
	"context"
	"regexp"
	"strings"

	"kontor/storage"
)

// searchWord is a word like tag:wichtig, in:"Mieten 2024" or seit:2024-03.
var searchWord = regexp.MustCompile(`(?i)(?:^|\s)(in|ordner|folder|tag|etikett|model|modell|has|mit|seit|ab|since|nach|after|vor|before|bis|until|mark|note|bewertung):("[^"]*"|[^\s"]*)`)

// Search finds chats by words and filter words, as somebody types.
func (c *ChatShelf) Search(ctx context.Context, p Principal, r ChatSearchRequest) (ChatSearchResult, error) {
	result := ChatSearchResult{Hits: []ChatHit{}, Unknown: []string{}}
	limit := r.Limit
	if limit <= 0 || limit > 100 {
		limit = 20
	}
	folders, err := c.app.db.ChatFolders(ctx, p.OwnerID)
	if err != nil {
		return result, err
	}
	search := storage.ChatSearch{}
	search.Query = strings.TrimSpace(searchWord.ReplaceAllStringFunc(strings.ToValidUTF8(clip(r.Query, 1000), ""), func(found string) string {
		key, value, _ := strings.Cut(strings.TrimSpace(found), ":")
		value = strings.TrimSpace(strings.Trim(value, `"`))
		if value == "" {
			return "" // still being typed
		}
		if !c.narrow(&search, folders, strings.ToLower(key), value) {
			result.Unknown = append(result.Unknown, value)
		}
		return ""
	}))
	if len(result.Unknown) > 0 || search.Query == "" && emptySearch(search) {
		return result, nil
	}
	hits, err := c.app.db.FindInChats(ctx, p.OwnerID, search, limit)
	if err != nil {
		return result, err
	}
	sought := newSought(c.app.analyser, search.Query)
	for _, hit := range hits {
		view := ChatHit{Chat: c.app.chatView(hit.Chat), MessageID: hit.MessageID, At: hit.At, Marks: []Span{}, TitleMarks: sought.marks(hit.Chat.Title)}
		view.DocumentMarks = []Span{}
		for _, name := range hit.Sources {
			if marks := sought.marks(name); len(marks) > len(view.DocumentMarks) {
				view.Document, view.DocumentMarks = name, marks
			}
		}
		if hit.Text != "" {
			view.Excerpt, view.Marks = sought.excerpt(hit.Text)
		}
		result.Hits = append(result.Hits, view)
	}
	return result, nil
}

func emptySearch(s storage.ChatSearch) bool {
	return len(s.FolderIDs) == 0 && len(s.Tags) == 0 && s.Model == "" && s.Mark == 0 && !s.HasDocument && !s.Archived && s.After == 0 && s.Before == 0
}

// narrow applies one filter word; false if its value means nothing.
func (c *ChatShelf) narrow(s *storage.ChatSearch, folders []storage.ChatFolder, key, value string) bool {
	switch key {
	case "in", "ordner", "folder":
		s.FolderIDs = foldersNamed(folders, value)
		if len(s.FolderIDs) > 0 {
			return true
		}
		s.Archived = strings.EqualFold(value, "archiv") || strings.EqualFold(value, "archive")
		return s.Archived
	case "tag", "etikett":
		s.Tags = append(s.Tags, cleanTag(value))
		return true
	case "model", "modell":
		s.Model = value
		return true
	case "mark", "note", "bewertung":
		s.Mark = markWords[strings.ToLower(value)]
		return s.Mark != 0
	case "has", "mit":
		s.HasDocument = hasDocumentWords[strings.ToLower(value)]
		return s.HasDocument
	}
	begin, end, ok := period(value, c.app.config.Now().Location())
	switch key {
	case "seit", "ab", "since":
		s.After = begin.UnixMilli()
	case "nach", "after":
		s.After = end.UnixMilli()
	case "vor", "before":
		s.Before = begin.UnixMilli()
	default:
		s.Before = end.UnixMilli()
	}
	return ok
}

// markWords are what people write after mark: and note:.
var markWords = map[string]int{
	"good": storage.MarkGood, "gut": storage.MarkGood, "bad": storage.MarkBad, "schlecht": storage.MarkBad,
}

// hasDocumentWords are what people write after has: and mit:.
var hasDocumentWords = map[string]bool{
	"document": true, "documents": true, "dokument": true, "dokumente": true, "dokumenten": true, "file": true, "files": true, "datei": true, "dateien": true,
}

// foldersNamed gives the folders of a name, in any letter case, and all in them.
func foldersNamed(folders []storage.ChatFolder, name string) []string {
	var ids []string
	inside := map[string]bool{}
	for _, f := range folders {
		if strings.EqualFold(f.Name, name) {
			inside[f.ID] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for _, f := range folders {
			if !inside[f.ID] && inside[f.ParentID] {
				inside[f.ID], grown = true, true
			}
		}
	}
	for _, f := range folders {
		if inside[f.ID] {
			ids = append(ids, f.ID)
		}
	}
	return ids
}
