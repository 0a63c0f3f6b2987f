// Package typescript writes the page's types from the Go types and the method table of app, so that the two cannot drift
// apart.
//
// It reads app's source as syntax: the structs of api.go, api_*.go and events.go, and every call that adds a method to the surface.
// It neither compiles nor runs app, and knows nothing of what the types mean.
package typescript

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// File is where the types are written, from the top of the tree.
const File = "frontend/src/lib/api.gen.ts"

// typeFiles are patterns of the files that hold the types that cross the border between program and page.
var typeFiles = []string{"api.go", "api_*.go", "events.go"}

// eventUnion is the struct whose fields name the kinds of events.
const eventUnion = "Event"

// Generate returns the content of [File] for the app package in dir.
func Generate(dir string) ([]byte, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files[filepath.Base(name)] = parsed
	}
	g := &generator{known: map[string]bool{}}
	g.out.WriteString("// Code generated from app's types and method table by `go run ./build generate`; do not edit.\n")
	var structs []declared
	for _, required := range []string{"api.go", "events.go"} {
		if files[required] == nil {
			return nil, fmt.Errorf("%s has no %s", dir, required)
		}
	}
	for _, pattern := range typeFiles {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if fits, _ := filepath.Match(pattern, name); fits {
				structs = append(structs, declaredStructs(files[name])...)
			}
		}
	}
	for _, s := range structs {
		g.known[s.name] = true
	}
	for _, s := range structs {
		g.structType(s)
	}
	g.methods(files)
	return []byte(g.out.String()), errors.Join(g.errs...)
}

type declared struct {
	name string
	doc  string
	typ  *ast.StructType
}

func declaredStructs(file *ast.File) []declared {
	var found []declared
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		for _, spec := range gen.Specs {
			ts, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			if st, ok := ts.Type.(*ast.StructType); ok && ts.Name.IsExported() {
				found = append(found, declared{ts.Name.Name, line(gen.Doc, ts.Doc), st})
			}
		}
	}
	return found
}

type generator struct {
	out   strings.Builder
	known map[string]bool
	errs  []error
}

func (g *generator) fail(format string, args ...any) {
	g.errs = append(g.errs, fmt.Errorf(format, args...))
}

func (g *generator) structType(s declared) {
	g.out.WriteString("\n")
	g.doc("", s.doc)
	if len(s.typ.Fields.List) == 0 {
		fmt.Fprintf(&g.out, "export type %s = Record<string, never>;\n", s.name)
		return
	}
	fmt.Fprintf(&g.out, "export interface %s {\n", s.name)
	var kinds []string
	for _, field := range s.typ.Fields.List {
		name, optional, override := fieldTag(field)
		if name == "" || len(field.Names) != 1 {
			g.fail("%s: every field needs one name and a json tag", s.name)
			continue
		}
		typ := strings.Join(splitUnion(override), " | ")
		if override == "" {
			typ = g.typeOf(s.name+"."+name, field.Type)
		}
		g.doc("  ", line(field.Doc, field.Comment))
		if optional {
			kinds = append(kinds, name)
			name += "?"
		}
		fmt.Fprintf(&g.out, "  %s: %s;\n", name, typ)
	}
	g.out.WriteString("}\n")
	if s.name == eventUnion {
		g.out.WriteString("\n/** EventType names the one field of an [Event] that is set. */\nexport type EventType =")
		for _, kind := range kinds {
			fmt.Fprintf(&g.out, "\n  | '%s'", kind)
		}
		g.out.WriteString(";\n")
	}
}

// fieldTag reads the name in JSON, whether it may be absent, and the TypeScript type where Go's says too little.
func fieldTag(field *ast.Field) (name string, optional bool, override string) {
	if field.Tag == nil {
		return "", false, ""
	}
	raw, err := strconv.Unquote(field.Tag.Value)
	if err != nil {
		return "", false, ""
	}
	tag := reflect.StructTag(raw)
	name, options, _ := strings.Cut(tag.Get("json"), ",")
	return name, strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero"), tag.Get("ts")
}

func splitUnion(union string) []string {
	if union == "" {
		return nil
	}
	return strings.Split(union, "|")
}

