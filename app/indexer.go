package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kontor/llm"
	"kontor/localrag"
	"kontor/localrag/parse"
	"kontor/storage"
)

// embedBatch is how many passages go to the embedder at once, at most. A
// request costs 75–150 ms before computing, so small batches waste time; a
// batch is also what is lost when a person asks, so large ones waste it too.
// Each one that is lost is halved down to smallestBatch, and grows again when
// it is left in peace: who asks without end must not keep a document from ever
// being read.
const (
	embedBatch    = 32
	smallestBatch = 2
)

// embedderMaxTokens keeps passages below the 512 tokens the embedder reads,
// with room for the prefix and the special tokens.
const embedderMaxTokens = 480

// progress is what is known of a document that is being worked on.
type progress struct {
	percent int
	cancel  context.CancelFunc
}

// Indexer turns queued documents into passages and passages into vectors, at
// the lowest priority. Both steps resume where they stopped.
type Indexer struct {
	app     *App
	chunker *localrag.Chunker
	pool    *parse.Pool

	parseWake chan struct{}
	embedWake chan struct{}
	done      sync.WaitGroup

	batch int // passages of the next request; embedLoop's own

	mu        sync.Mutex
	total     int // passages to embed when this run began
	embedded  int // of them done
	rate      float64
	remaining int // passages without a vector
	waiting   int // documents without text
	failures  int
}

func newIndexer(a *App) *Indexer {
	return &Indexer{
		app:       a,
		chunker:   localrag.NewChunker(localrag.ChunkerOptions{MaxTokens: embedderMaxTokens}),
		parseWake: make(chan struct{}, 1),
		embedWake: make(chan struct{}, 1),
		batch:     embedBatch,
	}
}

func (x *Indexer) start(ctx context.Context, pool *parse.Pool) {
	x.pool = pool
	x.done.Go(func() { x.parseLoop(ctx) })
	x.done.Go(func() { x.embedLoop(ctx) })
	x.wake()
	x.wakeEmbedding()
}

// wait returns when both loops have ended; their context must have ended.
func (x *Indexer) wait() { x.done.Wait() }

func (x *Indexer) wake()          { poke(x.parseWake) }
func (x *Indexer) wakeEmbedding() { poke(x.embedWake) }

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (x *Indexer) parseLoop(ctx context.Context) {
	for {
		next, waiting, err := x.app.db.NextPending(ctx, !x.app.folders.held())
		if err != nil && ctx.Err() == nil && storage.CodeOf(err) != storage.CodeNotFound {
			x.app.log.Error("pending documents", "error", err)
		}
		x.mu.Lock()
		x.waiting = waiting
		x.mu.Unlock()
		if err != nil {
			x.app.status.touch()
			select {
			case <-ctx.Done():
				return
			case <-x.parseWake:
				continue
			}
		}
		if next.Linked {
			x.yield(ctx)
		}
		x.parseOne(ctx, next)
		if ctx.Err() != nil {
			return
		}
	}
}

// parseOne reads one document. It never leaves it queued, except when Kontor
// is closing.
func (x *Indexer) parseOne(ctx context.Context, d storage.Document) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	x.app.library.track(d.ID, &progress{cancel: cancel})
	defer x.app.library.track(d.ID, nil)
	x.set(ctx, d, storage.DocumentParsing, "")
	x.app.models.warmEmbedder()
	parsed, err := x.parse(ctx, d)
	if err == nil {
		err = x.store(ctx, d, parsed)
	}
	if err != nil && d.Linked && ctx.Err() == nil && x.later(ctx, d, err) {
		return
	}
	switch {
	case err == nil:
		x.wakeEmbedding()
	case x.app.closing():
	case ctx.Err() != nil:
		x.cancelled(context.WithoutCancel(ctx), d)
	default:
		x.app.log.Warn("document not read", "document", d.ID, "format", d.Format, "error", err)
		x.set(context.WithoutCancel(ctx), d, storage.DocumentFailed, AsError(err).Code)
	}
}

// cancelled marks a document whose reading was stopped, unless it was queued
// again or deleted meanwhile.
func (x *Indexer) cancelled(ctx context.Context, d storage.Document) {
	now, err := x.app.db.Document(ctx, d.OwnerID, d.ID, storage.EmbedderKey{})
	if err == nil && now.Status == storage.DocumentParsing {
		x.set(ctx, d, storage.DocumentCancelled, "")
	}
}

