package app

import (
	"context"
	"errors"
	"slices"

	"kontor/app/policy"
	"kontor/localrag"
	"kontor/localrag/remote"
)

// Vectors is the service for where vectors are searched.
type Vectors struct{ app *App }

func (s *Vectors) register(t *Surface) {
	handle(t, "vectors.status", s.Status)
	handle(t, "vectors.move", s.Move)
	handle(t, "vectors.cancelMove", s.CancelMove)
}

// vectorMove is a move that runs or the last one that ran.
type vectorMove struct {
	to     vectorPlace
	view   VectorMove
	cancel context.CancelFunc
	done   chan struct{}
}

// Status says where vectors are and how a move is going.
func (s *Vectors) Status(ctx context.Context, _ Principal, _ Empty) (VectorStatus, error) {
	v := s.app.vectors
	key, _ := v.space()
	if key.Digest == "" { // they are not in memory yet
		key = s.app.models.embedderKey()
	}
	stored, _, err := s.app.db.CountVectors(ctx, key)
	if err != nil {
		return VectorStatus{}, err
	}
	setting := s.app.policy.Get(policy.VectorStore)
	v.mu.RLock()
	defer v.mu.RUnlock()
	status := VectorStatus{
		Store: v.place.store, Address: v.place.address, Local: v.place.local(), Stored: stored,
		Password: v.password() != "", Locked: setting.Locked, Problem: problemOf(v.failure),
	}
	if status.Store == "" { // no embedder yet
		status.Store, status.Local = setting.Value, true
	}
	if v.index != nil {
		status.Indexed = v.index.Len()
	}
	if v.move != nil {
		view := v.move.view
		status.Move = &view
	}
	return status, nil
}

// Move begins to move the vectors to another store; Status tells how far it is.
// A move that was cut short goes on where it stopped when it is begun again.
func (s *Vectors) Move(ctx context.Context, p Principal, r VectorMoveRequest) (VectorStatus, error) {
	v, to := s.app.vectors, vectorPlace{store: r.Store}
	if to.remote() {
		to.address = r.Address
	}
	if err := s.permit(ctx, to, r); err != nil {
		return VectorStatus{}, err
	}
	password := v.password()
	if r.Password != nil {
		password = *r.Password
	}
	life, cancel := context.WithCancel(s.app.life)
	move := &vectorMove{to: to, cancel: cancel, done: make(chan struct{}), view: VectorMove{To: to.store, Address: to.address, Step: "connect"}}
	v.mu.Lock()
	running := v.move != nil && !v.move.ended()
	if !running {
		v.move = move
	}
	v.mu.Unlock()
	if running {
		cancel()
		return VectorStatus{}, &Error{Code: ProblemVectorsMoving}
	}
	s.app.background.Go(func() {
		defer close(move.done)
		defer cancel()
		err := v.moveTo(life, move, password, r)
		v.step(move, func(view *VectorMove) {
			if view.Step, view.Problem = "done", problemOf(err); err != nil {
				view.Step = "failed"
			}
		})
		if err != nil {
			s.app.log.Warn("move vectors", "to", to.store, "error", err)
		}
		s.app.status.touch()
	})
	return s.Status(ctx, p, Empty{})
}

// permit checks the target before anything is touched.
func (s *Vectors) permit(ctx context.Context, to vectorPlace, r VectorMoveRequest) error {
	locked := func(key policy.Key) error {
		if s.app.policy.Get(key).Locked {
			return &Error{Code: ProblemSettingLocked, Args: map[string]string{"key": string(key)}}
		}
		return nil
	}
	store := s.app.policy.Get(policy.VectorStore)
	if !store.Valid(to.store) {
		return &Error{Code: ProblemSettingInvalid, Args: map[string]string{"key": string(policy.VectorStore)}}
	}
	if err := locked(policy.VectorStore); err != nil {
		return err
	}
	if !to.remote() {
		return nil
	}
	address := s.app.policy.Get(policy.VectorAddress)
	if to.address == "" || !address.Valid(to.address) || !to.fits() {
		return &Error{Code: ProblemVectorsAddress, Args: map[string]string{"address": to.address}}
	}
	if address.Value != to.address {
		if err := locked(policy.VectorAddress); err != nil {
			return err
		}
	}
	if to.local() || s.app.policy.Switch(policy.VectorAllowRemote) {
		return nil
	}
	if !r.AllowRemote {
		return &Error{Code: ProblemVectorsRemote, Args: map[string]string{"host": to.url().Hostname()}}
	}
	if err := locked(policy.VectorAllowRemote); err != nil {
		return err
	}
	return s.app.policy.Set(ctx, policy.VectorAllowRemote, "true")
}

// CancelMove stops a move; the vectors stay where they were.
func (s *Vectors) CancelMove(ctx context.Context, p Principal, _ Empty) (VectorStatus, error) {
	v := s.app.vectors
	v.mu.RLock()
	move := v.move
	v.mu.RUnlock()
	if move != nil {
		move.cancel()
		select {
		case <-move.done:
		case <-ctx.Done():
		}
	}
	return s.Status(ctx, p, Empty{})
}

func (m *vectorMove) ended() bool { return m.view.Step == "done" || m.view.Step == "failed" }

func (v *vectorCache) step(m *vectorMove, change func(*VectorMove)) {
	v.mu.Lock()
	change(&m.view)
	v.mu.Unlock()
}

