package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kontor/localrag"
	"kontor/storage"
)

// lookEvery is how often the watch looks whether something changed, and how
// long everything must have been quiet before it runs.
const lookEvery = 15 * time.Second

// watch runs the golden questions of a collection again after its documents,
// the embedder or the questions changed, when nothing else is going on.
func (s *QualityService) watch(ctx context.Context) {
	seen := map[string]string{}
	for ctx.Err() == nil {
		sleep(ctx, lookEvery)
		s.look(ctx, seen)
	}
}

// look runs what changed and stayed the same since the last look.
func (s *QualityService) look(ctx context.Context, seen map[string]string) {
	p := s.app.owner
	if !s.idle() {
		return
	}
	states, err := s.states(ctx, p)
	if err != nil {
		if ctx.Err() == nil {
			s.app.log.Warn("look at golden questions", "error", err)
		}
		return
	}
	for _, state := range states {
		quiet := seen[state.CollectionID] == state.text()
		seen[state.CollectionID] = state.text()
		if !quiet || state.Unready > 0 && s.app.models.canEmbed() {
			continue
		}
		last, err := s.app.db.LastGoldenRun(ctx, p.OwnerID, state.CollectionID)
		if err != nil || last.State == state.text() || !s.enter(state.CollectionID, 0) {
			continue
		}
		err = s.check(ctx, p, state.CollectionID, state.reason(last.State))
		s.leave(state.CollectionID)
		if err != nil && ctx.Err() == nil {
			s.app.log.Warn("golden questions", "collection", state.CollectionID, "error", err)
		}
	}
}

// idle tells whether nobody waits and nothing is being indexed.
func (s *QualityService) idle() bool {
	_, total, _ := s.app.indexer.indexing()
	s.app.answers.mu.Lock()
	defer s.app.answers.mu.Unlock()
	return total == 0 && len(s.app.answers.byID) == 0
}

// qualityState is everything a result depends on, in parts that say what moved.
type qualityState struct {
	storage.GoldenState
	model string
}

func (q qualityState) text() string {
	return strings.Join([]string{q.Questions, q.model, q.Documents}, "|")
}

// reason says what moved since a run with that state.
func (q qualityState) reason(before string) string {
	parts := strings.SplitN(before, "|", 3)
	switch {
	case len(parts) < 3 || parts[0] != q.Questions:
		return "questions"
	case parts[1] != q.model:
		return "model"
	}
	return "documents"
}

func (s *QualityService) states(ctx context.Context, p Principal) ([]qualityState, error) {
	key := s.app.models.embedderKey()
	stored, err := s.app.db.GoldenStates(ctx, p.OwnerID, key)
	if err != nil {
		return nil, err
	}
	states := make([]qualityState, len(stored))
	for i, state := range stored {
		states[i] = qualityState{state, fmt.Sprintf("%.16s %s %d", key.Digest, key.Scheme, localrag.AnalyserVersion)}
	}
	return states, nil
}

// state is the text of one collection's state.
func (s *QualityService) state(ctx context.Context, p Principal, collection string) (string, error) {
	states, err := s.states(ctx, p)
	if err != nil {
		return "", err
	}
	for _, state := range states {
		if state.CollectionID == collection {
			return state.text(), nil
		}
	}
	return "", nil
}
