package parse

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"kontor/localrag"
)

// Names of the other programs that reading may use, as Tools.Find knows them.
const (
	ToolRecogniser = "tesseract"
	ToolConverter  = "soffice"
)

// Tools are other programs that read what no parser here can: pictures of text
// (Tesseract) and the old formats of Office (LibreOffice). The zero value has
// none.
type Tools struct {
	// Find gives the path of a program and the folder of its data ("" for its
	// own), or "" if it is not there. It is asked for each document, so that a
	// program counts as soon as it is installed.
	Find func(name string) (path, data string)
	// Run runs a program to its end. It may be called from several goroutines.
	Run func(ctx context.Context, p ToolProgram) error
	// Folder is where folders for single runs are made and removed.
	Folder string
}

// ToolProgram is a run of another program.
type ToolProgram struct {
	Name   string // for the log
	Path   string
	Args   []string
	Env    []string // all of it
	Dir    string   // working folder and the only one it may write to
	Read   []string // folders it reads besides the system's
	Stdin  io.Reader
	Stdout io.Writer
	// MemoryBytes of it and all it starts, and the time from start to end, at
	// which it is killed.
	MemoryBytes int64
	Time        time.Duration
}

// What other programs may take. A page of text takes Tesseract 1 to 10 s.
const (
	recognitionTime = 90 * time.Second
	conversionTime  = 120 * time.Second
	listTime        = 15 * time.Second
	languagesAge    = time.Minute
	wordsKept       = 16
)

// Errors of Tools.Run for a program that was killed at a limit.
var (
	ErrToolMemory error = &localrag.Error{Code: localrag.CodeMemory}
	ErrToolTime   error = &localrag.Error{Code: localrag.CodeTimeout}
)

// toolbox runs the tools for the workers of a pool.
type toolbox struct {
	tools Tools
	limit Limits

	mu        sync.Mutex
	languages string // of the recogniser at path, joined by "+"
	path      string
	asked     time.Time
	words     map[[sha256.Size]byte][]byte // of the last pictures, for Locate
	order     [][sha256.Size]byte
}

func newToolbox(tools Tools, limits Limits) *toolbox {
	return &toolbox{tools: tools, limit: limits, words: map[[sha256.Size]byte][]byte{}}
}

// find gives a program's path and the folder of its data.
func (t *toolbox) find(name string) (path, data string) {
	if t.tools.Find == nil || t.tools.Run == nil {
		return "", ""
	}
	return t.tools.Find(name)
}

// help says what can be asked for now.
func (t *toolbox) help(ctx context.Context) (recognise, convert bool) {
	if path, _ := t.find(ToolRecogniser); path != "" {
		recognise = t.languagesOf(ctx) != ""
	}
	path, _ := t.find(ToolConverter)
	return recognise, path != ""
}

// FoundTools says which other programs there are: the paths of the text
// recognition, with the languages it is asked for, and of the converter of old
// formats; "" for what is missing.
func (p *Pool) FoundTools(ctx context.Context) (recogniser, languages, converter string) {
	if recogniser, _ = p.tools.find(ToolRecogniser); recogniser != "" {
		languages = p.tools.languagesOf(ctx)
	}
	converter, _ = p.tools.find(ToolConverter)
	return recogniser, languages, converter
}

// folder makes a folder for one run.
func (t *toolbox) folder() (path string, remove func(), err error) {
	path, err = os.MkdirTemp(t.tools.Folder, "tool-")
	return path, func() { _ = os.RemoveAll(path) }, err
}

// environment is all that a tool sees of the program's surroundings.
func environment(path, folder string) []string {
	return []string{
		"HOME=" + folder, "TMPDIR=" + folder, "TMP=" + folder, "TEMP=" + folder, "USERPROFILE=" + folder, "APPDATA=" + folder,
		"LANG=C.UTF-8", "LC_ALL=C.UTF-8", "OMP_THREAD_LIMIT=1", "SAL_USE_VCLPLUGIN=svp",
		"PATH=" + strings.Join([]string{filepath.Dir(path), "/usr/bin", "/bin"}, string(os.PathListSeparator)),
	}
}

// recogniser prepares a run of Tesseract.
func (t *toolbox) recogniser(folder string) ToolProgram {
	path, data := t.find(ToolRecogniser)
	p := ToolProgram{
		Name: "text recognition", Path: path, Env: environment(path, folder), Dir: folder, Read: []string{filepath.Dir(path)},
		MemoryBytes: t.limit.MemoryBytes, Time: recognitionTime,
	}
	if data != "" {
		p.Env = append(p.Env, "TESSDATA_PREFIX="+data)
		p.Read = append(p.Read, data)
	}
	return p
}

// languagesOf asks Tesseract for its languages: German and English of them,
// else the first. It is "" if Tesseract does not answer.
func (t *toolbox) languagesOf(ctx context.Context) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	path, _ := t.find(ToolRecogniser)
	if path == t.path && time.Since(t.asked) < languagesAge {
		return t.languages
	}
	folder, remove, err := t.folder()
	if err != nil {
		return ""
	}
	defer remove()
	var out bytes.Buffer
	p := t.recogniser(folder)
	p.Args, p.Stdout, p.Time = []string{"--list-langs"}, &limitedWriter{w: &out, left: 64 << 10}, listTime
	if err := t.tools.Run(ctx, p); err != nil {
		return ""
	}
	t.languages, t.path, t.asked = chooseLanguages(out.String()), path, time.Now()
	return t.languages
}

