package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
)

// maxForeign is how much of a piece that nobody here knows is shown, in bytes.
const maxForeign = 256 << 10

// tolerant decodes what fits. A field of another kind than expected, as other
// programs have after their next version, stays empty and costs nothing else.
func tolerant(raw []byte, into any) error {
	err := json.Unmarshal(raw, into)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return nil
	}
	return err
}

// packedBytes are a file that stands in the JSON itself: nothing to read.
var packedBytes = regexp.MustCompile(`"[A-Za-z0-9+/=_:;,-]{1000,}"`)

// foreign shows a piece of a kind that is not known here as it is written, so
// that nothing is lost: it stands with what was thought and looked up.
func (d *draft) foreign(raw json.RawMessage) {
	var indented bytes.Buffer
	if json.Indent(&indented, raw, "", " ") != nil || indented.Len() < 3 { // nothing, {} or []
		return
	}
	text := packedBytes.ReplaceAllString(indented.String(), `"…"`)
	if text == "null" || text == `""` {
		return
	}
	if len(text) > maxForeign {
		text = strings.ToValidUTF8(text[:maxForeign], "") + "\n…"
	}
	d.think(fenced("json", text))
}

// link is a source in Markdown; "" for none.
func link(title, address string) string {
	title = strings.Join(strings.Fields(title), " ")
	switch {
	case address == "":
		return title
	case title == "":
		return "<" + address + ">"
	}
	return "[" + strings.NewReplacer("[", "(", "]", ")").Replace(title) + "](" + address + ")"
}

// quoted is a text in Markdown that somebody else said.
func quoted(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	return "> " + strings.ReplaceAll(text, "\n", "\n> ")
}

// paragraphs joins those texts that are not empty.
func paragraphs(texts ...string) string {
	var kept []string
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			kept = append(kept, text)
		}
	}
	return strings.Join(kept, "\n\n")
}
