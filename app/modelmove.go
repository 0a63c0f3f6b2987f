package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kontor/llm"
	"kontor/llm/store"
)

// move is the job that brings all models to another folder. They are copied
// and compared while they are in use; then the runtime stops for as long as it
// takes to rename the copies, and starts in the new folder. Only after that is
// the old one emptied. Whatever ends it in between, one folder is whole and
// the record names it.
func (p *modelPlace) move(ctx context.Context, j *job) error {
	target := j.Path
	if p.folder() == target {
		return nil
	}
	if err := p.missing(); err != nil {
		return err
	}
	if err := p.usable(target); err != nil {
		return err
	}
	mark, err := p.prepare(target, j.ID)
	if err != nil {
		return err
	}
	from := p.folder()
	move := store.Move{
		From: store.Store{Folder: from}, To: store.Store{Folder: target}, ID: j.ID,
		Report: func(done, total int64, checking bool) {
			g := p.app.getting
			g.report(j, done, total)
			g.phase(j, checking)
		},
	}
	need, err := move.Need()
	if err != nil {
		return p.moveError(err, target)
	}
	if err := roomFor(target, need); err != nil {
		return err
	}
	if err := move.Copy(ctx); err != nil {
		return p.moveError(err, target)
	}
	p.app.models.waitReady(ctx)
	record := placeRecord{Folder: target, Mark: mark, Left: from}
	if target == p.usual() {
		record = placeRecord{Left: from}
	}
	if from == p.usual() {
		record.Left = leftUsual
	}
	// Nobody is answered and nothing embedded meanwhile.
	err = p.app.queue.Do(ctx, Interactive, "", nil, func(ctx context.Context) error {
		return p.app.models.elsewhere(target, func() error {
			if err := move.Copy(ctx); err != nil { // what came since
				return p.moveError(err, target)
			}
			if err := move.Commit(); err != nil {
				return p.moveError(err, target)
			}
			return p.keep(ctx, record)
		})
	})
	if err != nil {
		return err
	}
	p.clean(ctx)
	return nil
}

// prepare makes the folder and puts the mark into it, unless it has one.
func (p *modelPlace) prepare(target, id string) (string, error) {
	if err := os.MkdirAll(target, 0o700); err != nil {
		return "", p.moveError(err, target)
	}
	if target == p.usual() {
		return "", nil
	}
	if mark := markOf(target); mark != "" {
		return mark, nil
	}
	if err := os.WriteFile(filepath.Join(target, markFile), []byte(id+"\n"), 0o600); err != nil {
		return "", p.moveError(err, target)
	}
	return id, nil
}

// moveError turns what a disk says into our words.
func (p *modelPlace) moveError(err error, target string) error {
	var damaged *store.DamagedError
	switch {
	case errors.As(err, &damaged):
		return &Error{Code: ProblemModelsDamaged, Args: map[string]string{"model": p.modelOf(damaged.Digest)}, Cause: err}
	case errors.Is(err, context.Canceled):
		return &llm.Error{Code: llm.CodeCancelled, Cause: err}
	case isDiskFull(err):
		return &llm.Error{Code: llm.CodeNotWritten, Cause: err}
	}
	return &Error{Code: ProblemModelsNotWritten, Args: map[string]string{"folder": target}, Cause: err}
}

// modelOf names the models that use a file.
func (p *modelPlace) modelOf(digest string) string {
	g := p.app.getting
	models, err := g.store().Models()
	if err != nil {
		p.app.log.Debug("models' folder", "error", err)
	}
	var names []string
	for _, model := range models {
		if slices.ContainsFunc(model.Manifest.All(), func(l store.Layer) bool { return l.Digest == digest }) {
			names = append(names, model.Name.Short(g.host()))
		}
	}
	return strings.Join(names, ", ")
}

// clean empties the folder that models were moved away from.
func (p *modelPlace) clean(ctx context.Context) {
	p.mu.Lock()
	record := p.record
	p.mu.Unlock()
	left := record.Left
	if left == leftUsual {
		left = p.usual()
	}
	if left == "" || left == p.folder() || p.missing() != nil {
		return
	}
	err := store.Store{Folder: left}.Clear()
	if err == nil && left != p.usual() {
		err = os.Remove(filepath.Join(left, markFile))
		if os.IsNotExist(err) {
			err = nil
		}
		_ = os.Remove(left) // if nothing else is in it
	}
	if err != nil {
		p.app.log.Warn("empty the folder models were moved from", "error", err)
		return
	}
	record.Left = ""
	if err := p.keep(ctx, record); err != nil {
		p.app.log.Error("folder of the models", "error", err)
	}
}

// giveUp removes what a cancelled move put into the new folder.
func (p *modelPlace) giveUp(j *job) error {
	target := store.Store{Folder: j.Path}
	if p.folder() == j.Path {
		return nil // it had just ended
	}
	err := store.Move{To: target, ID: j.ID}.Discard()
	if markOf(j.Path) == j.ID { // the folder was made for this move
		err = errors.Join(err, target.Clear(), os.Remove(filepath.Join(j.Path, markFile)))
		_ = os.Remove(j.Path)
	}
	return err
}

// elsewhere stops the bundled runtime for a change, and starts it in the
// folder that holds the models then.
func (m *Models) elsewhere(target string, change func() error) error {
	if m.runtime == nil {
		err := change()
		m.changed()
		return err
	}
	m.runtime.Stop()
	err := change()
	if err == nil {
		m.runtime.UseModels(target)
	}
	if started := m.runtime.Start(m.app.life); started != nil {
		m.app.log.Error("runtime start", "error", started)
	}
	m.changed()
	return err
}

// installAgain puts the starter models into a folder that has none: that to
// which somebody went back while a disk is not there.
func (m *Models) installAgain() {
	m.mu.Lock()
	install := m.reinstall
	m.mu.Unlock()
	if install != nil && !m.app.closing() {
		m.app.background.Go(install)
	}
}

// placeMoved is told that the folder of the models went or came back.
func (m *Models) placeMoved(ctx context.Context, gone bool) {
	if m.runtime != nil {
		m.runtime.Stop()
		m.runtime.UseModels(m.app.place.folder())
		if !gone {
			if err := m.runtime.Start(m.app.life); err != nil {
				m.app.log.Error("runtime start", "error", err)
			}
		}
	}
	m.changed()
	if !gone {
		m.app.getting.useShared()
		m.embedderMoved(ctx)
		m.installAgain()
	}
	m.app.status.touch()
}
