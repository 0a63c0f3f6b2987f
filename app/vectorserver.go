package app

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kontor/app/policy"
	"kontor/localrag"
	"kontor/localrag/milvus"
	"kontor/localrag/pgvector"
	"kontor/localrag/qdrant"
	"kontor/localrag/remote"
)

// Where vectors are searched, beside "automatic": in memory, of the kind that
// fits their number. Texts and the vectors' own record stay in storage.
const (
	storeChromem  = "chromem"
	storeSlab     = "slab"
	storePgvector = "pgvector"
	storeQdrant   = "qdrant"
	storeMilvus   = "milvus"
)

// Codes of problems with a vector database.
const (
	ProblemVectorsDown       = "vectors_down"
	ProblemVectorsRemote     = "vectors_remote"
	ProblemVectorsAddress    = "vectors_address"
	ProblemVectorsMoving     = "vectors_moving"
	ProblemVectorsUnverified = "vectors_unverified"
)

func vectorProblems() []string {
	return []string{ProblemVectorsDown, ProblemVectorsRemote, ProblemVectorsAddress, ProblemVectorsMoving, ProblemVectorsUnverified}
}

// vectorPlace is a store and, on a server, its address.
type vectorPlace struct{ store, address string }

func (p vectorPlace) remote() bool {
	return p.store == storePgvector || p.store == storeQdrant || p.store == storeMilvus
}

// url is the address as far as it can be one.
func (p vectorPlace) url() *url.URL {
	address, err := url.Parse(p.address)
	if err != nil {
		return &url.URL{}
	}
	return address
}

// port is where the kind of server listens by itself.
func (p vectorPlace) port() string {
	if port := p.url().Port(); port != "" {
		return port
	}
	return map[string]string{storePgvector: "5432", storeQdrant: "6333", storeMilvus: "19530"}[p.store]
}

// local tells whether the vectors stay on this computer.
func (p vectorPlace) local() bool {
	if !p.remote() {
		return true
	}
	_, loopback := loopbackAddress(p.url().Hostname())
	return loopback
}

// fits tells whether the address is one of the kind of server.
func (p vectorPlace) fits() bool {
	if !p.remote() {
		return true
	}
	scheme := p.url().Scheme
	if p.store == storePgvector {
		return scheme == "postgres" || scheme == "postgresql"
	}
	return scheme == "http" || scheme == "https"
}

// configured is what the settings ask for.
func (v *vectorCache) configured() vectorPlace {
	place := vectorPlace{store: v.app.policy.Text(policy.VectorStore)}
	if place.remote() {
		place.address = v.app.policy.Text(policy.VectorAddress)
	}
	return place
}

// allowEgress lets the configured server be reached, and the one that vectors
// are being moved to.
func (v *vectorCache) allowEgress(host string, port int) bool {
	if !v.app.policy.Switch(policy.VectorAllowRemote) {
		return false
	}
	v.mu.RLock()
	places := []vectorPlace{v.place}
	if v.move != nil {
		places = append(places, v.move.to)
	}
	v.mu.RUnlock()
	for _, place := range places {
		if place.remote() && place.url().Hostname() == host && place.port() == strconv.Itoa(port) {
			return true
		}
	}
	return false
}

// passwordVariable presets the password for one run.
const passwordVariable = "KONTOR_VECTORS_PASSWORD"

// passwordFile is readable by its owner alone; the database, which is copied by
// backups, does not hold it.
func (v *vectorCache) passwordFile() string {
	return filepath.Join(v.app.config.Paths.Config, "vectors-password")
}

func (v *vectorCache) password() string {
	if v.app.config.Env != nil {
		if preset := v.app.config.Env(passwordVariable); preset != "" {
			return preset
		}
	}
	raw, err := os.ReadFile(v.passwordFile())
	if err != nil {
		return ""
	}
	return strings.TrimRight(string(raw), "\r\n")
}

func (v *vectorCache) setPassword(password string) error {
	if password == "" {
		if err := os.Remove(v.passwordFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
			return diskError(err)
		}
		return nil
	}
	if err := os.WriteFile(v.passwordFile(), []byte(password+"\n"), 0o600); err != nil {
		return diskError(err)
	}
	return nil
}

