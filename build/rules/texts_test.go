package rules

import (
	"encoding/json"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// catalogue reads app/text's files of one language: key to sentence, over all parts.
func catalogue(t *testing.T, language string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range trackedFiles(t) {
		if path.Dir(name) != "app/text" || !strings.HasSuffix(name, "."+language+".json") {
			continue
		}
		var part map[string]string
		if err := json.Unmarshal([]byte(read(t, name)), &part); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		maps.Copy(all, part)
	}
	if len(all) < 100 {
		t.Fatalf("only %d sentences in %s: the catalogue is not where this rule looks", len(all), language)
	}
	return all
}

var placeholder = regexp.MustCompile(`\{(\w+)[,}]`)

func TestLanguagesAreComplete(t *testing.T) {
	german, english := catalogue(t, "de"), catalogue(t, "en")
	for key := range english {
		if _, ok := german[key]; !ok {
			t.Errorf("%s has no German sentence: half a language is worse than none", key)
		}
	}
	for key, sentence := range german {
		other, ok := english[key]
		if !ok {
			t.Errorf("%s has no English sentence: half a language is worse than none", key)
			continue
		}
		if strings.TrimSpace(sentence) == "" || strings.TrimSpace(other) == "" {
			t.Errorf("%s is empty in one language", key)
		}
		if de, en := arguments(sentence), arguments(other); !slices.Equal(de, en) {
			t.Errorf("%s: the German sentence takes %v, the English one %v", key, de, en)
		}
	}
}

func arguments(sentence string) []string {
	var names []string
	for _, found := range placeholder.FindAllStringSubmatch(sentence, -1) {
		if !slices.Contains(names, found[1]) {
			names = append(names, found[1])
		}
	}
	slices.Sort(names)
	return names
}

// mention is a place that names a sentence, or a family of them when a part of the key is computed.
type mention struct {
	at  string
	key *regexp.Regexp
	// certain: the place can only mean a sentence, so one must exist.
	certain bool
}

func TestSentencesAndCodeAgree(t *testing.T) {
	keys := slices.Sorted(maps.Keys(catalogue(t, "en")))
	mentions := append(goMentions(t), pageMentions(t)...)
	used := map[string]bool{}
	for _, m := range mentions {
		hit := false
		for _, key := range keys {
			if m.key.MatchString(key) {
				used[key], hit = true, true
			}
		}
		if !hit && m.certain {
			t.Errorf("%s asks for the sentence %s, which is in no catalogue: people would read the key", m.at, m.key)
		}
	}
	for _, key := range keys {
		if !used[key] {
			t.Errorf("nobody uses the sentence %q: it would be translated and kept up for nothing", key)
		}
	}
}

// computed stands for a part of a key that is known only while the program runs.
const computed = `[\w.-]+`

// keyPattern makes a mention's pattern from the parts of a string, nil for the computed ones. It is nil unless the string
// begins like a key: a word and a dot.
func keyPattern(parts []*string) *regexp.Regexp {
	if parts[0] == nil || !regexp.MustCompile(`^[a-z][a-z0-9_]*\.[\w.-]*$`).MatchString(*parts[0]) {
		return nil
	}
	pattern := "^"
	for _, part := range parts {
		if part == nil {
			pattern += computed
		} else {
			pattern += regexp.QuoteMeta(*part)
		}
	}
	return regexp.MustCompile(pattern + "$")
}

// goMentions finds every string in Go that looks like a key. The argument of a call named text or Text certainly is one.
func goMentions(t *testing.T) []mention {
	var found []mention
	for _, f := range goFiles(t) {
		if f.test || (f.dir != "." && !within(f.dir, "app")) {
			continue
		}
		sure := map[ast.Expr]bool{}
		inner := map[ast.Expr]bool{} // operands of a concatenation already looked at as a whole
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && slices.Contains([]string{"text", "Text"}, calledName(call)) {
				for _, arg := range call.Args {
					sure[arg] = true
				}
			}
			e, ok := n.(ast.Expr)
			if !ok || inner[e] {
				return true
			}
			parts := stringParts(e, inner)
			if len(parts) == 0 {
				return true
			}
			if key := keyPattern(parts); key != nil {
				found = append(found, mention{f.at(n), key, sure[e]})
			}
			return true
		})
	}
	return found
}

// stringParts takes a string literal, or literals and other things joined with +, apart.
func stringParts(e ast.Expr, inner map[ast.Expr]bool) []*string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return []*string{&text}
		}
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return nil
		}
		var parts []*string
		for _, side := range []ast.Expr{e.X, e.Y} {
			inner[side] = true
			if some := stringParts(side, inner); some != nil {
				parts = append(parts, some...)
			} else {
				parts = append(parts, nil)
			}
		}
		return parts
	}
	return nil
}

func calledName(call *ast.CallExpr) string {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

var (
	pageString = regexp.MustCompile("(\\bt\\(\\s*)?('[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`)")
	pageHole   = regexp.MustCompile(`\$\{[^{}]*\}`)
)

// pageMentions finds the same in the page's sources, where t(…) looks a sentence up.
func pageMentions(t *testing.T) []mention {
	var found []mention
	for name, text := range texts(t) {
		if !strings.HasPrefix(name, "frontend/src/") || strings.HasSuffix(name, ".test.ts") {
			continue
		}
		for _, at := range pageString.FindAllStringSubmatchIndex(text, -1) {
			literal := text[at[4]+1 : at[5]-1]
			var parts []*string
			for i, piece := range pageHole.Split(literal, -1) {
				if i > 0 {
					parts = append(parts, nil)
				}
				parts = append(parts, &piece)
			}
			if key := keyPattern(parts); key != nil {
				place := name + ":" + strconv.Itoa(1+strings.Count(text[:at[0]], "\n"))
				found = append(found, mention{place, key, at[2] >= 0})
			}
		}
	}
	return found
}
