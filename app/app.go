package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"kontor/app/policy"
	"kontor/app/text"
	"kontor/llm"
	"kontor/llm/ollama"
	"kontor/localrag"
	"kontor/localrag/parse"
	"kontor/storage"
)

// Version of the program.
const Version = "0.1.0"

// undoDays is how long a deleted chat can be restored.
const undoDays = 1

// Config is what the program around App decides. The zero value is enough to
// list methods.
type Config struct {
	Paths Paths
	// RuntimeDir holds bin/ollama and lib/ollama, "" if none is bundled.
	RuntimeDir string
	// StarterDir holds the starter pack's manifest.json and files.
	StarterDir string
	// ModelsDir is used for models as it is, instead of the folder of the
	// settings; "" for that.
	ModelsDir string
	// RuntimeURL of a flag or the environment replaces the setting: an Ollama
	// that is used but never stopped.
	RuntimeURL string
	// StartRuntime and StartParser run children that cannot outlive Kontor.
	StartRuntime ollama.Starter
	StartParser  parse.Start
	// FindTool and RunTool find and run other programs that read what the
	// document reader cannot; nil for none. See [parse.Tools].
	FindTool func(name string) (path, data string)
	RunTool  func(ctx context.Context, p parse.ToolProgram) error
	// PolicySources are where managed settings come from; nil for the system's.
	PolicySources []policy.Source
	// Env reads one environment variable; nil for none.
	Env func(string) string
	// SystemLanguage asks the system where the environment does not say; may be nil.
	SystemLanguage func() string
	// Provider and Embedder replace the runtime.
	Provider llm.Provider
	Embedder llm.Embedder
	// Keyring keeps the keys of providers; nil for a file that only its owner can read.
	Keyring Keyring
	// SystemProxy names the system's proxy for a URL; nil for the one of the environment.
	SystemProxy func(*url.URL) (*url.URL, error)
	// NoIndexing leaves documents as they are, for measurements.
	NoIndexing bool
	// Folders changes how linked folders are followed.
	Folders FolderOptions
	// TitlesByTrialModel lets even the trial model write titles, for measurements.
	TitlesByTrialModel bool
	Log                *slog.Logger
	Now                func() time.Time
	NewID              func() string
}

// Shell is the side of the program that people see.
type Shell interface {
	// Kind is "window" or "edge".
	Kind() string
	// Pick asks for files or one folder; no paths means that the person changed
	// their mind.
	Pick(ctx context.Context, folder bool) ([]string, error)
	// OpenLink opens a checked link in the system's browser.
	OpenLink(url string) error
	// OpenFile opens a file in the program the system has for it, or shows it
	// in its folder. The path is absolute.
	OpenFile(path string, folder bool) error
	// Notify shows a notification of the system.
	Notify(title, body string) error
}

// noShell is the edge server and the command line.
type noShell struct{}

func (noShell) Kind() string { return "edge" }
func (noShell) Pick(context.Context, bool) ([]string, error) {
	return nil, &Error{Code: ProblemNotAllowed}
}
func (noShell) OpenLink(string) error       { return &Error{Code: ProblemNotAllowed} }
func (noShell) Notify(string, string) error { return &Error{Code: ProblemNotAllowed} }
func (noShell) OpenFile(string, bool) error { return &Error{Code: ProblemNotAllowed} }

// App ties the services together. New allocates, Start touches disk, network
// and processes, Close ends everything that Start began.
type App struct {
	config  Config
	log     *slog.Logger
	owner   Principal
	shell   Shell
	texts   *text.Catalogue
	surface Surface
	bus     *Bus
	queue   *Queue
	policy  *policy.Policy
	egress  *Egress

	db       *storage.DB
	analyser *localrag.Analyser
	parser   *parse.Pool
	indexer  *Indexer
	vectors  *vectorCache

	chats     *Chats
	temporary *temporaryChats
	answers   *Answers
	titles    *Titles
	library   *Library
	tables    *Tables
	folders   *FolderService
	models    *Models
	providers *Providers
	getting   *Getting
	place     *modelPlace
	settings  *SettingsService
	status    *StatusService
	quality   *QualityService
	filters   *Filters
	shelf     *ChatShelf
	transfers *Transfers
	composing *Composing
	handOver  *HandOver
	meter     *Meter
	images    *Images

	life       context.Context
	end        context.CancelFunc
	background sync.WaitGroup
	ended      atomic.Bool
}