// chooseLanguages reads Tesseract's list.
func chooseLanguages(list string) string {
	known := map[string]bool{}
	first := ""
	for line := range strings.Lines(list) {
		name := strings.TrimSpace(line)
		if name == "" || strings.ContainsAny(name, " :\"") || name == "osd" || name == "equ" {
			continue
		}
		if known[name] = true; first == "" {
			first = name
		}
	}
	var chosen []string
	for _, name := range []string{"deu", "eng"} {
		if known[name] {
			chosen = append(chosen, name)
		}
	}
	if len(chosen) == 0 {
		return first
	}
	return strings.Join(chosen, "+")
}

// recognise gives the words of a picture (binary PGM) as Tesseract's TSV.
func (t *toolbox) recognise(ctx context.Context, picture []byte) ([]byte, error) {
	key := sha256.Sum256(picture)
	t.mu.Lock()
	words, known := t.words[key]
	t.mu.Unlock()
	if known {
		return words, nil
	}
	languages := t.languagesOf(ctx)
	if languages == "" {
		return nil, failf(localrag.CodeNoTextLayer, "text recognition is gone")
	}
	folder, remove, err := t.folder()
	if err != nil {
		return nil, fail(localrag.CodeCrashed, err)
	}
	defer remove()
	var out bytes.Buffer
	p := t.recogniser(folder)
	p.Args = []string{"stdin", "stdout", "-l", languages, "--psm", "3", "--dpi", fmt.Sprint(recognitionDPI), "-c", "tessedit_create_tsv=1"}
	p.Stdin, p.Stdout = bytes.NewReader(picture), &limitedWriter{w: &out, left: maxWords}
	if err := t.tools.Run(ctx, p); err != nil {
		return nil, toolFailure(ctx, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.words[key] = out.Bytes(); len(t.order) >= wordsKept {
		delete(t.words, t.order[0])
		t.order = t.order[1:]
	}
	t.order = append(t.order, key)
	return out.Bytes(), nil
}

// toolFailure is the result of a program that did not end well.
func toolFailure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fail(localrag.CodeCancelled, context.Cause(ctx))
	}
	return coded(err, localrag.CodeConversion)
}

// convert makes a document of a new format of one of an old format.
func (t *toolbox) convert(ctx context.Context, from string, content []byte) ([]byte, error) {
	path, _ := t.find(ToolConverter)
	to := modern(from)
	if path == "" || to == "" {
		return nil, fail(localrag.CodeOfficeMissing, nil)
	}
	folder, remove, err := t.folder()
	if err != nil {
		return nil, fail(localrag.CodeCrashed, err)
	}
	defer remove()
	if err := writeProfile(folder); err != nil {
		return nil, fail(localrag.CodeCrashed, err)
	}
	old := filepath.Join(folder, "document."+from)
	if err := os.WriteFile(old, content, 0o600); err != nil {
		return nil, fail(localrag.CodeCrashed, err)
	}
	out := filepath.Join(folder, "out")
	err = t.tools.Run(ctx, ToolProgram{
		Name: "conversion", Path: path, Env: environment(path, folder), Dir: folder, Read: []string{filepath.Dir(filepath.Dir(path))},
		Args: []string{
			"-env:UserInstallation=" + fileURL(filepath.Join(folder, "profile")), "--headless", "--norestore", "--nolockcheck",
			"--nodefault", "--nofirststartwizard", "--convert-to", to, "--outdir", out, old,
		},
		Stdout: io.Discard, MemoryBytes: t.limit.MemoryBytes, Time: conversionTime,
	})
	if err != nil {
		return nil, toolFailure(ctx, err)
	}
	return readConverted(filepath.Join(out, "document."+to), t.limit.FileBytes)
}

func readConverted(path string, limit int64) ([]byte, error) {
	info, err := os.Lstat(path)
	switch {
	case err != nil || !info.Mode().IsRegular():
		return nil, failf(localrag.CodeConversion, "the converter made no document")
	case info.Size() > limit:
		return nil, failf(localrag.CodeTooLarge, "%d bytes after conversion", info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fail(localrag.CodeConversion, errors.New("the converted document cannot be read"))
	}
	return data, nil
}

func fileURL(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // a drive of Windows
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// profile turns off what a document could use against its reader: macros,
// links that are followed when it is opened, and the first-start dialogs.
const profile = `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="FirstRun" oor:op="fuse"><value>false</value></prop></item>
</oor:items>
`

func writeProfile(folder string) error {
	user := filepath.Join(folder, "profile", "user")
	if err := os.MkdirAll(user, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(user, "registrymodifications.xcu"), []byte(profile), 0o600)
}

// limitedWriter refuses what goes over its limit.
type limitedWriter struct {
	w    io.Writer
	left int
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errors.New("too much output")
	}
	return l.w.Write(p)
}
