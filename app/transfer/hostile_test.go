package transfer

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readFile reads a file of chats whose content is written by make.
func readFile(t *testing.T, fill func(io.Writer) error) (chats []Chat, source *Source, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(fill(f), f.Close()); err != nil {
		t.Fatal(err)
	}
	source = &Source{}
	err = source.Read(path, func(c Chat) error {
		chats = append(chats, c)
		return nil
	})
	return chats, source, err
}

func holding(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// repeated writes a text many times between two others.
func repeated(before, text string, count int, after string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, before)
		block := strings.Repeat(text, 1024)
		for range count / 1024 {
			if err == nil {
				_, err = io.WriteString(w, block)
			}
		}
		if err == nil {
			_, err = io.WriteString(w, after)
		}
		return err
	}
}

func zipped(name string, fill func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		archive := zip.NewWriter(w)
		member, err := archive.Create(name)
		if err == nil {
			err = fill(member)
		}
		return errors.Join(err, archive.Close())
	}
}

const oneChat = `{"uuid":"u","name":"n","chat_messages":[{"uuid":"m","sender":"human","text":"Hallo"}]}`

func TestHostileFilesEndInAnError(t *testing.T) {
	for name, file := range map[string]struct {
		fill  func(io.Writer) error
		want  error
		chats int
	}{
		"no chats":                {holding("hello"), ErrUnknown, 0},
		"empty":                   {holding(""), ErrUnknown, 0},
		"a list of other things":  {holding(`[{"a":1},2,"x"]`), ErrUnknown, 0},
		"another program":         {holding(`{"format":"other"}`), ErrUnknown, 0},
		"newer":                   {holding(`{"format":"kontor-chats","version":99,"chats":[]}`), ErrNewer, 0},
		"breaks off":              {holding(`[` + oneChat + `,{"uuid":"b","chat_mess`), ErrBroken, 1},
		"own breaks off":          {holding(`{"format":"kontor-chats","version":1,"folders":[],"chats":[{"id":"a","mess`), ErrBroken, 0},
		"ZIP without chats":       {zipped("readme.txt", holding("x")), ErrUnknown, 0},
		"broken ZIP":              {holding("PK\x03\x04broken"), ErrBroken, 0},
		"ZIP bomb":                {zipped("conversations.json", repeated("[", strings.Repeat(" ", 1024), 80<<10, "]")), ErrTooLarge, 0},
		"one huge line":           {repeated(`["`, strings.Repeat("a", 1024), 65<<10, `"]`), ErrTooLarge, 0},
		"huge chat after a good":  {repeated(`[`+oneChat+`,{"uuid":"`, strings.Repeat("a", 1024), 65<<10, `"}]`), ErrTooLarge, 1},
		"nested without end":      {repeated("[", "[", 1<<20, ""), ErrBroken, 0},
		"nested chat without end": {repeated(`{"conversationId":"a","messagesTree":`, `[{"messageId":"x","children":`, 1<<17, ""), ErrBroken, 0},
	} {
		t.Run(name, func(t *testing.T) {
			chats, _, err := readFile(t, file.fill)
			if !errors.Is(err, file.want) || len(chats) != file.chats {
				t.Errorf("%d chats, %v; expected %d, %v", len(chats), err, file.chats, file.want)
			}
		})
	}
}

// What a person made is read as far as it makes sense.
func TestStrangeTreesAreStraightened(t *testing.T) {
	node := func(id, parent, children string) string {
		return fmt.Sprintf(`%q:{"parent":%q,"children":[%s],"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":[%q]}}}`, id, parent, children, "t"+id)
	}
	circle := `[{"id":"c","mapping":{` + node("a", "b", `"b"`) + "," + node("b", "a", `"a"`) + "," + node("self", "self", `"self"`) + `},"current_node":"nowhere"}]`
	chats, _, err := readFile(t, holding(circle))
	if err != nil || len(chats) != 1 || len(chats[0].Messages) != 3 {
		t.Fatalf("%+v %v", chats, err)
	}
	checkTree(t, chats[0])

	var deep strings.Builder
	deep.WriteString(`[{"id":"d","mapping":{`)
	const depth = 50_000
	for i := range depth {
		if i > 0 {
			deep.WriteByte(',')
		}
		deep.WriteString(node(fmt.Sprint(i), fmt.Sprint(i-1), fmt.Sprintf("%q", fmt.Sprint(i+1))))
	}
	deep.WriteString(`},"current_node":"7"}]`)
	chats, _, err = readFile(t, holding(deep.String()))
	if err != nil || len(chats) != 1 || len(chats[0].Messages) != depth || chats[0].ActiveLeaf != "7" {
		t.Fatalf("%d chats, %v", len(chats), err)
	}
	checkTree(t, chats[0])

	own := `{"chats":[{"id":"k","title":"T","messages":[{"id":"2","parentId":"1","role":"user","parts":[]},{"id":"1","parentId":"2","role":"user","parts":[]},
		{"id":"1","parentId":"","role":"user","parts":[]},{"id":"3","parentId":"none","role":"user","parts":[]}]},7],"folders":[{"id":"f","parentId":"","name":"F"}],"format":"kontor-chats","version":1}`
	chats, source, err := readFile(t, holding("\ufeff"+own))
	if err != nil || len(chats) != 1 || len(chats[0].Messages) != 3 || source.Skipped != 1 || len(source.Head.Folders) != 1 {
		t.Fatalf("%+v %+v %v", chats, source, err)
	}
	checkTree(t, chats[0])
}

// checkTree wants parents before children and every id once.
func checkTree(t *testing.T, c Chat) {
	t.Helper()
	seen := map[string]bool{"": true}
	for _, m := range c.Messages {
		if !seen[m.ParentID] || seen[m.ID] {
			t.Fatalf("message %q after %q", m.ID, m.ParentID)
		}
		seen[m.ID] = true
	}
	if !seen[c.ActiveLeaf] {
		t.Errorf("%q is shown and not there", c.ActiveLeaf)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`[` + oneChat + `]`))
	f.Add([]byte(`[{"mapping":{"a":{"parent":"a","message":{"content":{"parts":[1]}}}}}]`))
	f.Add([]byte(`{"messages":[{"versions":[{"role":"assistant","steps":[{"content":[{}]}]}]}],"systemPrompt":""}`))
	f.Add([]byte(`{"history":{"currentId":"a","messages":{"a":{"parentId":"a","content":"<details type=\"reasoning\">x</details>"}}}}`))
	f.Add([]byte(`{"format":"kontor-chats","version":1,"chats":[{"id":"1","messages":[{}]}]}`))
	var packed bytes.Buffer
	if err := zipped("threads/1/thread.json", holding(`{"id":"1"}`))(&packed); err != nil {
		f.Fatal(err)
	}
	f.Add(packed.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		chats, _, _ := readFile(t, holding(string(raw)))
		for _, c := range chats {
			checkTree(t, c)
		}
	})
}
