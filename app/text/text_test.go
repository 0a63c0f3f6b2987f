package text

import (
	"slices"
	"strings"
	"testing"
)

func TestCatalogue(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	german, english := c.Keys("de"), c.Keys("en")
	for _, key := range german {
		if !slices.Contains(english, key) {
			t.Errorf("%s is missing in English", key)
		}
	}
	for _, key := range english {
		if !slices.Contains(german, key) {
			t.Errorf("%s is missing in German", key)
		}
	}
	for _, key := range english {
		names := map[string][]string{}
		for _, language := range Languages() {
			message := c.messages[language][key]
			if message == "" {
				t.Errorf("%s is empty in %s", key, language)
			}
			if err := Check(message); err != nil {
				t.Errorf("%s in %s: %v", key, language, err)
			}
			names[language] = argumentsOf(t, message)
			slices.Sort(names[language])
			names[language] = slices.Compact(names[language])
		}
		if !slices.Equal(names["de"], names["en"]) {
			t.Errorf("%s: arguments differ: %v and %v", key, names["de"], names["en"])
		}
	}
}

// argumentsOf lists the names of a message's arguments, those inside the
// branches of plurals included.
func argumentsOf(t *testing.T, message string) []string {
	var names []string
	for i := strings.IndexByte(message, '{'); i >= 0; i = strings.IndexByte(message, '{') {
		end, err := closing(message, i)
		if err != nil {
			t.Fatal(err)
		}
		name, rest, plural := strings.Cut(message[i+1:end], ",")
		names = append(names, strings.TrimSpace(name))
		for open := strings.IndexByte(rest, '{'); plural && open >= 0; open = strings.IndexByte(rest, '{') {
			branchEnd, err := closing(rest, open)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, argumentsOf(t, rest[open+1:branchEnd])...)
			rest = rest[branchEnd+1:]
		}
		message = message[end+1:]
	}
	return names
}

func TestFormat(t *testing.T) {
	plural := "{n, plural, =0 {keine Dateien} one {# Datei} other {# Dateien in {place}}}"
	for _, c := range []struct{ message, n, want string }{
		{"Hallo {place}", "", "Hallo hier"},
		{plural, "0", "keine Dateien"},
		{plural, "1", "1 Datei"},
		{plural, "7", "7 Dateien in hier"},
		{plural, "1.5", "1.5 Dateien in hier"},
	} {
		got, err := format(c.message, map[string]string{"place": "hier", "n": c.n}, "")
		if err != nil || got != c.want {
			t.Errorf("%q with %q = %q, %v; want %q", c.message, c.n, got, err, c.want)
		}
	}
	for _, broken := range []string{"{", "a}", "{n, plural, one {x}}", "{n, date, x}", "{n, plural, one}"} {
		if err := Check(broken); err == nil {
			t.Errorf("%q is accepted", broken)
		}
	}
}

func FuzzFormat(f *testing.F) {
	f.Add("{n, plural, one {# a} other {# b}}", "1")
	f.Fuzz(func(t *testing.T, message, n string) {
		_, _ = format(message, map[string]string{"n": n}, "")
	})
}