func (x *Indexer) parse(ctx context.Context, d storage.Document) (parse.Result, error) {
	file, err := x.app.library.openSource(d)
	if err != nil {
		return parse.Result{}, &localrag.Error{Code: localrag.CodeUnreadable, Cause: err}
	}
	defer file.Close()
	last := time.Time{}
	content := hashing(file)
	parsed, err := x.pool.Parse(ctx, parse.Source{Name: d.Name, Size: d.Bytes, Content: content}, func(p parse.Progress) {
		if p.Pages == 0 || time.Since(last) < 250*time.Millisecond {
			return
		}
		last = time.Now()
		x.app.library.percent(ctx, d, 100*p.Page/p.Pages)
	})
	if err == nil && d.Linked {
		err = content.verify(d.Hash)
	}
	return parsed, err
}

// yield lets a person's question go before what a folder brought.
func (x *Indexer) yield(ctx context.Context) {
	for x.app.queue.Busy() && ctx.Err() == nil {
		sleep(ctx, 100*time.Millisecond)
	}
}

// later says whether a linked document that could not be read is read another
// time: its file has other bytes by now, or its folder is not there.
func (x *Indexer) later(ctx context.Context, d storage.Document, failure error) bool {
	now, err := x.app.db.Document(ctx, d.OwnerID, d.ID, storage.EmbedderKey{})
	if err != nil || now.Hash != d.Hash {
		return true
	}
	if localrag.CodeOf(failure) == localrag.CodeUnreadable && x.app.folders.unreachable(ctx, d) {
		x.set(ctx, d, storage.DocumentQueued, "")
		return true
	}
	return false
}

func (x *Indexer) store(ctx context.Context, d storage.Document, parsed parse.Result) error {
	chunks := x.chunker.Chunk(parsed.ParsedDocument)
	if len(chunks) == 0 {
		return &localrag.Error{Code: localrag.CodeEmpty}
	}
	title := parsed.Title
	stale := x.app.library.passageIDs(ctx, d.OwnerID, []string{d.ID})[d.ID]
	record, _, err := x.app.db.StoreParsed(ctx, d.ID, storage.Parsed{
		Hash: d.Hash, Title: title, Language: mainLanguage(chunks), Pages: parsed.Pages, ParserVersion: parsed.ParserVersion,
		ChunkerVersion: localrag.ChunkerVersion, AnalyserVersion: localrag.AnalyserVersion,
		Text: parsed.Text, Blocks: mustJSON(parsed.Blocks), Passages: storedPassages(d.ID, chunks), Gaps: storedGaps(parsed),
	})
	if err != nil {
		return err
	}
	if d.Linked {
		x.app.folders.touch()
	}
	x.app.vectors.remove(ctx, stale)
	view := x.app.documentView(record)
	x.app.bus.Publish(Event{DocumentChanged: &view})
	return nil
}

// mainLanguage is the language of most of the text.
func mainLanguage(chunks []localrag.Chunk) string {
	size := map[string]int{}
	for _, c := range chunks {
		size[c.Language] += len(c.Text)
	}
	best := ""
	for language, n := range size {
		if n > size[best] || n == size[best] && language > best {
			best = language
		}
	}
	return best
}

func (x *Indexer) set(ctx context.Context, d storage.Document, status, code string) {
	record, err := x.app.db.UpdateDocument(ctx, d.OwnerID, d.ID, storage.DocumentUpdate{Status: &status, ErrorCode: &code})
	if err != nil {
		if ctx.Err() == nil && storage.CodeOf(err) != storage.CodeNotFound {
			x.app.log.Error("document status", "document", d.ID, "error", err)
		}
		return
	}
	view := x.app.documentView(record)
	x.app.bus.Publish(Event{DocumentChanged: &view})
	if d.Linked {
		x.app.folders.touch()
	}
	x.app.status.touch()
}

// embedLoop gives vectors to passages that have none, batch by batch, as long
// as an embedder is there.
func (x *Indexer) embedLoop(ctx context.Context) {
	for {
		worked, err := x.embedOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		pause := time.Duration(0)
		switch {
		case errors.Is(err, errPreempted):
		case err != nil:
			x.mu.Lock()
			x.failures++
			pause = min(time.Duration(x.failures)*2*time.Second, time.Minute)
			x.mu.Unlock()
			x.app.log.Warn("embedding", "error", err)
		default:
			x.mu.Lock()
			x.failures = 0
			x.mu.Unlock()
		}
		if worked && pause == 0 {
			continue
		}
		var retry <-chan time.Time
		if pause > 0 {
			retry = time.After(pause)
		}
		select {
		case <-ctx.Done():
			return
		case <-x.embedWake:
		case <-retry:
		}
	}
}