func (g *generator) typeOf(where string, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return g.typeOf(where, e.X)
	case *ast.ArrayType:
		return g.typeOf(where, e.Elt) + "[]"
	case *ast.MapType:
		return "Record<" + g.typeOf(where, e.Key) + ", " + g.typeOf(where, e.Value) + ">"
	case *ast.Ident:
		switch e.Name {
		case "string":
			return "string"
		case "bool":
			return "boolean"
		case "int", "int32", "int64", "float32", "float64":
			return "number"
		}
		if g.known[e.Name] {
			return e.Name
		}
	}
	g.fail("%s: no TypeScript type for this Go type; it must be simple or declared in %v", where, typeFiles)
	return "never"
}

// methods writes the table of methods: name, request, result.
func (g *generator) methods(files map[string]*ast.File) {
	signatures := map[string]*ast.FuncType{} // "Chats.List"
	for _, file := range files {
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv != nil {
				signatures[receiver(fn)+"."+fn.Name.Name] = fn.Type
			}
		}
	}
	var lines []string
	for _, file := range files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && isRegistration(call) {
					lines = append(lines, g.method(fn, call, signatures))
				}
				return true
			})
		}
	}
	slices.Sort(lines)
	g.out.WriteString("\n/** Methods maps the name of each method to its request and its result. */\nexport interface Methods {\n")
	g.out.WriteString(strings.Join(lines, ""))
	g.out.WriteString("}\n")
}

// isRegistration finds handle(surface, "name", f) and handleLocal(…).
func isRegistration(call *ast.CallExpr) bool {
	fun, ok := call.Fun.(*ast.Ident)
	if !ok || (fun.Name != "handle" && fun.Name != "handleLocal") || len(call.Args) != 3 {
		return false
	}
	name, ok := call.Args[1].(*ast.BasicLit)
	return ok && name.Kind == token.STRING
}

func (g *generator) method(in *ast.FuncDecl, call *ast.CallExpr, signatures map[string]*ast.FuncType) string {
	name := strings.Trim(call.Args[1].(*ast.BasicLit).Value, `"`)
	var signature *ast.FuncType
	switch f := call.Args[2].(type) {
	case *ast.FuncLit:
		signature = f.Type
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			signature = signatures[typeNamed(in, x.Name)+"."+f.Sel.Name]
		}
	}
	if signature == nil || len(signature.Params.List) < 3 || signature.Results == nil || len(signature.Results.List) != 2 {
		g.fail("%s: cannot tell its request and result; register a method of a receiver or parameter, or a function literal", name)
		return ""
	}
	request, result := signature.Params.List[len(signature.Params.List)-1].Type, signature.Results.List[0].Type
	if local := call.Fun.(*ast.Ident).Name == "handleLocal"; local && !(g.known[baseName(request)] && g.known[baseName(result)]) {
		return "" // for the command line alone: its types stand elsewhere because no page reads them
	}
	return fmt.Sprintf("  '%s': [%s, %s];\n", name, g.typeOf(name, request), g.typeOf(name, result))
}

// typeNamed is the type of a function's receiver or parameter called name.
func typeNamed(fn *ast.FuncDecl, name string) string {
	fields := fn.Type.Params.List
	if fn.Recv != nil {
		fields = append(slices.Clone(fn.Recv.List), fields...)
	}
	for _, field := range fields {
		for _, n := range field.Names {
			if n.Name == name {
				return baseName(field.Type)
			}
		}
	}
	return ""
}

func receiver(fn *ast.FuncDecl) string { return baseName(fn.Recv.List[0].Type) }

func baseName(e ast.Expr) string {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if ident, ok := e.(*ast.Ident); ok {
		return ident.Name
	}
	return ""
}

// line joins comments into one line.
func line(groups ...*ast.CommentGroup) string {
	var words []string
	for _, group := range groups {
		words = append(words, strings.Fields(group.Text())...)
	}
	return strings.Join(words, " ")
}

func (g *generator) doc(indent, text string) {
	if text != "" {
		fmt.Fprintf(&g.out, "%s/** %s */\n", indent, strings.ReplaceAll(text, "*/", "* /"))
	}
}
