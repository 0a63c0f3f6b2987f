package rules

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// direction says what the packages in and below a folder may import of ours. The first that fits a folder counts.
type direction struct {
	from   string
	below  bool // also folders below from
	may    []string
	mayNot []string // exceptions to may
	reason string
}

const (
	reasonLower = "models, retrieval and storage know neither each other nor app, so that each can be replaced and tested alone; app translates"
	reasonLeaf  = "a leaf imports nothing of ours, so that everyone may use it"
)

var directions = []direction{
	{from: ".", may: []string{"app", "frontend", "localrag/parse"}, reason: "main chooses a verb and hands over to app; the parser's worker is a program of its own in the same file"},
	{from: "app", may: []string{"app", "llm", "localrag", "storage"}, mayNot: []string{"app/desktop", "app/edge"},
		reason: "app does not know which shell shows it"},
	{from: "app/desktop", below: true, may: []string{"app"}, mayNot: []string{"app/edge"}, reason: "a shell shows app's surface and reaches nothing behind it"},
	{from: "app/edge", below: true, may: []string{"app"}, mayNot: []string{"app/desktop"}, reason: "a shell shows app's surface and reaches nothing behind it"},
	{from: "app/cli", may: []string{"app", "app/keyring", "llm/ollama", "localrag/parse"}, reason: "the verbs choose a shell and say how the children are started; the rest they leave to app"},
	{from: "app/transfer/paper", may: []string{"app/transfer"}, reason: "documents for people are written from the chats of a file; that package stays free of fonts and pages"},
	{from: "app", below: true, reason: reasonLeaf},
	{from: "llm", below: true, may: []string{"llm"}, reason: reasonLower},
	{from: "localrag", below: true, may: []string{"localrag"}, reason: reasonLower},
	{from: "storage", below: true, may: []string{"storage"}, reason: reasonLower},
	{from: "frontend", below: true, reason: reasonLeaf},
	{from: "build/bench", below: true, may: []string{"app", "build", "frontend", "llm", "localrag", "storage"}, reason: "benchmarks measure the program's own parts"},
	{from: "build", below: true, may: []string{"build"}, reason: "the task runner must build when the program does not"},
}

func TestImportDirections(t *testing.T) {
	for _, f := range goFiles(t) {
		i := slices.IndexFunc(directions, func(d direction) bool { return f.dir == d.from || (d.below && within(f.dir, d.from)) })
		if i < 0 {
			t.Errorf("%s: no rule says what %s may import; add one to directions", f.path, f.dir)
			continue
		}
		d := directions[i]
		for _, imported := range f.imports() {
			dir, ours := strings.CutPrefix(imported, module+"/")
			if !ours || dir == f.dir {
				continue
			}
			fits := func(folder string) bool { return within(dir, folder) }
			if !slices.ContainsFunc(d.may, fits) || slices.ContainsFunc(d.mayNot, fits) {
				t.Errorf("%s imports %s: %s", f.path, imported, d.reason)
			}
		}
	}
}

// heavy is a dependency that one package alone may know.
type heavy struct {
	module string
	// only lists folders (with all below) or single files.
	only []string
	// path is the one package of the module that may be imported; empty for any.
	path   string
	reason string
}

var heavyDependencies = []heavy{
	{module: "github.com/wailsapp/wails/v2", only: []string{"app/desktop", "build/bench"}, reason: "the window's library must be replaceable without touching what it shows"},
	{module: "fyne.io/systray", only: []string{"app/desktop/tray"}, reason: "what a system's tray wants stays in one place"},
	{module: "golang.design/x/hotkey", only: []string{"app/desktop/hotkey"}, reason: "keys that work everywhere are taken in one place"},
	{module: "github.com/jezek/xgb", only: []string{"app/desktop"}, reason: "only the window has a display to talk to"},
	{module: "github.com/godbus/dbus/v5", only: []string{"app/desktop"}, reason: "only the window has a desktop around it to talk to"},
	{module: "modernc.org/sqlite", only: []string{"storage"}, reason: "SQL stays where the schema is"},
	{module: "github.com/philippgille/chromem-go", only: []string{"localrag/vector.go", "localrag/vector_test.go"}, reason: "one vector index among several; a nil embedding function would send text to a cloud service"},
	{module: "github.com/jackc/pgx/v5", only: []string{"localrag/pgvector"}, reason: "one vector index among several; what PostgreSQL speaks stays in one place"},
	{module: "github.com/milvus-io/milvus-proto/go-api/v2", only: []string{"localrag/milvus"}, reason: "one vector index among several; what Milvus speaks stays in one place"},
	{module: "google.golang.org/grpc", only: []string{"localrag/milvus"}, reason: "only Milvus is spoken to by gRPC; it dials by itself unless it is told how"},
	{module: "github.com/viterin/vek", only: []string{"localrag/slab.go"}, reason: "the one place where the processor's vector instructions count"},
	{module: "github.com/ollama/ollama", only: []string{"llm/ollama"}, path: "github.com/ollama/ollama/api", reason: "only the wire types: the rest of the module is the whole engine and starts with effects"},
	{module: "github.com/klippa-app/go-pdfium", only: []string{"localrag/parse"}, reason: "hostile files are parsed in one place, under limits"},
	{module: "github.com/tetratelabs/wazero", only: []string{"localrag/parse"}, reason: "hostile files are parsed in one place, under limits"},
	{module: "codeberg.org/go-pdf/fpdf", only: []string{"app/transfer/paper"}, reason: "documents for people are written in one place"},
	{module: "github.com/yuin/goldmark", only: []string{"app/transfer/paper"}, reason: "documents for people are written in one place"},
	{module: "github.com/zalando/go-keyring", only: []string{"app/keyring"}, reason: "what a system keeps secrets in is decided in one place, and tests must not reach the person's own"},
	{module: "github.com/adrg/xdg", only: []string{"app/paths.go"}, reason: "where data lies is decided in one file"},
}