// embedOnce embeds one batch; worked says that there may be more.
func (x *Indexer) embedOnce(ctx context.Context) (worked bool, err error) {
	model, _ := x.app.models.embedder() // another one may be chosen meanwhile
	key := vectorSpace(model)
	if key.Digest == "" || !x.app.models.embedderReady() {
		return false, nil
	}
	batch, err := x.app.db.NextUnembedded(ctx, key, !x.app.folders.held(), x.batch)
	if err != nil {
		return false, err
	}
	if len(batch) == 0 {
		x.finishRun()
		return false, nil
	}
	x.beginRun(ctx, key)
	x.app.models.warmEmbedder()
	texts := make([]string, len(batch))
	ids := make([]int64, len(batch))
	for i, u := range batch {
		texts[i] = localrag.Chunk{Heading: u.Heading, Text: u.Text}.EmbeddingText()
		ids[i] = u.ID
	}
	began := time.Now()
	var vectors [][]float32
	err = x.app.queue.Do(ctx, Indexing, "", nil, func(ctx context.Context) error {
		vectors, err = x.app.models.embedWith(ctx, model, texts)
		return err
	})
	if errors.Is(err, errPreempted) {
		x.batch = max(len(batch)/2, smallestBatch)
		return true, err
	}
	if err != nil && llm.CodeOf(err) != llm.CodeInputTooLong {
		return false, err
	}
	x.batch = min(x.batch*2, embedBatch)
	ready, err := x.app.vectors.store(ctx, key, ids, vectors)
	if err != nil {
		return false, err
	}
	x.advance(len(batch), time.Since(began))
	for _, d := range ready {
		view := x.app.documentView(d)
		x.app.bus.Publish(Event{DocumentChanged: &view})
	}
	x.publishEmbedding(ctx, batch)
	return true, nil
}

// publishEmbedding tells how far the documents of a batch are.
func (x *Indexer) publishEmbedding(ctx context.Context, batch []storage.Unembedded) {
	seen := map[string]bool{}
	for _, u := range batch {
		if seen[u.DocumentID] {
			continue
		}
		seen[u.DocumentID] = true
		record, err := x.app.db.Document(ctx, x.app.owner.OwnerID, u.DocumentID, x.app.models.embedderKey())
		if err != nil || record.Status == storage.DocumentReady {
			continue
		}
		view := x.app.documentView(record)
		x.app.bus.Publish(Event{DocumentChanged: &view})
	}
	x.app.status.touch()
}

func (x *Indexer) beginRun(ctx context.Context, key storage.EmbedderKey) {
	embedded, total, err := x.app.db.CountVectors(ctx, key)
	if err != nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remaining = total - embedded
	x.total = x.embedded + x.remaining
}

func (x *Indexer) advance(n int, took time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.embedded += n
	x.remaining = max(0, x.remaining-n)
	rate := float64(n) / max(took.Seconds(), 0.001)
	if x.rate == 0 {
		x.rate = rate
	} else {
		x.rate = 0.8*x.rate + 0.2*rate
	}
}

func (x *Indexer) finishRun() {
	x.mu.Lock()
	x.total, x.embedded, x.remaining = 0, 0, 0
	x.mu.Unlock()
	x.app.status.touch()
}

// indexing is what the status shows: done and all, in passages and waiting
// documents, and seconds left, -1 if unknown.
func (x *Indexer) indexing() (done, total, secondsLeft int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	secondsLeft = -1
	if x.rate > 0 && x.waiting == 0 {
		secondsLeft = int(float64(x.remaining)/x.rate + 0.5)
	}
	return x.embedded, x.total + x.waiting, secondsLeft
}

// secondsFor estimates how long n passages take, -1 if unknown.
func (x *Indexer) secondsFor(n int) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.rate == 0 {
		return -1
	}
	return int(float64(n)/x.rate + 0.5)
}

// cancel stops a document that is being read.
func (x *Indexer) cancel(id string) {
	x.app.library.mu.Lock()
	p := x.app.library.progress[id]
	x.app.library.mu.Unlock()
	if p != nil {
		p.cancel()
	}
}

// forget removes a deleted document from memory.
func (x *Indexer) forget(ctx context.Context, id string, passages []int64) {
	x.cancel(id)
	x.app.vectors.remove(ctx, passages)
	x.app.status.touch()
}

// sweepOriginals deletes copies that no document refers to.
func (x *Indexer) sweepOriginals(ctx context.Context) {
	x.app.library.originals.Lock()
	defer x.app.library.originals.Unlock()
	referenced, err := x.app.db.ReferencedHashes(ctx)
	if err != nil {
		x.app.log.Error("referenced originals", "error", err)
		return
	}
	folder := x.app.config.Paths.originals()
	files, err := filepath.Glob(filepath.Join(folder, "??", "*"))
	if err != nil {
		return
	}
	for _, file := range files {
		if !referenced[filepath.Base(file)] {
			if err := os.Remove(file); err != nil {
				x.app.log.Error("remove original", "error", err)
			}
		}
	}
}