// New builds an App that does nothing yet.
func New(config Config) *App {
	if config.Log == nil {
		config.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.NewID == nil {
		config.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	a := &App{config: config, log: config.Log, owner: Principal{OwnerID: "local"}, shell: noShell{}, bus: NewBus(), queue: NewQueue()}
	a.life, a.end = context.WithCancel(context.Background())
	a.analyser = localrag.NewAnalyser()
	a.db = storage.New(storage.Options{
		Folder: config.Paths.Data, Analyse: a.analyser.Analyse, AnalyserVersion: localrag.AnalyserVersion,
		Now: config.Now, NewID: config.NewID, Log: config.Log,
	})
	a.policy = policy.New(policy.Options{Sources: config.PolicySources, User: a.db, Env: config.Env, Changed: a.settingsChanged})
	a.chats, a.answers, a.titles = &Chats{app: a}, newAnswers(a), newTitles(a)
	a.temporary = newTemporaryChats(a)
	a.library, a.models, a.status = newLibrary(a), newModels(a), newStatus(a)
	a.tables, a.providers = &Tables{app: a}, newProviders(a)
	a.settings, a.filters, a.shelf = &SettingsService{app: a}, &Filters{app: a}, &ChatShelf{app: a}
	a.indexer, a.vectors = newIndexer(a), newVectorCache(a)
	a.folders, a.getting = newFolders(a), newGetting(a)
	a.place, a.transfers = newModelPlace(a), &Transfers{app: a}
	a.egress = NewEgress(ledgerStore{a}, func(host string, port int) bool {
		return a.models.allowEgress(host, port) || a.providers.allowEgress(host, port) || a.getting.allowEgress(host, port) || a.vectors.allowEgress(host, port)
	})
	a.quality, a.composing, a.meter, a.images = newQuality(a), &Composing{app: a}, newMeter(a), &Images{app: a}
	for _, service := range []interface{ register(*Surface) }{a.chats, a.shelf, a.library, a.folders, a.models, a.getting, a.place, a.providers, a.settings, a.status, &Asking{app: a}, &PromptLibrary{app: a}, &Assistants{app: a}, &Briefings{app: a}, a.transfers, a.tables, &Doctor{app: a}, &Vectors{app: a}, &DesktopService{app: a}, a.quality, a.filters, a.composing, a.meter, a.images, &Dictation{app: a}} {
		service.register(&a.surface)
	}
	a.handOver = &HandOver{app: a}
	a.handOver.register(&a.surface)
	return a
}

// SetShell names the side that people see; before Start.
func (a *App) SetShell(s Shell) { a.shell = s }

// Surface is the table of methods that shells serve.
func (a *App) Surface() *Surface { return &a.surface }

// Bus is the stream of events that shells pass on.
func (a *App) Bus() *Bus { return a.bus }

// Owner is the one person of a desktop installation.
func (a *App) Owner() Principal { return a.owner }

// Paths are the folders in use.
func (a *App) Paths() Paths { return a.config.Paths }

// Start opens the database, settles what a crash left, and starts the runtime
// and the indexer. It returns as soon as pages can be served; the runtime gets
// ready behind it.
func (a *App) Start(ctx context.Context) error {
	texts, err := text.Load()
	if err != nil {
		return err
	}
	a.texts = texts
	if err := a.config.Paths.create(); err != nil {
		return diskError(err)
	}
	if err := a.db.Open(ctx); err != nil {
		return err
	}
	if err := a.policy.Load(ctx); err != nil {
		return err
	}
	if n, err := a.db.RecoverMessages(ctx); err != nil {
		return err
	} else if n > 0 {
		a.log.Info("answers marked that a crash cut", "count", n)
	}
	if err := os.RemoveAll(a.config.Paths.opened()); err != nil {
		a.log.Warn("remove copies that were opened", "error", err)
	}
	find := a.config.FindTool
	if find != nil {
		find = a.getting.findTool
	}
	a.parser = parse.NewPool(parse.Options{
		Start: a.config.StartParser, CacheDir: a.config.Paths.Cache,
		Tools: parse.Tools{Find: find, Run: a.config.RunTool, Folder: a.config.Paths.Cache},
	})
	if err := a.place.start(ctx); err != nil {
		return err
	}
	if err := a.providers.start(ctx); err != nil {
		return err
	}
	if err := a.models.start(a.life); err != nil {
		return err
	}
	a.getting.start(a.life)
	a.background.Go(func() { a.place.tend(a.life) })
	a.background.Go(func() { a.status.loop(a.life) })
	a.background.Go(func() { a.tend(a.life) })
	brokenOff := a.transfers.brokenOff()
	a.background.Go(func() { a.transfers.resume(a.life, a.owner, brokenOff) })
	if !a.config.NoIndexing {
		a.indexer.start(a.life, a.parser)
		a.background.Go(func() { a.quality.watch(a.life) })
		if err := a.folders.start(a.life); err != nil {
			return err
		}
	}
	a.status.touch()
	return nil
}

// tend does what has time: compiling the document reader the first time (3 s,
// then kept in the cache), purging deleted chats, terms of an older analyser,
// originals without a document.
func (a *App) tend(ctx context.Context) {
	sleep(ctx, 5*time.Second)
	if err := a.parser.Warm(ctx); err != nil && ctx.Err() == nil {
		a.log.Warn("compile document reader", "error", err)
	}
	for ctx.Err() == nil {
		if n, err := a.db.PurgeChats(ctx, a.now().AddDate(0, 0, -undoDays).UnixMilli()); err != nil {
			a.log.Error("purge chats", "error", err)
		} else if n > 0 {
			a.log.Info("deleted chats purged", "count", n)
		}
		for left := 1; left > 0 && ctx.Err() == nil; {
			var err error
			if left, err = a.db.Reanalyse(ctx, 500); err != nil {
				a.log.Error("reanalyse", "error", err)
				break
			}
		}
		a.indexer.sweepOriginals(ctx)
		a.images.sweep(ctx, a.owner)
		a.chats.endIdle(ctx)
		a.transfers.sweep(a.now().Add(-time.Hour))
		a.transfers.sweepExports(a.now().Add(-time.Hour))
		a.tendCollections(ctx)
		a.status.touch()
		sleep(ctx, time.Hour)
	}
}

// Close ends answers (what they wrote is kept), the indexer and the runtime,
// and closes the database.
func (a *App) Close(context.Context) error {
	if a.ended.Swap(true) {
		return nil
	}
	a.answers.stopAll()
	a.end()
	a.folders.wait()
	if a.indexer.pool != nil {
		a.indexer.wait()
		if err := a.parser.Close(); err != nil {
			a.log.Warn("close document reader", "error", err)
		}
	}
	a.tables.close()
	a.models.stop()
	a.background.Wait()
	if err := a.db.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

func (a *App) closing() bool { return a.ended.Load() }

// Upload takes one file from a reader; see [Library.Upload].
func (a *App) Upload(ctx context.Context, p Principal, name, collectionID string, _ int64, body io.Reader) (Document, error) {
	return a.library.Upload(ctx, p, name, collectionID, body)
}

func (a *App) now() time.Time { return a.config.Now() }
func (a *App) newID() string  { return a.config.NewID() }

func (a *App) emptyChat(collections []string) storage.Chat {
	return storage.Chat{OwnerID: a.owner.OwnerID, CollectionIDs: collections}
}

// text formats a message in the person's language.
func (a *App) text(key string, args map[string]string) string {
	return a.texts.Text(a.language(), key, args)
}

// Explain turns a problem into its sentence and next step.
func (a *App) Explain(p Problem) (message, hint string) {
	return a.text("problem."+p.Code+".message", p.Args), a.text("problem."+p.Code+".hint", p.Args)
}

// Language is "de" or "en", for pages that are shown before anyone signed in.
func (a *App) Language() string { return a.language() }

// Theme is "light", "dark" or "system".
func (a *App) Theme() string { return a.policy.Text(policy.Theme) }
