package app

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"kontor/llm"
	"kontor/localrag"
	"kontor/storage"
)

// EvalOptions say what to measure.
type EvalOptions struct {
	Dir string
	// Queries is a folder whose questions are asked about the documents of Dir:
	// in another language, or about another topic; "" for those of Dir.
	Queries string
	// ScopeKey limits each question to the documents with its own value of this
	// field, as a chat about one collection does; "" for none.
	ScopeKey string
	// Where keeps only queries whose field has this value, "key=value".
	WhereKey, WhereValue string
	// RunFile gets the fused ranking, one JSON line for each query; "" for none.
	RunFile string
	// CacheDir keeps vectors by the hash of their text.
	CacheDir string
	// Progress is told what is being done.
	Progress func(step string, done, total int)
}

// EvalRanking is one ranking's figures.
type EvalRanking struct {
	Recall1 float64 `json:"recall@1"`
	Recall5 float64 `json:"recall@5"`
	MRR10   float64 `json:"mrr@10"`
	NDCG10  float64 `json:"ndcg@10"`
}

// EvalDifference compares the fused ranking with the better of its parts; Low
// and High bound the 95 % interval of a paired bootstrap.
type EvalDifference struct {
	Difference float64 `json:"difference"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
}

// EvalReport is what `kontor eval --json` prints.
type EvalReport struct {
	Set       string         `json:"set"`
	Documents int            `json:"documents"`
	Chunks    int            `json:"chunks"`
	Queries   int            `json:"queries"`
	Embedder  string         `json:"embedder"`
	Keyword   EvalRanking    `json:"keyword"`
	Vector    EvalRanking    `json:"vector"`
	Fused     EvalRanking    `json:"fused"`
	Recall1   EvalDifference `json:"fused_minus_best_recall@1"`
	Recall5   EvalDifference `json:"fused_minus_best_recall@5"`
	// Refusal says how well it is known when nothing answers.
	Refusal EvalRefusal `json:"refusal"`
}

// Evaluate measures the retrieval that people get on a folder of documents and
// judged queries. It needs an App whose data folder is empty and may be thrown
// away: the documents go through the same chunker, index and fusion as
// everyone's.
func (a *App) Evaluate(ctx context.Context, o EvalOptions) (EvalReport, error) {
	set, err := localrag.LoadEvalSet(o.Dir)
	if err != nil {
		return EvalReport{}, &Error{Code: string(localrag.CodeUnreadable), Args: map[string]string{"name": o.Dir}, Cause: err}
	}
	if o.Queries != "" {
		other, err := localrag.LoadEvalSet(o.Queries)
		if err != nil {
			return EvalReport{}, &Error{Code: string(localrag.CodeUnreadable), Args: map[string]string{"name": o.Queries}, Cause: err}
		}
		set = set.WithQueries(other)
	}
	if o.WhereKey != "" {
		set = set.Where(o.WhereKey, o.WhereValue)
	}
	a.models.waitReady(ctx)
	embedder, _ := a.models.embedder()
	report := EvalReport{Set: filepath.Base(o.Dir), Documents: len(set.Documents), Queries: len(set.Queries), Embedder: embedder.Name}
	e := &evaluation{app: a, set: set, options: o, key: a.models.embedderKey(), documentOf: map[int64]string{}, collections: map[string]string{}, support: map[string]support{}}
	if e.cache, err = openVectorFile(o.CacheDir, e.key, embedder.Dimensions); err != nil {
		return report, err
	}
	defer e.cache.close()
	if err := e.index(ctx, embedder.Dimensions); err != nil {
		return report, err
	}
	report.Chunks = len(e.documentOf)
	runs, err := e.rank(ctx)
	if err != nil {
		return report, err
	}
	report.fill(set, runs)
	report.Refusal = refusal(set, e.support)
	if o.RunFile != "" {
		return report, writeRun(o.RunFile, set, runs["fused"])
	}
	return report, nil
}

func (r *EvalReport) fill(set *localrag.EvalSet, runs map[string]map[string][]string) {
	figures := map[string]localrag.Metrics{}
	for name, target := range map[string]*EvalRanking{"keyword": &r.Keyword, "vector": &r.Vector, "fused": &r.Fused} {
		m := localrag.Score(set, runs[name])
		figures[name] = m
		*target = EvalRanking{Recall1: m.Recall[1], Recall5: m.Recall[5], MRR10: m.MRR10, NDCG10: m.NDCG10}
		r.Queries = m.Queries
	}
	for k, target := range map[int]*EvalDifference{1: &r.Recall1, 5: &r.Recall5} {
		best := "keyword"
		if figures["vector"].Recall[k] > figures["keyword"].Recall[k] {
			best = "vector"
		}
		var fused, other []float64
		for _, q := range set.Queries {
			f, known := figures["fused"].PerQuery[q.ID]
			if !known {
				continue
			}
			fused = append(fused, f.Recall[k])
			other = append(other, figures[best].PerQuery[q.ID].Recall[k])
		}
		interval := localrag.PairedBootstrap(fused, other, 1)
		*target = EvalDifference{Difference: figures["fused"].Recall[k] - figures[best].Recall[k], Low: interval.Low, High: interval.High}
	}
}

// evaluation is one run.
type evaluation struct {
	app        *App
	set        *localrag.EvalSet
	options    EvalOptions
	key        storage.EmbedderKey
	cache      *vectorFile
	documentOf map[int64]string // passage → id of the corpus document
	queries    map[string][]float32
	// collections by the value of the scope's field
	collections map[string]string
	support     map[string]support // by query
	profile     localrag.Profile
}

func (e *evaluation) tell(step string, done, total int) {
	if e.options.Progress != nil {
		e.options.Progress(step, done, total)
	}
}

// index stores, chunks and embeds the corpus.
func (e *evaluation) index(ctx context.Context, dimension int) error {
	var ids []int64
	var texts []string
	for i, d := range e.set.Documents {
		collection, err := e.collection(ctx, d.Fields)
		if err != nil {
			return err
		}
		record, _, err := e.app.db.AddDocument(ctx, e.app.owner.OwnerID, storage.Document{
			Name: d.ID, Hash: d.ID, Status: storage.DocumentCancelled, Format: "txt",
		}, collection)
		if err != nil {
			return err
		}
		parsed := d.Parsed()
		chunks := e.app.indexer.chunker.Chunk(parsed)
		_, stored, err := e.app.db.StoreParsed(ctx, record.ID, storage.Parsed{
			Title: d.Title, ChunkerVersion: localrag.ChunkerVersion, AnalyserVersion: localrag.AnalyserVersion,
			Text: parsed.Text, Passages: storedPassages(record.ID, chunks),
		})
		if err != nil {
			return err
		}
		for n, id := range stored {
			e.documentOf[id] = d.ID
			ids, texts = append(ids, id), append(texts, chunks[n].EmbeddingText())
		}
		if i%200 == 0 {
			e.tell("index", i, len(e.set.Documents))
		}
	}
	vectors, err := e.embed(ctx, "passages", texts, e.app.models.embedPassages)
	if err != nil {
		return err
	}
	index := localrag.NewVectorIndex(dimension, len(vectors))
	kept := make([][]float32, 0, len(vectors))
	keptIDs := ids[:0:0]
	for i, v := range vectors {
		if v != nil {
			kept, keptIDs = append(kept, v), append(keptIDs, ids[i])
		}
	}
	if err := index.Add(ctx, keptIDs, kept); err != nil {
		return err
	}
	e.app.models.measureEmbedder(ctx)
	e.profile = e.app.models.embedderProfile()
	e.app.vectors.mu.Lock()
	e.app.vectors.index = index
	e.app.vectors.mu.Unlock()
	var questions []string
	for _, q := range e.set.Queries {
		questions = append(questions, q.Text)
	}
	vectors, err = e.embed(ctx, "queries", questions, e.app.models.EmbedQueries)
	e.queries = map[string][]float32{}
	for i, v := range vectors {
		e.queries[questions[i]] = v
	}
	return err
}

// embed returns vectors, from the cache where it has them.
func (e *evaluation) embed(ctx context.Context, kind string, texts []string, call func(context.Context, []string) ([][]float32, error)) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	var missing []int
	for i, text := range texts {
		if vectors[i] = e.cache.get(kind, text); vectors[i] == nil {
			missing = append(missing, i)
		}
	}
	for done := 0; done < len(missing); done += embedBatch {
		batch := missing[done:min(done+embedBatch, len(missing))]
		part := make([]string, len(batch))
		for i, at := range batch {
			part[i] = texts[at]
		}
		embedded, err := call(ctx, part)
		if err != nil && llm.CodeOf(err) != llm.CodeInputTooLong {
			return nil, err
		}
		for i, at := range batch {
			vectors[at] = embedded[i]
			if embedded[i] == nil {
				continue
			}
			if err := e.cache.put(kind, texts[at], embedded[i]); err != nil {
				return nil, err
			}
		}
		e.tell(kind, done+len(batch), len(missing))
	}
	return vectors, nil
}

// EmbedQueries implements localrag.QueryEmbedder from what was embedded before;
// other forms of a question, such as the one in the words of documents, are
// embedded when they come.
func (e *evaluation) EmbedQueries(ctx context.Context, questions []string) ([][]float32, error) {
	for _, q := range questions {
		if e.queries[q] != nil {
			continue
		}
		vectors, err := e.embed(ctx, "queries", []string{q}, e.app.models.EmbedQueries)
		if err != nil {
			return nil, err
		}
		e.queries[q] = vectors[0]
	}
	vectors := make([][]float32, len(questions))
	for i, q := range questions {
		vectors[i] = e.queries[q]
	}
	return vectors, nil
}

// collection of the documents with one value of the scope's field.
func (e *evaluation) collection(ctx context.Context, fields map[string]any) (string, error) {
	value := "eval"
	if e.options.ScopeKey != "" {
		value = fmt.Sprint(fields[e.options.ScopeKey])
	}
	if id := e.collections[value]; id != "" {
		return id, nil
	}
	record, err := e.app.db.CreateCollection(ctx, e.app.owner.OwnerID, value)
	e.collections[value] = record.ID
	return record.ID, err
}

// rank answers every query.
func (e *evaluation) rank(ctx context.Context) (map[string]map[string][]string, error) {
	runs := map[string]map[string][]string{"keyword": {}, "vector": {}, "fused": {}}
	retriever := localrag.Retriever{
		Keyword: keywordSearch{e.app.db}, Passages: passageLoader{e.app.db, e.app.owner.OwnerID}, Analyser: e.app.analyser,
		Profile: e.profile, Vectors: e.app.vectors.current(), Embedder: e,
	}
	document := func(id int64) string { return e.documentOf[id] }
	allowed := map[string]map[int64]bool{}
	for i, q := range e.set.Queries {
		query := localrag.Query{Question: q.Text, Scope: localrag.Scope{OwnerID: e.app.owner.OwnerID}}
		if e.options.ScopeKey != "" {
			collection := e.collections[fmt.Sprint(q.Fields[e.options.ScopeKey])]
			query.Scope.CollectionIDs = []string{collection}
			if allowed[collection] == nil {
				ids, err := e.app.db.PassageIDs(ctx, storedScope(query.Scope))
				if err != nil {
					return nil, err
				}
				allowed[collection] = ids
			}
			if ids := allowed[collection]; ids != nil {
				query.Allow = func(id int64) bool { return ids[id] }
			}
		}
		result, err := retriever.Retrieve(ctx, query)
		if err != nil {
			return nil, err
		}
		runs["keyword"][q.ID] = localrag.BestOf(result.Keyword, document)
		runs["vector"][q.ID] = localrag.BestOf(result.Vector, document)
		runs["fused"][q.ID] = localrag.BestOf(result.Fused, document)
		e.support[q.ID] = support{result.Support, result.Nothing}
		if i%100 == 0 {
			e.tell("rank", i, len(e.set.Queries))
		}
	}
	return runs, nil
}

func writeRun(path string, set *localrag.EvalSet, run map[string][]string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	encoder := json.NewEncoder(w)
	for _, q := range set.Queries {
		if err := encoder.Encode(map[string]any{"qid": q.ID, "ranked": run[q.ID]}); err != nil {
			return err
		}
	}
	return errors.Join(w.Flush(), file.Close())
}

// vectorFile keeps vectors by the hash of their text: records of 32 bytes hash
// and float32 values, appended. A torn record at the end is cut off.
type vectorFile struct {
	file      *os.File
	dimension int
	known     map[[32]byte][]float32
}

func openVectorFile(folder string, key storage.EmbedderKey, dimension int) (*vectorFile, error) {
	v := &vectorFile{dimension: dimension, known: map[[32]byte][]float32{}}
	if folder == "" || key.Digest == "" {
		return v, nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, diskError(err)
	}
	path := filepath.Join(folder, fmt.Sprintf("%.16s-%s-%d.vectors", key.Digest, key.Scheme, dimension))
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, diskError(err)
	}
	v.file = file
	reader := bufio.NewReaderSize(file, 1<<20)
	record := make([]byte, 32+4*dimension)
	whole := int64(0)
	for {
		if _, err := io.ReadFull(reader, record); err != nil {
			break
		}
		vector := make([]float32, dimension)
		for i := range vector {
			vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(record[32+4*i:]))
		}
		v.known[[32]byte(record[:32])] = vector
		whole += int64(len(record))
	}
	if err := file.Truncate(whole); err != nil {
		return nil, diskError(err)
	}
	_, err = file.Seek(whole, io.SeekStart)
	return v, err
}

func vectorHash(kind, text string) [32]byte { return sha256.Sum256([]byte(kind + "\x00" + text)) }

func (v *vectorFile) get(kind, text string) []float32 { return v.known[vectorHash(kind, text)] }

func (v *vectorFile) put(kind, text string, vector []float32) error {
	hash := vectorHash(kind, text)
	v.known[hash] = vector
	if v.file == nil || len(vector) != v.dimension {
		return nil
	}
	record := make([]byte, 32+4*v.dimension)
	copy(record, hash[:])
	for i, x := range vector {
		binary.LittleEndian.PutUint32(record[32+4*i:], math.Float32bits(x))
	}
	if _, err := v.file.Write(record); err != nil {
		return diskError(err)
	}
	return nil
}

func (v *vectorFile) close() {
	if v.file != nil {
		_ = v.file.Close()
	}
}
