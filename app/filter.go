package app

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"
	"unicode"

	"kontor/localrag"
	"kontor/storage"
)

// Filters reads where a question wants to look: @file and words like type:pdf.
type Filters struct{ app *App }

func (f *Filters) register(s *Surface) {
	handle(s, "filter.read", f.Read)
	handle(s, "filter.suggest", f.Suggest)
}

const (
	// maxNamed is how many documents one @word may mean; more of them is a
	// word that says too little.
	maxNamed = 20
	// leastPrefix is the shortest start of a name that counts as naming it.
	leastPrefix = 3
	// maxFiltered is how much of a text is read for filters: a pasted log or
	// program holds many @ that name nothing.
	maxFiltered = 2000
	longestName = 200
	// afterName may follow a name without belonging to it.
	afterName = `.,;:!?)]"“'`
)

// Read tells what a question's words would limit.
func (f *Filters) Read(ctx context.Context, p Principal, r FilterRequest) (FilterReading, error) {
	reading := FilterReading{Text: r.Text, Documents: []FilterDocument{}, Unknown: []string{}}
	reading.Filter = Filter{DocumentIDs: []string{}, Types: []string{}}
	if len(r.Text) > maxFiltered {
		return reading, nil
	}
	text := readFilterWords(r.Text, f.app.formats(), f.app.now(), &reading.Filter)
	if nextMention(text, 0) >= 0 {
		names, err := f.app.db.DocumentNames(ctx, storage.Scope{OwnerID: p.OwnerID})
		if err != nil {
			return reading, err
		}
		// Without documents in the chat an @ is more often part of the text.
		resolver := mentions{exact: len(r.CollectionIDs) == 0, names: foldNames(names)}
		text = resolver.read(text, &reading)
	}
	if text = strings.Join(strings.Fields(text), " "); text != "" && reading.Filter.limits() {
		reading.Text = text
	}
	return reading, nil
}

// Suggest offers documents by name, and the types and folders there are.
func (f *Filters) Suggest(ctx context.Context, p Principal, r FilterSuggestRequest) (FilterSuggestions, error) {
	result := FilterSuggestions{Documents: []FilterDocument{}, Types: []string{}, Folders: []string{}}
	names, err := f.app.db.DocumentNames(ctx, storage.Scope{OwnerID: p.OwnerID, CollectionIDs: r.CollectionIDs})
	if err != nil {
		return result, err
	}
	limit := r.Limit
	if limit <= 0 || limit > 50 {
		limit = 8
	}
	query := foldName(strings.Trim(r.Query, `@" `))
	var starts, holds []FilterDocument
	types, folders := map[string]int{}, map[string]int{}
	for _, n := range foldNames(names) {
		if n.Format != "" {
			types[n.Format]++
		}
		if n.folder != "" {
			folders[n.folder]++
		}
		document := FilterDocument{ID: n.ID, Name: n.shown, Format: n.Format}
		switch {
		case slices.ContainsFunc(n.keys, func(key string) bool { return strings.HasPrefix(key, query) }):
			starts = append(starts, document)
		case slices.ContainsFunc(n.keys, func(key string) bool { return strings.Contains(key, query) }):
			holds = append(holds, document)
		}
	}
	found := append(starts, holds...)
	result.Documents = append(result.Documents, found[:min(limit, len(found))]...)
	result.Types = append(result.Types, byFrequency(types, 20)...)
	result.Folders = append(result.Folders, byFrequency(folders, 50)...)
	return result, nil
}

