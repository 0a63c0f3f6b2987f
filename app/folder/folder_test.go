package folder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

func put(t *testing.T, root string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func compile(t *testing.T, include, exclude []string) Rules {
	t.Helper()
	rules, err := Compile(include, exclude, func(name string) bool { return !strings.HasSuffix(name, ".exe") })
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func TestRules(t *testing.T) {
	for _, test := range []struct {
		include, exclude []string
		yes, no          []string
	}{
		{yes: []string{"a.pdf", "deep/er/Übersicht.DOCX", "tmp/x.pdf", "a~b.txt", "x"},
			no: []string{".hidden", ".git/config", "deep/.svn/x", "~$brief.docx", "x/~$brief.docx", "a.TMP", "node_modules/a/b.md", "p/node_modules/x.md", "Thumbs.db", "x.exe", ".~lock.a.odt#"}},
		{include: []string{"*.pdf"}, yes: []string{"a.pdf", "b/c.PDF"}, no: []string{"a.txt", "b/.c.pdf"}},
		{include: []string{"Verträge/**", "/top.txt"}, yes: []string{"verträge/a.pdf", "Vertra\u0308ge/x/b.pdf", "top.txt"}, no: []string{"a.pdf", "x/top.txt", "x/Verträge/a.pdf"}},
		{exclude: []string{"Archiv/", "entwurf*", "2019/**/*.docx", "x"},
			yes: []string{"a.pdf", "2019/a.pdf", "2020/x1/a.docx"}, no: []string{"Archiv/a.pdf", "b/ARCHIV/c/a.pdf", "Entwurf 2.docx", "2019/1/2/a.docx", "2019/a.docx", "x/a.pdf"}},
		{exclude: []string{`alt\*.txt`, "{a,b}.md", " "}, yes: []string{"c.md"}, no: []string{"alt/x.txt", "a.md", "d/b.md"}},
	} {
		rules := compile(t, test.include, test.exclude)
		for _, name := range test.yes {
			if !rules.Counts(name) {
				t.Errorf("%q %q leave %q out", test.include, test.exclude, name)
			}
		}
		for _, name := range test.no {
			if rules.Counts(name) {
				t.Errorf("%q %q take %q", test.include, test.exclude, name)
			}
		}
	}
	rules := compile(t, nil, []string{"x", "Archiv/"})
	for name, want := range map[string]bool{".git": true, "a/node_modules": true, "archiv": true, "x": true, "y": false, "a": false} {
		if rules.Skips(name) != want {
			t.Errorf("skips %q: %v", name, !want)
		}
	}
	for _, bad := range []string{"[a", "{a", "a/../../b", strings.Repeat("a", 500)} {
		if _, err := Compile([]string{bad}, nil, nil); !errors.Is(err, ErrPattern) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestLook(t *testing.T) {
	root := t.TempDir()
	names := []string{"a.txt", "b/c.txt", "b/d/e f ü 'q\".txt", "x.exe", ".hidden/f.txt", "node_modules/g.md"}
	want := names[:3]
	if runtime.GOOS == "linux" {
		odd := "b/new\nline \xff \\ * ? \u202e.txt"
		names, want = append(names, odd), append(slices.Clone(want), odd)
	}
	put(t, root, names...)
	linked := 0
	for target, link := range map[string]string{"..": "b/up", ".": "self", "a.txt": "link.txt", os.TempDir(): "outside", "nowhere": "dangling"} {
		if os.Symlink(target, filepath.Join(root, filepath.FromSlash(link))) == nil {
			linked++
		}
	}
	var entered []string
	seen, err := Look(t.Context(), root, compile(t, nil, nil), func(dir string) { entered = append(entered, dir) })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range seen.Files {
		got = append(got, f.Path)
		if f.Size != int64(len(f.Path)) || f.Modified.IsZero() {
			t.Errorf("file %+v", f)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || seen.Unknown != 1 || seen.Links != linked || len(seen.Unread) != 0 || seen.Entries < 5 {
		t.Errorf("files %q; %+v", got, seen)
	}
	if len(entered) != 3 { // root, b, b/d
		t.Errorf("entered %q", entered)
	}
}

func TestLookThatSeesNothingSaysSo(t *testing.T) {
	rules := compile(t, nil, nil)
	root := t.TempDir()
	put(t, root, "file.txt", "sub/a.txt")
	for _, missing := range []string{filepath.Join(root, "missing"), filepath.Join(root, "file.txt")} {
		if _, err := Look(t.Context(), missing, rules, nil); !errors.Is(err, ErrMissing) {
			t.Errorf("%s: %v", missing, err)
		}
	}
	// A folder that stops being listed in the middle is not empty.
	sub := filepath.Join(root, "sub")
	seen, err := Look(t.Context(), root, rules, func(dir string) {
		if dir == sub {
			if err := errors.Join(os.RemoveAll(sub), os.WriteFile(sub, nil, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
	})
	if err != nil || !slices.Equal(seen.Unread, []string{"sub"}) {
		t.Errorf("seen %+v, %v", seen, err)
	}
	_, err = Look(t.Context(), root, rules, func(dir string) {
		if err := os.RemoveAll(root); err != nil {
			t.Fatal(err)
		}
	})
	if !errors.Is(err, ErrMissing) {
		t.Errorf("vanished meanwhile: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Look(ctx, t.TempDir(), rules, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// told waits for a hint.
func told(t *testing.T, w *Watch, what string) {
	t.Helper()
	select {
	case <-w.Changed:
	case <-time.After(20 * time.Second):
		t.Fatalf("nothing is told of %s", what)
	}
}

func TestWatch(t *testing.T) {
	root := t.TempDir()
	put(t, root, "sub/a.txt")
	rules := compile(t, nil, []string{"left/"})
	w, err := NewWatch(root, rules)
	if err != nil {
		t.Fatal(err)
	}
	look := func() {
		t.Helper()
		if _, err := Look(t.Context(), root, rules, w.Enter); err != nil {
			t.Fatal(err)
		}
		for len(w.Changed) > 0 {
			<-w.Changed
		}
	}
	look()
	steps := []struct {
		name string
		do   func() error
	}{
		{"a new file", func() error { return os.WriteFile(filepath.Join(root, "new.txt"), []byte("x"), 0o600) }},
		{"a deeper change", func() error { return os.WriteFile(filepath.Join(root, "sub", "a.txt"), []byte("more"), 0o600) }},
		{"a new folder", func() error { return os.Mkdir(filepath.Join(root, "fresh"), 0o700) }},
		{"a file in the new folder", func() error { return os.WriteFile(filepath.Join(root, "fresh", "b.txt"), nil, 0o600) }},
		{"a rename", func() error { return os.Rename(filepath.Join(root, "fresh"), filepath.Join(root, "other")) }},
		{"a file in the renamed folder", func() error { return os.WriteFile(filepath.Join(root, "other", "c.txt"), nil, 0o600) }},
		{"a deletion", func() error { return os.Remove(filepath.Join(root, "new.txt")) }},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		told(t, w, step.name)
		time.Sleep(50 * time.Millisecond) // the rest of the step's events
		look()
	}
	if w.Partial() {
		t.Error("not everything is watched")
	}
	// What does not count is no reason to look; an overflow is, whatever it was.
	w.take(fsnotify.Event{Name: filepath.Join(root, "~$a.docx"), Op: fsnotify.Create})
	w.take(fsnotify.Event{Name: filepath.Join(root, "sub", "a.txt"), Op: fsnotify.Chmod})
	if len(w.Changed) > 0 {
		t.Error("a lock file is a reason to look")
	}
	w.inner.Errors <- fsnotify.ErrEventOverflow
	told(t, w, "an overflow")
	w.inner.Errors <- fmt.Errorf("another error")
	told(t, w, "an error")
	if !w.Partial() {
		t.Error("after an error everything counts as watched")
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	w.Enter(root) // a look that is still running does no harm
}
