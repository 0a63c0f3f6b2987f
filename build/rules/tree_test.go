package rules

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// topLevel is everything that stands at the top beside dot-files.
var topLevel = []string{
	"README.md", "app", "build", "frontend", "go.mod", "go.sum", "llm", "localrag", "main.go", "storage", "wails.json",
}

func TestTopLevel(t *testing.T) {
	var found []string
	for _, name := range trackedFiles(t) {
		top, _, _ := strings.Cut(name, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(found, top) {
			found = append(found, top)
		}
	}
	for _, name := range found {
		if !slices.Contains(topLevel, name) {
			t.Errorf("%s stands at the top: a reader learns the architecture from the file list, so it is fixed; find its home in one of %v", name, topLevel)
		}
	}
	for _, name := range topLevel {
		if !slices.Contains(found, name) {
			t.Errorf("%s is missing from the top", name)
		}
	}
}

// namedPackages are the packages the architecture names. They must exist, or the rules about them would hold for nothing.
var namedPackages = []string{
	".", "app", "app/child", "app/desktop", "app/edge", "app/policy", "app/text", "build", "build/rules", "build/starter",
	"frontend", "llm", "llm/hardware", "llm/llmtest", "llm/ollama", "localrag", "localrag/parse", "storage",
}

func TestNamedPackagesExist(t *testing.T) {
	var dirs []string
	for _, f := range goFiles(t) {
		dirs = append(dirs, f.dir)
	}
	for _, name := range namedPackages {
		if !slices.Contains(dirs, name) {
			t.Errorf("no Go package in %s: the rules about it would hold for nothing", name)
		}
	}
}

func TestPackageNames(t *testing.T) {
	forbidden := []string{"base", "common", "core", "helper", "helpers", "misc", "models", "shared", "types", "util", "utils"}
	for _, f := range goFiles(t) {
		if name := f.ast.Name.Name; slices.Contains(forbidden, name) || slices.Contains(forbidden, path.Base(f.dir)) {
			t.Errorf("%s: a package called %s says nothing about what it holds and attracts the rest; name the thing", f.path, name)
		}
	}
}

func TestPackageDocs(t *testing.T) {
	docs := map[string]string{}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		if f.ast.Doc != nil && docs[f.dir] != "" {
			t.Errorf("%s: a second package comment; godoc joins them at random", f.path)
		}
		docs[f.dir] += f.ast.Doc.Text()
	}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		doc, name := docs[f.dir], f.ast.Name.Name
		if name != "main" && !strings.HasPrefix(doc, "Package "+name+" ") {
			t.Errorf("package %s (%s) has no comment that begins with %q: a reader must learn what it is for and what it must not know", name, f.dir, "Package "+name)
		}
		if len(doc) < 80 {
			t.Errorf("package %s (%s): %d characters of package comment cannot say what it is for and what it must not know", name, f.dir, len(doc))
		}
		docs[f.dir] = "Package " + name + strings.Repeat(" ", 80) // one report for each package
	}
}

func TestMainIsShort(t *testing.T) {
	const limit = 80
	if lines := strings.Count(read(t, "main.go"), "\n"); lines > limit {
		t.Errorf("main.go has %d lines, at most %d: it chooses a verb; what verbs do belongs to app, where tests can run it", lines, limit)
	}
}

func TestNoInitFunctions(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, decl := range f.ast.Decls {
			if name, ok := functionName(decl); ok && name == "init" {
				t.Errorf("%s: an init function runs before anyone asked, also while bindings are generated; build a value in a constructor", f.at(decl))
			}
		}
	}
}

var (
	markdownLink = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)
	htmlSource   = regexp.MustCompile(`(?:src|href)="([^"#]+)"`)
	codeSpan     = regexp.MustCompile("`([^`\n]+)`")
	wildcards    = regexp.MustCompile(`[*{}<…$]`)
)

func TestReadmePathsExist(t *testing.T) {
	readme := read(t, "README.md")
	var paths []string
	for _, pattern := range []*regexp.Regexp{markdownLink, htmlSource} {
		for _, match := range pattern.FindAllStringSubmatch(readme, -1) {
			if !strings.Contains(match[1], "://") && !strings.HasPrefix(match[1], "mailto:") {
				paths = append(paths, match[1])
			}
		}
	}
	for _, match := range codeSpan.FindAllStringSubmatch(readme, -1) {
		for _, word := range strings.Fields(match[1]) {
			word = strings.TrimSuffix(strings.TrimPrefix(word, "./"), "/")
			top, _, deep := strings.Cut(word, "/")
			if (deep || strings.HasSuffix(word, ".go")) && slices.Contains(topLevel, top) && !wildcards.MatchString(word) {
				paths = append(paths, word)
			}
		}
	}
	paths = append(paths, mapped(readme)...)
	for _, name := range paths {
		if !exists(name) {
			t.Errorf("README.md names %s, which does not exist: a map that is wrong is worse than none", name)
		}
	}
	for _, name := range topLevel {
		if exists(name) && !strings.Contains(name, ".") && !slices.Contains(paths, name) {
			t.Errorf("README.md's map of the code leaves out %s", name)
		}
	}
}

// mapLine is a line of the indented map: folders and files first, then what they are.
var mapLine = regexp.MustCompile(`^( {4,})((?:[\w.]+(?:/|\.go)\s+)+)`)

// mapped lists the paths of the README's map of the code, in which deeper indentation means inside.
func mapped(readme string) []string {
	type level struct {
		indent int
		path   string
	}
	var paths []string
	var above []level
	for _, line := range strings.Split(readme, "\n") {
		match := mapLine.FindStringSubmatch(line)
		if match == nil {
			continue
		}
		for len(above) > 0 && above[len(above)-1].indent >= len(match[1]) {
			above = above[:len(above)-1]
		}
		parent := ""
		if len(above) > 0 {
			parent = above[len(above)-1].path
		}
		var last string
		for _, name := range strings.Fields(match[2]) {
			last = path.Join(parent, name)
			paths = append(paths, last)
		}
		above = append(above, level{len(match[1]), last})
	}
	return paths
}