// connect opens the collection of this installation and embedder on a server.
func (v *vectorCache) connect(ctx context.Context, place vectorPlace, password string) (*remote.Index, error) {
	if !place.fits() || place.url().Hostname() == "" {
		return nil, &Error{Code: ProblemVectorsAddress, Args: map[string]string{"address": place.address}}
	}
	if !place.local() && !v.app.policy.Switch(policy.VectorAllowRemote) {
		return nil, &Error{Code: ProblemVectorsRemote, Args: map[string]string{"host": place.url().Hostname()}}
	}
	installation, err := v.installation(ctx)
	if err != nil {
		return nil, err
	}
	key, dimension := v.space()
	options := remote.Options{
		Address: place.url(), Password: password, DialContext: v.app.egress.Dial("vectors"),
		Collection: remote.Collection(installation, key.Digest[:min(12, len(key.Digest))]+key.Scheme),
	}
	var store remote.Store
	switch place.store {
	case storePgvector:
		store = pgvector.New(options)
	case storeQdrant:
		store = qdrant.New(options)
	default:
		store = milvus.New(options)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	index, err := remote.Open(ctx, store, dimension)
	if err != nil {
		return nil, vectorsDown(place, err)
	}
	return index, nil
}

func vectorsDown(place vectorPlace, err error) error {
	address := net.JoinHostPort(place.url().Hostname(), place.port())
	return &Error{Code: ProblemVectorsDown, Args: map[string]string{"store": storeName(place.store), "address": address}, Cause: err}
}

// storeName is the product's own name, the same in every language.
func storeName(store string) string {
	return map[string]string{storePgvector: "PostgreSQL", storeQdrant: "Qdrant", storeMilvus: "Milvus", storeChromem: "chromem-go", storeSlab: "slab"}[store]
}

// installationSetting is a random name by which several installations share a
// server without meeting.
const installationSetting = "vectors.installation"

func (v *vectorCache) installation(ctx context.Context) (string, error) {
	settings, err := v.app.db.Settings(ctx)
	if err != nil {
		return "", err
	}
	if id := settings[installationSetting]; id != "" {
		return id, nil
	}
	id := strings.ReplaceAll(v.app.newID(), "-", "")
	id = id[max(0, len(id)-16):] // the random half
	return id, v.app.db.SetSetting(ctx, installationSetting, id)
}

// How often a server that failed is looked at again.
const (
	firstRetry = 2 * time.Second
	lastRetry  = time.Minute
)

// keep starts the goroutine that connects to the server, brings it up to date
// and does so again whenever a call failed. Until then questions are answered
// by words alone.
func (v *vectorCache) keep(ctx context.Context) {
	v.mu.Lock()
	started := v.keeping
	v.keeping = true
	v.mu.Unlock()
	if started {
		poke(v.wake)
		return
	}
	v.app.background.Go(func() {
		pause := firstRetry
		for ctx.Err() == nil {
			err := v.lookAfter(ctx)
			v.failed(err)
			var retry <-chan time.Time
			if err == nil {
				pause = firstRetry
			} else if ctx.Err() == nil {
				v.app.log.Warn("vector database", "error", err)
				retry = time.After(pause)
				pause = min(2*pause, lastRetry)
			}
			select {
			case <-ctx.Done():
			case <-v.wake:
			case <-retry:
			}
		}
		v.closeIndex()
	})
}

// lookAfter connects if need be and brings the server up to date.
func (v *vectorCache) lookAfter(ctx context.Context) error {
	v.mu.RLock()
	place, index := v.place, v.index
	v.mu.RUnlock()
	if !place.remote() {
		return nil
	}
	held, open := index.(*remote.Index)
	if !open {
		began := time.Now()
		key, _ := v.space()
		connected, err := v.connect(ctx, place, v.password())
		if err != nil {
			return err
		}
		if err := v.reconcile(ctx, connected, func(int, int) {}); err != nil {
			return errors.Join(vectorsDown(place, err), connected.Close())
		}
		if now, _ := v.space(); now != key {
			poke(v.wake) // another embedder was chosen meanwhile
			return connected.Close()
		}
		v.use(place, connected)
		v.app.log.Info("vectors ready", "store", place.store, "count", connected.Len(), "ms", time.Since(began).Milliseconds())
		return nil
	}
	if err := v.reconcile(ctx, held, func(int, int) {}); err != nil {
		return vectorsDown(place, err)
	}
	return v.probe(ctx, place, held)
}

// probe asks the server for something: an index that lacks nothing was not
// asked for anything yet.
func (v *vectorCache) probe(ctx context.Context, place vectorPlace, index *remote.Index) error {
	_, dimension := v.space()
	question := make([]float32, dimension)
	question[0] = 1
	if _, err := index.Search(ctx, question, 1, nil); err != nil {
		return vectorsDown(place, err)
	}
	return nil
}

// failed remembers why the server cannot be used, nil once it can.
func (v *vectorCache) failed(err error) {
	v.mu.Lock()
	if err == nil || v.place.remote() {
		v.failure = err
	}
	v.mu.Unlock()
	v.app.status.touch()
}

// problem is the standing problem of the server, nil for none.
func (v *vectorCache) problem() *Problem {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return problemOf(v.failure)
}

// drop takes the index out of service, wherever it is.
func (v *vectorCache) drop() {
	v.closeIndex()
	v.mu.Lock()
	v.index = nil
	v.mu.Unlock()
}

func (v *vectorCache) closeIndex() {
	v.mu.Lock()
	index, _ := v.index.(*remote.Index)
	if index != nil {
		v.index = nil
	}
	v.mu.Unlock()
	if index != nil {
		_ = index.Close() // nothing is waiting to be written
	}
}

// watchedIndex notices when a server fails: its keeper then makes up for what
// was missed, and people are told.
type watchedIndex struct {
	localrag.VectorIndex
	cache *vectorCache
}

func (w watchedIndex) noticed(ctx context.Context, err error) error {
	if err != nil && ctx.Err() == nil {
		w.cache.mu.RLock()
		place := w.cache.place
		w.cache.mu.RUnlock()
		w.cache.failed(vectorsDown(place, err))
		poke(w.cache.wake)
	}
	return err
}

// Add implements [localrag.VectorIndex].
func (w watchedIndex) Add(ctx context.Context, ids []int64, vectors [][]float32) error {
	return w.noticed(ctx, w.VectorIndex.Add(ctx, ids, vectors))
}

// Remove implements [localrag.VectorIndex].
func (w watchedIndex) Remove(ctx context.Context, ids []int64) error {
	return w.noticed(ctx, w.VectorIndex.Remove(ctx, ids))
}

// searchPatience is how long a question waits for the server before it is
// answered by words alone.
const searchPatience = 5 * time.Second

// Search implements [localrag.VectorIndex].
func (w watchedIndex) Search(ctx context.Context, vector []float32, limit int, allow func(int64) bool) ([]localrag.Scored, error) {
	limited, cancel := context.WithTimeout(ctx, searchPatience)
	defer cancel()
	found, err := w.VectorIndex.Search(limited, vector, limit, allow)
	return found, w.noticed(ctx, err)
}
