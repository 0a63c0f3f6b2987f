package app

import (
	"encoding/json"

	"kontor/localrag/parse"
)

// keptGaps is how gaps are stored.
type keptGaps struct {
	Parts []parse.Unread `json:"parts,omitempty"`
	Pages []int          `json:"pages,omitempty"`
}

// storedGaps keeps what a reading left out: without it nobody would learn that
// the answer may lie in an attachment that could not be opened.
func storedGaps(r parse.Result) string {
	if len(r.Unread) == 0 && len(r.PagesWithoutText) == 0 {
		return ""
	}
	return string(mustJSON(keptGaps{r.Unread, r.PagesWithoutText}))
}

// gapsView is nil for a document without gaps.
func gapsView(stored string) *Gaps {
	var kept keptGaps
	if stored == "" || json.Unmarshal([]byte(stored), &kept) != nil {
		return nil
	}
	view := &Gaps{Parts: []Problem{}, PagesWithoutText: kept.Pages}
	if view.PagesWithoutText == nil {
		view.PagesWithoutText = []int{}
	}
	for _, part := range kept.Parts {
		view.Parts = append(view.Parts, Problem{Code: string(part.Code), Args: map[string]string{"name": part.Part}})
	}
	return view
}
