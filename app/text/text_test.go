package text

import (
	"regexp"
	"slices"
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
	argument := regexp.MustCompile(`\{(\w+)`)
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
			for _, found := range argument.FindAllStringSubmatch(message, -1) {
				names[language] = append(names[language], found[1])
			}
			slices.Sort(names[language])
			names[language] = slices.Compact(names[language])
		}
		if !slices.Equal(names["de"], names["en"]) {
			t.Errorf("%s: arguments differ: %v and %v", key, names["de"], names["en"])
		}
	}
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
