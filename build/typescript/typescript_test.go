package typescript_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kontor/build/typescript"
)

const api = `package app

// Empty is nothing.
type Empty struct{}

// Thing is
// one of many.
type Thing struct {
	ID   string            ` + "`json:\"id\"`" + ` // of the thing
	Kind string            ` + "`json:\"kind\" ts:\"'a'|'b'\"`" + `
	// Size in bytes.
	Size int64             ` + "`json:\"size,omitempty\"`" + `
	Args map[string]string ` + "`json:\"args\"`" + `
	Part *Part             ` + "`json:\"part,omitempty\"`" + `
	All  []Part            ` + "`json:\"all\"`" + `
}

type Part struct { On bool ` + "`json:\"on\"`" + ` }
`

const events = `package app

type Event struct {
	Seq   int64  ` + "`json:\"seq\"`" + `
	Type  string ` + "`json:\"type\" ts:\"EventType\"`" + `
	Moved *Thing ` + "`json:\"moved,omitempty\"`" + `
	Gone  *Empty ` + "`json:\"gone,omitempty\"`" + `
}
`

const methods = `package app

func (t *Things) register(s *Surface) {
	handle(s, "things.list", t.List)
	handleLocal(s, "cli.ask", func(ctx context.Context, p Principal, r question) (Empty, error) { return Empty{}, nil })
	handleLocal(s, "things.drop", func(ctx context.Context, p Principal, r Part) (Empty, error) { return Empty{}, nil })
}
func (t *Things) List(ctx context.Context, p Principal, r Empty) (Thing, error) { return Thing{}, nil }
`

const want = `
/** Empty is nothing. */
export type Empty = Record<string, never>;

/** Thing is one of many. */
export interface Thing {
  /** of the thing */
  id: string;
  kind: 'a' | 'b';
  /** Size in bytes. */
  size?: number;
  args: Record<string, string>;
  part?: Part;
  all: Part[];
}

export interface Part {
  on: boolean;
}

export interface Event {
  seq: number;
  type: EventType;
  moved?: Thing;
  gone?: Empty;
}

/** EventType names the one field of an [Event] that is set. */
export type EventType =
  | 'moved'
  | 'gone';

/** Methods maps the name of each method to its request and its result. */
export interface Methods {
  'things.drop': [Part, Empty];
  'things.list': [Empty, Thing];
}
`

func generate(t *testing.T, files map[string]string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := typescript.Generate(dir)
	return string(out), err
}

func TestGenerate(t *testing.T) {
	got, err := generate(t, map[string]string{"api.go": api, "events.go": events, "things.go": methods})
	if err != nil {
		t.Fatal(err)
	}
	if _, body, _ := strings.Cut(got, "\n"); body != want {
		t.Errorf("got:\n%s\nwant:\n%s", body, want)
	}
}

func TestGenerateRefusesWhatItCannotSay(t *testing.T) {
	for name, bad := range map[string]string{
		"foreign type": "type Bad struct { At time.Time `json:\"at\"` }",
		"no tag":       "type Bad struct { At string }",
		"page method of the command line's types": "func f(s *Surface) { handle(s, \"x.y\", func(ctx context.Context, p Principal, r question) (Empty, error) { return Empty{}, nil }) }",
		"unknown method": "func f(s *Surface, t *Things) { handle(s, \"x.y\", t.Missing) }",
	} {
		if _, err := generate(t, map[string]string{"api.go": api + bad, "events.go": events}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestFresh fails when the page's types are not the ones app now has.
func TestFresh(t *testing.T) {
	got, err := typescript.Generate("../../app")
	if err != nil {
		t.Fatal(err)
	}
	there, err := os.ReadFile(filepath.Join("../..", typescript.File))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(there) {
		t.Errorf("%s is stale: run `go run ./build generate`", typescript.File)
	}
}
