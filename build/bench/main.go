// Command bench measures Kontor on the machine it runs on: `go run ./build bench`.
//
//	--eval DIR     a folder of retrieval sets, for the figures of `kontor eval`
//	--weak-embedder FILE
//	               a GGUF file of an embedder that is weak in German, such as
//	               all-MiniLM-L6-v2, to see that fusion stays above keywords
//	--corpus DIR   a folder of documents with their expected texts
//	--only NAMES   measure these alone, separated by commas
//	--json FILE    write everything, raw samples included
//	--large        measure retrieval over 500,000 passages, too, which takes a quarter of
//	               an hour the first time
//	--threads N    let both models of the compared runtime use N threads; by itself it
//	               takes one for each core, which stands still where others use a core
//
// It prints one row a figure: value, target, and whether the target is met. What
// is compared is measured in the same run, in turns, so that a busy machine
// disturbs both sides alike; the raw samples are in the JSON. The real program
// and the real runtime are measured as people use them: over the edge server's
// HTTP with a login, events by its stream. The task runner says where they are.
//
// It ends with exit code 1 if a figure could not be measured. A missed target
// is a result, not a failure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"kontor/app"
	"kontor/app/child"
	"kontor/build/cache"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == child.Verb {
		os.Exit(child.Main(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// options say what to measure and where everything is.
type options struct {
	eval, corpus, json string
	only               []string
	// program and desktop are Kontor without and with a window.
	program, desktop string
	runtime, starter string
	cache            string
	// weakEmbedder is a GGUF file of an embedder that knows one language.
	weakEmbedder string
	large        bool
	threads      int // of the runtime that is compared, 0 for its own choice
}

func parseOptions(args []string, env func(string) string, errors io.Writer) (options, error) {
	o := options{
		program: env("KONTOR_BIN"), desktop: env("KONTOR_DESKTOP_BIN"),
		runtime: env("KONTOR_RUNTIME_DIR"), starter: env("KONTOR_STARTER_DIR"), cache: env("KONTOR_CACHE"),
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(errors)
	var names []string
	for _, m := range measurements() {
		names = append(names, m.name)
	}
	flags.StringVar(&o.eval, "eval", "", "folder of retrieval sets")
	flags.StringVar(&o.weakEmbedder, "weak-embedder", "", "GGUF file of a weak embedder, for the sets that are measured with one")
	flags.StringVar(&o.corpus, "corpus", "", "folder of documents with their expected texts")
	flags.StringVar(&o.json, "json", "", "file for all results")
	flags.BoolVar(&o.large, "large", false, "measure retrieval over 500,000 passages, too")
	flags.IntVar(&o.threads, "threads", 0, "threads of the compared runtime; 0 for its own choice")
	only := flags.String("only", "", "measure these alone: "+strings.Join(names, ","))
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("bench takes no arguments but flags: %s", flags.Arg(0))
	}
	for name := range strings.SplitSeq(*only, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.Contains(names, name) {
			return o, fmt.Errorf("nothing is called %q; there are %s", name, strings.Join(names, ", "))
		}
		o.only = append(o.only, name)
	}
	return o, nil
}

// bench is one run.
type bench struct {
	options   options
	cache     *cache.Cache
	folder    string // for this run alone
	dial      app.DialFunc
	transport *http.Transport
	progress  io.Writer
	report    report
	shared    *rig
}

func run(ctx context.Context, args []string, env func(string) string, out, progress io.Writer) int {
	o, err := parseOptions(args, env, progress)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(progress, err)
		return 2
	}
	b, err := newBench(ctx, o, progress)
	if err != nil {
		fmt.Fprintln(progress, err)
		return 1
	}
	defer b.close()
	b.measure(ctx)
	if err := b.finish(out); err != nil {
		fmt.Fprintln(progress, err)
		return 1
	}
	if b.report.failed() || ctx.Err() != nil {
		return 1
	}
	return 0
}

func newBench(ctx context.Context, o options, progress io.Writer) (*bench, error) {
	if o.cache == "" { // where the task runner's cache is
		base, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		o.cache = filepath.Join(base, "kontor-build")
	}
	store, err := cache.Open(o.cache)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "kb-") // short: sockets will lie in it
	if err != nil {
		return nil, err
	}
	// Only this computer is spoken to.
	dial := app.NewEgress(nil, nil).Dial("bench")
	b := &bench{options: o, cache: store, folder: folder, dial: dial, progress: progress}
	b.transport = &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 8, DisableCompression: true}
	b.report.Began, b.report.Machine = time.Now(), probeMachine(ctx)
	b.report.Machine.RuntimeThreads = o.threads
	return b, nil
}

func (b *bench) close() {
	if b.shared != nil {
		b.shared.close()
	}
	if err := os.RemoveAll(b.folder); err != nil {
		fmt.Fprintln(b.progress, err)
	}
}

// measure runs every measurement that was asked for and can be run.
func (b *bench) measure(ctx context.Context) {
	for _, m := range measurements() {
		r := newResults(m.figures)
		switch why := m.missing(b.options); {
		case len(b.options.only) > 0 && !slices.Contains(b.options.only, m.name):
			continue
		case ctx.Err() != nil:
		case why != "":
			r.rest(stateNotRun, why)
		default:
			fmt.Fprintf(b.progress, "… %s\n", m.name)
			began := time.Now()
			if err := m.run(ctx, b, r); err != nil {
				r.rest(stateFailed, err.Error())
				fmt.Fprintf(b.progress, "✗ %s: %v\n", m.name, err)
			}
			fmt.Fprintf(b.progress, "  %s took %.0f s\n", m.name, time.Since(began).Seconds())
		}
		b.report.Figures = append(b.report.Figures, r.figures...)
	}
}

func (b *bench) finish(out io.Writer) error {
	b.report.Seconds = time.Since(b.report.Began).Seconds()
	b.report.Machine.LoadAfter = load()
	if err := b.report.table(out); err != nil {
		return err
	}
	if b.options.json == "" {
		return nil
	}
	encoded, err := b.report.json()
	if err != nil {
		return err
	}
	return os.WriteFile(b.options.json, encoded, 0o644)
}

// say tells how far a measurement is.
func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.progress, "    "+format+"\n", args...) }