func byFrequency(counts map[string]int, most int) []string {
	list := make([]string, 0, len(counts))
	for value := range counts {
		list = append(list, value)
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	return list[:min(most, len(list))]
}

// limits says whether the filter excludes anything.
func (f Filter) limits() bool {
	return len(f.DocumentIDs) > 0 || len(f.Types) > 0 || f.After != 0 || f.Before != 0 || f.Folder != ""
}

// scope is where an answer may look.
func (j *answering) scope() localrag.Scope {
	f := j.options.filter
	scope := localrag.Scope{
		OwnerID: j.principal.OwnerID, CollectionIDs: j.chat.CollectionIDs, DocumentIDs: j.options.documents,
		Formats: f.Types, After: f.After, Before: f.Before, Folder: f.Folder,
	}
	if len(f.DocumentIDs) > 0 { // named ones are meant wherever they are
		scope.DocumentIDs, scope.CollectionIDs = f.DocumentIDs, nil
	}
	return scope
}

// withFilter reads the filter of a question and joins it with the chosen one.
func (a *App) withFilter(ctx context.Context, p Principal, collections []string, o answerOptions) (answerOptions, error) {
	reading, err := a.filters.Read(ctx, p, FilterRequest{Text: o.question, CollectionIDs: collections})
	if err != nil {
		return o, err
	}
	read := reading.Filter
	if !read.limits() {
		return o, nil
	}
	o.question = reading.Text
	for _, id := range read.DocumentIDs {
		if !slices.Contains(o.filter.DocumentIDs, id) {
			o.filter.DocumentIDs = append(slices.Clone(o.filter.DocumentIDs), id)
		}
	}
	if len(o.filter.Types) == 0 {
		o.filter.Types = read.Types
	}
	o.filter.After = cmp.Or(o.filter.After, read.After)
	o.filter.Before = cmp.Or(o.filter.Before, read.Before)
	o.filter.Folder = cmp.Or(o.filter.Folder, read.Folder)
	return o, nil
}

// foldedName is a document with the forms of its name that people type.
type foldedName struct {
	storage.NamedDocument
	shown, folder string
	keys          []string // the whole name first
}

func foldNames(names []storage.NamedDocument) []foldedName {
	folded := make([]foldedName, len(names))
	for i, n := range names {
		place := strings.ReplaceAll(cmp.Or(n.Origin, n.Name), `\`, "/")
		base := path.Base(strings.ReplaceAll(n.Name, `\`, "/"))
		f := foldedName{NamedDocument: n, shown: base, keys: []string{foldName(base)}}
		if folder := path.Base(path.Dir(place)); folder != "." && folder != "/" {
			f.folder = folder
		}
		for _, other := range []string{strings.TrimSuffix(base, path.Ext(base)), n.Title} {
			if key := foldName(other); key != "" && !slices.Contains(f.keys, key) {
				f.keys = append(f.keys, key)
			}
		}
		folded[i] = f
	}
	return folded
}

// foldName makes Prüfbericht_A.PDF and pruefbericht a.pdf one name.
func foldName(name string) string {
	var b strings.Builder
	for _, r := range localrag.FoldName(name) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' {
			b.WriteRune(r)
		} else if s := b.String(); s != "" && !strings.HasSuffix(s, " ") {
			b.WriteByte(' ')
		}
	}
	return strings.TrimRight(b.String(), " .")
}

// mentions resolves the names behind an @.
type mentions struct {
	exact bool
	names []foldedName
}

// nextMention finds an @ that begins a word, so not one in an e-mail address.
func nextMention(text string, from int) int {
	for i := from; i < len(text); i++ {
		if text[i] == '@' && i+1 < len(text) && (i == 0 || strings.IndexByte(" \t\n([\"'„", text[i-1]) >= 0) {
			return i
		}
	}
	return -1
}

// read takes the mentions that name documents out of the text.
func (m mentions) read(text string, reading *FilterReading) string {
	for at := nextMention(text, 0); at >= 0; at = nextMention(text, at) {
		rest := text[at+1:]
		length, found := m.resolve(rest)
		if len(found) == 0 {
			if word := firstWord(rest); word != "" && !m.exact {
				reading.Unknown = append(reading.Unknown, word)
			}
			at++
			continue
		}
		for _, n := range found {
			if !slices.Contains(reading.Filter.DocumentIDs, n.ID) {
				reading.Filter.DocumentIDs = append(reading.Filter.DocumentIDs, n.ID)
				reading.Documents = append(reading.Documents, FilterDocument{ID: n.ID, Name: n.shown, Format: n.Format})
			}
		}
		text = text[:at] + rest[length:]
	}
	return text
}

// resolve finds which documents the start of a text names and how long that is.
func (m mentions) resolve(rest string) (length int, found []foldedName) {
	if inner, ok := strings.CutPrefix(rest, `"`); ok {
		end := strings.IndexByte(inner, '"')
		if end <= 0 {
			return 0, nil
		}
		if found = m.called(inner[:end]); len(found) == 0 {
			found = m.startingWith(inner[:end])
		}
		return end + 2, found
	}
	// The longest run of words that is a whole name: names hold blanks.
	line, _, _ := strings.Cut(rest[:min(len(rest), longestName)], "\n")
	for end := len(line); end > 0; end = strings.LastIndexFunc(line[:end], unicode.IsSpace) {
		name := strings.TrimRight(line[:end], afterName)
		if found = m.called(name); len(found) > 0 {
			return len(name), found
		}
	}
	word := firstWord(rest)
	return len(word), m.startingWith(word)
}

// called lists the documents with a whole name.
func (m mentions) called(name string) (found []foldedName) {
	name = foldName(name)
	for _, n := range m.names {
		if name != "" && slices.Contains(n.keys, name) {
			found = append(found, n)
		}
	}
	return found[:min(maxNamed, len(found))]
}

// startingWith lists the documents whose name starts so, none if they are many.
func (m mentions) startingWith(prefix string) (found []foldedName) {
	prefix = foldName(prefix)
	if m.exact || len(prefix) < leastPrefix {
		return nil
	}
	for _, n := range m.names {
		if slices.ContainsFunc(n.keys, func(key string) bool { return strings.HasPrefix(key, prefix) }) {
			found = append(found, n)
		}
	}
	if len(found) > maxNamed {
		return nil
	}
	return found
}

func firstWord(text string) string {
	if end := strings.IndexFunc(text, unicode.IsSpace); end >= 0 {
		text = text[:end]
	}
	return strings.TrimRight(text, afterName)
}
