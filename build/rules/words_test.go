package rules

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// word is something that may stand in no file of the tree. Patterns are put together here so that they do not find
// themselves.
type word struct {
	pattern *regexp.Regexp
	except  []string // files
	reason  string
}

var words = []word{
	{
		pattern: regexp.MustCompile(`\b(` + strings.Join([]string{
			`registry\.npm` + `js\.org`, `registry\.yarn` + `pkg\.com`, `py` + `pi\.org`, `files\.python` + `hosted\.org`,
			`proxy\.go` + `lang\.org`, `sum\.go` + `lang\.org`, `deb\.de` + `bian\.org`, `crates` + `\.io`, `ghcr` + `\.io`,
			`docker` + `\.io`, `registry\.olla` + `ma\.ai`, `hugging` + `face\.co`,
		}, "|") + `)\b`),
		reason: "where packages and models come from is the machine's configuration; an air-gapped network has its own mirror",
	},
	{
		pattern: regexp.MustCompile(`(^|[\s"'` + "`" + `=(:,])/(work|ro` + `ot)/|\.\./sha` + `red\b`),
		reason:  "a path of one machine works on no other",
	},
	{
		pattern: regexp.MustCompile(`"\./` + `\.\.\."|\s\./` + `\.\.\.(\s|$)`),
		reason:  "that pattern walks into frontend/node_modules, which carries Go files of others; name the packages",
	},
	{
		pattern: regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`),
		except:  []string{"frontend/package-lock.json", "go.sum", "build/runtime/go.sum"},
		reason:  "an open end belongs to the list of work, where someone finds it; code says what is",
	},
}

func TestWordsThatStandNowhere(t *testing.T) {
	for name, text := range texts(t) {
		for _, w := range words {
			if slices.Contains(w.except, name) || strings.Contains(name, "/testdata/") {
				continue
			}
			if at := w.pattern.FindStringIndex(text); at != nil {
				t.Errorf("%s:%d: %q: %s", name, 1+strings.Count(text[:at[0]], "\n"), strings.TrimSpace(text[at[0]:at[1]]), w.reason)
			}
		}
	}
}