func TestOneHeavyDependencyOnePackage(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range goFiles(t) {
		for _, imported := range f.imports() {
			for _, h := range heavyDependencies {
				if !within(imported, h.module) {
					continue
				}
				seen[h.module] = true
				if !slices.ContainsFunc(h.only, func(place string) bool { return f.path == place || within(f.dir, place) }) {
					t.Errorf("%s imports %s, which belongs to %v alone: %s", f.path, imported, h.only, h.reason)
				}
				if h.path != "" && imported != h.path {
					t.Errorf("%s imports %s; of this module only %s may be used: %s", f.path, imported, h.path, h.reason)
				}
			}
		}
	}
	for _, h := range heavyDependencies {
		if !seen[h.module] {
			t.Errorf("nobody imports %s: take it out of heavyDependencies and go.mod, or the rule holds for nothing", h.module)
		}
	}
}

// forbidden are names of the standard library that only the listed files may use.
type forbidden struct {
	pkg    string
	names  *regexp.Regexp
	allow  []string // files
	inside []string // folders the rule is about; empty for all
	tests  bool     // tests too
	reason string
}

const reasonEgress = "nothing leaves this computer but through the guarded dialer in app/egress.go; a constructor takes a DialContext"

var forbiddenNames = []forbidden{
	{pkg: "net", names: regexp.MustCompile(`^(Dial.*|Resolver|DefaultResolver|Lookup.*)$`),
		allow: []string{"app/egress.go", "app/instance/client.go"}, reason: reasonEgress},
	{pkg: "crypto/tls", names: regexp.MustCompile(`^Dial.*$`), reason: reasonEgress},
	{pkg: "net/http", names: regexp.MustCompile(`^(DefaultClient|DefaultTransport|Get|Head|Post|PostForm|ProxyFromEnvironment)$`), tests: true, reason: reasonEgress},
	{pkg: "net/http", names: regexp.MustCompile(`^(DefaultServeMux|Handle|HandleFunc|ListenAndServe.*)$`), reason: "the process-wide mux and its servers have no limits and belong to everyone"},
	{pkg: "os", names: regexp.MustCompile(`^(Getenv|LookupEnv|Environ|ExpandEnv)$`), inside: []string{"llm", "localrag", "storage"},
		reason: "settings reach these packages as arguments; only app and its policy read the environment"},
	{pkg: "os", names: regexp.MustCompile(`^Exit$`), inside: []string{"app", "llm", "localrag", "storage"}, allow: []string{"app/child/shim.go", "localrag/parse/worker.go"},
		reason: "an exit in the middle leaves children and half-written files behind; return an error"},
}

func TestForbiddenNames(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, rule := range forbiddenNames {
			local := f.localName(rule.pkg)
			about := len(rule.inside) == 0 || slices.ContainsFunc(rule.inside, func(folder string) bool { return within(f.dir, folder) })
			if local == "" || !about || (f.test && !rule.tests) || slices.Contains(rule.allow, f.path) {
				continue
			}
			ast.Inspect(f.ast, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok && isName(sel.X, local) && rule.names.MatchString(sel.Sel.Name) {
					t.Errorf("%s uses %s.%s: %s", f.at(n), rule.pkg, sel.Sel.Name, rule.reason)
				}
				return true
			})
		}
	}
}

// TestNoImplicitDialer finds clients that would dial by themselves because a field was left out.
func TestNoImplicitDialer(t *testing.T) {
	must := map[string]string{"Client": "Transport", "Transport": "DialContext"}
	for _, f := range goFiles(t) {
		local := f.localName("net/http")
		if local == "" || f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			sel, ok := literal.Type.(*ast.SelectorExpr)
			if !ok || !isName(sel.X, local) || must[sel.Sel.Name] == "" {
				return true
			}
			if field := must[sel.Sel.Name]; !hasField(literal, field) {
				t.Errorf("%s: an http.%s without %s dials past the guard: %s", f.at(n), sel.Sel.Name, field, reasonEgress)
			}
			return true
		})
	}
}

func hasField(literal *ast.CompositeLit, name string) bool {
	return slices.ContainsFunc(literal.Elts, func(e ast.Expr) bool {
		kv, ok := e.(*ast.KeyValueExpr)
		return ok && isName(kv.Key, name)
	})
}

func isName(e ast.Expr, name string) bool {
	ident, ok := e.(*ast.Ident)
	return ok && ident.Name == name
}

func functionName(d ast.Decl) (string, bool) {
	f, ok := d.(*ast.FuncDecl)
	if !ok || f.Recv != nil {
		return "", false
	}
	return f.Name.Name, true
}