// moveTo fills the new store, verifies it, puts it into service and only then
// gives up the old one.
func (v *vectorCache) moveTo(ctx context.Context, m *vectorMove, password string, r VectorMoveRequest) error {
	target, err := v.fill(ctx, m, password)
	if err != nil {
		return err
	}
	keep := false
	defer func() {
		if index, ok := target.(*remote.Index); ok && !keep {
			_ = index.Close() // what is there stays for the next attempt
		}
	}()
	v.step(m, func(view *VectorMove) { view.Step = "verify" })
	if err := v.verify(ctx, m, target); err != nil {
		return err
	}
	v.step(m, func(view *VectorMove) { view.Step = "switch" })
	if r.Password != nil && m.to.remote() {
		if err := v.setPassword(password); err != nil {
			return err
		}
	}
	if m.to.remote() {
		if err := v.app.policy.Set(ctx, policy.VectorAddress, m.to.address); err != nil {
			return err
		}
	}
	if err := v.app.policy.Set(ctx, policy.VectorStore, m.to.store); err != nil {
		return err
	}
	v.mu.RLock()
	same := v.place == m.to
	v.mu.RUnlock()
	keep = true
	old := v.use(m.to, target)
	v.giveUp(ctx, old, r.KeepOld || same)
	if m.to.remote() {
		v.keep(v.app.life) // what was indexed while it was copied
	} else if err := v.catchUp(ctx, target); err != nil {
		return err
	}
	return nil
}

// fill makes the new store and copies every vector.
func (v *vectorCache) fill(ctx context.Context, m *vectorMove, password string) (localrag.VectorIndex, error) {
	key, _ := v.space()
	if key.Digest == "" {
		return nil, &Error{Code: ProblemNoEmbedder}
	}
	progress := func(done, total int) {
		v.step(m, func(view *VectorMove) { view.Step, view.Done, view.Total = "copy", done, total })
	}
	if !m.to.remote() {
		total, _, err := v.app.db.CountVectors(ctx, key)
		if err != nil {
			return nil, err
		}
		return v.inMemory(ctx, m.to.store, func(done int) { progress(done, total) })
	}
	index, err := v.connect(ctx, m.to, password)
	if err != nil {
		return nil, err
	}
	if err := v.reconcile(ctx, index, progress); err != nil {
		return nil, errors.Join(vectorsDown(m.to, err), index.Close())
	}
	return index, nil
}

const (
	// verifySamples vectors are looked up in both stores.
	verifySamples = 25
	verifyNearest = 10
	// verifyOverlap is how much of the ten nearest must be the same; an
	// approximate index misses one now and then.
	verifyOverlap = .95
)

// verify compares the new store with an exact search over what is stored: it
// must hold as many vectors and find the same neighbours.
func (v *vectorCache) verify(ctx context.Context, m *vectorMove, target localrag.VectorIndex) error {
	key, _ := v.space()
	stored, err := v.app.db.VectorIDs(ctx, key)
	if err != nil {
		return err
	}
	wrong := func(cause error) error {
		return &Error{Code: ProblemVectorsUnverified, Args: map[string]string{"store": storeName(m.to.store)}, Cause: cause}
	}
	// Indexing goes on meanwhile, so a few more or less are fine.
	if difference := target.Len() - len(stored); difference > 64 || difference < -64 {
		return wrong(errors.New("the numbers of vectors differ"))
	}
	if len(stored) == 0 {
		v.step(m, func(view *VectorMove) { view.Overlap = 1 })
		return nil
	}
	exact, err := v.inMemory(ctx, storeSlab, nil)
	if err != nil {
		return err
	}
	var sample []int64
	for i := range min(verifySamples, len(stored)) {
		sample = append(sample, stored[i*len(stored)/min(verifySamples, len(stored))])
	}
	_, vectors, err := v.app.db.VectorsOf(ctx, key, sample)
	if err != nil {
		return err
	}
	same, all := 0, 0
	for _, vector := range vectors {
		want, err := exact.Search(ctx, vector, verifyNearest, nil)
		if err != nil {
			return err
		}
		got, err := target.Search(ctx, vector, verifyNearest, nil)
		if err != nil {
			return vectorsDown(m.to, err)
		}
		all += len(want)
		same += agree(want, got)
	}
	overlap := float64(same) / float64(max(all, 1))
	v.step(m, func(view *VectorMove) { view.Overlap = overlap })
	if overlap < verifyOverlap {
		return wrong(errors.New("the stores find different neighbours"))
	}
	return nil
}

// agree counts results that both have; equally near ones are the same, because
// copies of a passage have one vector.
func agree(want, got []localrag.Scored) int {
	n := 0
	for i, w := range want {
		has := func(g localrag.Scored) bool { return g.ID == w.ID }
		if slices.ContainsFunc(got, has) || i < len(got) && got[i].Score > w.Score-1e-4 {
			n++
		}
	}
	return n
}

// giveUp ends the store that was used before.
func (v *vectorCache) giveUp(ctx context.Context, old localrag.VectorIndex, keep bool) {
	index, ok := old.(*remote.Index)
	if !ok {
		return
	}
	err := error(nil)
	if keep {
		err = index.Close()
	} else {
		err = index.Drop(ctx)
	}
	if err != nil {
		v.app.log.Warn("give up the old vector store", "error", err)
	}
}

// catchUp gives an index in memory what was indexed while it was filled.
func (v *vectorCache) catchUp(ctx context.Context, index localrag.VectorIndex) error {
	key, dimension := v.space()
	stored, err := v.app.db.VectorIDs(ctx, key)
	if err != nil || index.Len() == len(stored) {
		return err
	}
	for part := range slices.Chunk(stored, 4096) {
		ids, vectors, err := v.app.db.VectorsOf(ctx, key, part)
		if err != nil {
			return err
		}
		for i := range ids {
			if len(vectors[i]) != dimension {
				continue
			}
			if err := index.Add(ctx, ids[i:i+1], vectors[i:i+1]); err != nil {
				return err
			}
		}
	}
	return nil
}
