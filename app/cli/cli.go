// Package cli is the terminal's side of Kontor: it reads the command line and
// starts what it names, the window and the edge server among it.
//
// It knows no model, no database and no document format; it talks to app, or
// over the owner-only socket to the Kontor that owns the data folder.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"kontor/app"
	"kontor/app/desktop"
	"kontor/app/keyring"
	"kontor/app/text"
)

// ParserVerb is the hidden verb of the process that reads documents.
const ParserVerb = "parse-worker"

// Exit codes of every command.
const (
	ExitOK          = 0
	ExitFailed      = 1   // the sentence on standard error says why
	ExitUsage       = 2   // the command line is wrong, or something must be installed first
	ExitTaken       = 3   // another Kontor owns the data folder and does not answer
	ExitNothing     = 4   // ask: nothing relevant was found; index: no file could be read
	ExitUnhealthy   = 5   // doctor: something needs attention
	ExitInterrupted = 130 // stopped by the person
)

// Program is one run of Kontor.
type Program struct {
	Args     []string
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) string
	// Assets is the web bundle, index.html at its root.
	Assets fs.FS
	// Launched is when the process began, for measurements.
	Launched time.Time

	texts *text.Catalogue
	flags commandLine
}

// commandLine is the grammar. Help texts of flags are English, as in other
// developers' tools; what a command prints follows the person's language.
type commandLine struct {
	Data       string `help:"Folder for everything Kontor keeps (default: the system's folders)." type:"path" placeholder:"DIR" env:"KONTOR_DATA"`
	RuntimeDir string `help:"Folder of the bundled model runtime (bin/ollama, lib/ollama)." type:"path" placeholder:"DIR" env:"KONTOR_RUNTIME_DIR"`
	StarterDir string `help:"Folder of the starter pack (manifest.json)." type:"path" placeholder:"DIR" env:"KONTOR_STARTER_DIR"`
	ToolsDir   string `help:"Folder of other programs that read documents (tesseract, soffice); without it the installed ones." type:"path" placeholder:"DIR" env:"KONTOR_TOOLS_DIR"`
	ModelsDir  string `help:"Folder of the models, used as it is (default: where the settings keep them)." type:"path" placeholder:"DIR" env:"KONTOR_MODELS_DIR"`
	RuntimeURL string `help:"Use this Ollama instead of the bundled one; it is never stopped." placeholder:"URL" env:"KONTOR_RUNTIME_URL" name:"runtime-url"`
	Verbose    bool   `help:"Log more to standard error. The log holds no content." short:"v"`

	Desktop   desktopCommand   `cmd:"" default:"withargs" help:"Open the window (the default)."`
	Serve     serveCommand     `cmd:"" help:"Serve the same pages on this computer's loopback address."`
	Ask       askCommand       `cmd:"" help:"Ask a question about files."`
	Index     indexCommand     `cmd:"" help:"Read a folder so that it can be searched."`
	Link      linkCommand      `cmd:"" help:"Keep a folder and a collection in step."`
	Eval      evalCommand      `cmd:"" help:"Measure retrieval on a folder with corpus.jsonl, queries.jsonl and qrels.tsv."`
	Pack      packCommand      `cmd:"" help:"Make, check, install and remove model packs."`
	Models    modelsCommand    `cmd:"" help:"Say where models are kept, and move them."`
	Vectors   vectorsCommand   `cmd:"" help:"Say where vectors are searched, and move them."`
	Export    exportCommand    `cmd:"" help:"Write all chats to a file."`
	Import    importCommand    `cmd:"" help:"Read chats from a file of Kontor, ChatGPT or Claude."`
	Assistant assistantCommand `cmd:"" help:"List, add and write assistants."`
	Prompts   promptsCommand   `cmd:"" help:"List, add and write prompts."`
	Briefing  briefingCommand  `cmd:"" help:"Say whether the introduction to AI was gone through."`
	Doctor    doctorCommand    `cmd:"" help:"Say what is there, what runs and what is wrong."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

type desktopCommand struct {
	Files       []string `arg:"" optional:"" help:"Model packs, model files or documents to open." type:"existingfile"`
	WindowProbe string   `help:"Write when the page was ready to this file, for measurements." type:"path" hidden:""`
}

type versionCommand struct{}

// failure ends a command with a code and, if it is set, a sentence.
type failure struct {
	code    int
	problem app.Problem
	cause   error
}

func (f *failure) Error() string {
	if f.cause != nil {
		return f.cause.Error()
	}
	return f.problem.Code
}

// Run reads the command line, runs the command and returns the exit code.
func (p *Program) Run() int {
	texts, err := text.Load()
	if err != nil {
		fmt.Fprintln(p.Err, err)
		return ExitFailed
	}
	p.texts = texts
	// The client library of the runtime would sign requests with a key of the
	// person's own if this were set.
	_ = os.Unsetenv("OLLAMA_AUTH")
	for _, name := range []string{"KONTOR_DATA", "KONTOR_RUNTIME_DIR", "KONTOR_STARTER_DIR", "KONTOR_TOOLS_DIR", "KONTOR_MODELS_DIR", "KONTOR_RUNTIME_URL"} {
		if p.Env(name) == "" {
			_ = os.Unsetenv(name) // set to nothing is not the working directory
		}
	}
	exit := -1
	parser, err := kong.New(&p.flags, kong.Name("kontor"), kong.Description(p.say("cli.about", nil)),
		kong.Writers(p.Out, p.Err), kong.Exit(func(code int) { exit = code }), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(p.Err, err)
		return ExitFailed
	}
	parsed, err := parser.Parse(p.Args)
	if exit >= 0 {
		return exit // --help
	}
	if err != nil {
		fmt.Fprintln(p.Err, err)
		return ExitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return p.report(ctx, parsed.Run(p, &runContext{ctx}))
}

// runContext carries the context through kong, which binds by type.
type runContext struct{ context.Context }

// report says what went wrong and gives the exit code.
func (p *Program) report(ctx context.Context, err error) int {
	if err == nil {
		return ExitOK
	}
	var failed *failure
	if !errors.As(err, &failed) {
		failed = &failure{code: ExitFailed, problem: app.AsError(err).Problem(), cause: err}
	}
	if failed.problem.Code != "" {
		message, hint := p.explain(failed.problem)
		fmt.Fprintln(p.Err, message)
		fmt.Fprintln(p.Err, hint)
	}
	if p.flags.Verbose && failed.cause != nil {
		fmt.Fprintln(p.Err, failed.cause)
	}
	if ctx.Err() != nil {
		return ExitInterrupted
	}
	return failed.code
}

func (p *Program) explain(problem app.Problem) (message, hint string) {
	return p.say("problem."+problem.Code+".message", problem.Args), p.say("problem."+problem.Code+".hint", problem.Args)
}

// say formats a text in the terminal's language.
func (p *Program) say(key string, args map[string]string) string {
	return p.texts.Text(app.EnvironmentLanguage(p.Env), key, args)
}

// Run prints the version.
func (versionCommand) Run(p *Program) error {
	_, err := fmt.Fprintln(p.Out, "Kontor", app.Version)
	return err
}

// log writes to standard error; a quiet command logs warnings only.
func (p *Program) log() *slog.Logger {
	level := slog.LevelWarn
	if p.flags.Verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(p.Err, &slog.HandlerOptions{Level: level}))
}

// config is what every command tells App.
func (p *Program) config(paths app.Paths) app.Config {
	starters := childStarters{folder: paths.Data}
	return app.Config{
		Paths:      paths,
		RuntimeDir: p.flags.RuntimeDir, StarterDir: p.flags.StarterDir, RuntimeURL: p.flags.RuntimeURL, ModelsDir: p.flags.ModelsDir,
		StartRuntime: starters.runtime, StartParser: starters.parser,
		RunTool: starters.tool, FindTool: p.findTool,
		Env: p.Env, Log: p.log(), Keyring: p.keyring(), SystemProxy: systemProxy(),
		TitlesByTrialModel: p.Env("KONTOR_TITLES_BY_TRIAL_MODEL") == "1",
	}
}

// keyring is the system's store for keys, nil if it has none.
func (p *Program) keyring() app.Keyring {
	exists := func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	}
	if !keyring.Available(p.Env, exists) {
		return nil
	}
	return keyring.System{}
}

// complete finds what is installed beside the program where no flag named it.
func (f *commandLine) complete() {
	executable, err := os.Executable()
	if err != nil {
		return
	}
	if resolved, err := filepath.EvalSymlinks(executable); err == nil {
		executable = resolved
	}
	beside := filepath.Dir(executable)
	find := func(set *string, name, probe string) {
		for _, folder := range []string{filepath.Join(beside, name), filepath.Join(beside, "..", "lib", "kontor", name)} {
			if *set == "" {
				if _, err := os.Stat(filepath.Join(folder, probe)); err == nil {
					*set = folder
				}
			}
		}
	}
	find(&f.RuntimeDir, "runtime", "bin")
	find(&f.ToolsDir, "tools", "")
	find(&f.StarterDir, "starter", "manifest.json")
}

// paths settles the folders; it creates none.
func (p *Program) paths() (app.Paths, error) {
	p.flags.complete()
	return app.DefaultPaths(p.flags.Data)
}

// windowBuilt says whether this program can open a window.
const windowBuilt = desktop.Built
