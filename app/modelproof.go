package app

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/registry"
	"kontor/llm/store"
)

// modelProofs remembers where models came from and when their files were
// compared with their digests.
type modelProofs struct {
	getting *Getting
	mu      sync.Mutex // the records are read and written as a whole
}

// proofRecord is what is kept of a model. It counts for the weights Digest
// only: a model of the same name may come anew.
type proofRecord struct {
	Digest  string `json:"digest"`
	Origin  string `json:"origin,omitempty"`
	From    string `json:"from,omitempty"`
	Came    int64  `json:"came,omitempty"`
	Checked int64  `json:"checked,omitempty"`
	Changed bool   `json:"changed,omitempty"`
}

// proofsSetting is where the records are kept, by the names of models.
const proofsSetting = "models.proofs"

// shownText is the most of a template or licence that a page is sent, in bytes.
const shownText = 64 << 10

// Origins of models beside the kinds of jobs.
const (
	originStarter = "starter"
	originPlace   = "place"
	originUnknown = "unknown"
)

// What is known of a model's files.
const (
	verifiedArrival = "arrival"
	verifiedNow     = "checked"
	verifiedNot     = "changed"
)

func (p *modelProofs) register(s *Surface) {
	handle(s, "models.proof", p.Proof)
	handle(s, "models.verify", p.Verify)
}

// Proof says what is known of an installed model.
func (p *modelProofs) Proof(ctx context.Context, _ Principal, r ModelByName) (ModelProof, error) {
	model, found, err := p.find(r.Name)
	if err != nil || !found {
		return ModelProof{Name: r.Name, Origin: originUnknown}, err
	}
	return p.describe(ctx, r.Name, model)
}

// Verify reads every file of a model and compares it with the digest it is
// named by.
func (p *modelProofs) Verify(ctx context.Context, _ Principal, r ModelByName) (ModelProof, error) {
	model, found, err := p.find(r.Name)
	if err != nil {
		return ModelProof{}, err
	}
	if !found {
		return ModelProof{}, &Error{Code: string(llm.CodeModelMissing), Args: map[string]string{"model": r.Name}}
	}
	changed := false
	for _, layer := range model.Manifest.All() {
		digest, err := registry.FileDigest(ctx, p.getting.store().BlobPath(layer.Digest))
		if err != nil {
			return ModelProof{}, diskError(err)
		}
		changed = changed || digest != layer.Digest
	}
	if changed {
		p.getting.app.log.Warn("a model's files are not what they were")
	}
	if err := p.change(ctx, r.Name, weightsOf(model), func(record *proofRecord) {
		record.Checked, record.Changed = p.getting.app.now().UnixMilli(), changed
	}); err != nil {
		return ModelProof{}, err
	}
	return p.describe(ctx, r.Name, model)
}

// arrived remembers where a job's model came from.
func (p *modelProofs) arrived(ctx context.Context, kind, name, path string) {
	from := map[string]string{fromRegistry: p.getting.app.policy.Text(policy.Registry), fromFile: filepath.Base(path)}[kind]
	if from == "" {
		return // packs keep a record of their own
	}
	model, found, err := p.find(name)
	if err == nil && found {
		err = p.change(ctx, name, weightsOf(model), func(record *proofRecord) {
			*record = proofRecord{Digest: record.Digest, Origin: kind, From: from, Came: p.getting.app.now().UnixMilli()}
		})
	}
	if err != nil {
		p.getting.app.log.Warn("remember where a model came from", "error", err)
	}
}

// find looks a model up in the models' folder.
func (p *modelProofs) find(name string) (store.Model, bool, error) {
	if p.getting.app.place.missing() != nil {
		return store.Model{}, false, nil
	}
	wanted, ok := p.getting.name(name)
	if !ok {
		return store.Model{}, false, nil
	}
	models, err := p.getting.store().Models()
	if err != nil {
		return store.Model{}, false, diskError(err)
	}
	for _, model := range models {
		if model.Name == wanted {
			return model, true, nil
		}
	}
	return store.Model{}, false, nil
}

// weightsOf is the digest of a model's largest file.
func weightsOf(model store.Model) string {
	var weights store.Layer
	for _, layer := range model.Manifest.All() {
		if layer.Size >= weights.Size {
			weights = layer
		}
	}
	return weights.Digest
}

func (p *modelProofs) describe(ctx context.Context, name string, model store.Model) (ModelProof, error) {
	p.mu.Lock()
	records, err := p.records(ctx)
	p.mu.Unlock()
	if err != nil {
		return ModelProof{}, err
	}
	digest := weightsOf(model)
	proof := ModelProof{
		Name: name, Digest: strings.TrimPrefix(digest, "sha256:"), Origin: originUnknown,
		Template: p.text(model, store.MediaTemplate), LicenceText: p.text(model, store.MediaLicence),
	}
	record := records[name]
	if record.Digest != digest {
		record = proofRecord{}
	}
	stored, err := p.getting.Stored(ctx, Principal{}, Empty{})
	if err != nil {
		return ModelProof{}, err
	}
	short := model.Name.Short(p.getting.host())
	pack := packOf(stored, short)
	switch {
	case model.Linked:
		proof.Origin, proof.From = originPlace, model.Target
	case p.getting.needed(short):
		proof.Origin, proof.Verified = originStarter, verifiedArrival
	case record.Origin != "":
		proof.Origin, proof.From, proof.Verified, proof.CheckedAt = record.Origin, record.From, verifiedArrival, record.Came
	case pack.Name != "":
		proof.Origin, proof.From, proof.Key, proof.Verified = fromPack, pack.Title, pack.Key, verifiedArrival
		if proof.From == "" {
			proof.From = pack.Name
		}
	}
	if record.Checked > 0 {
		proof.Verified, proof.CheckedAt = verifiedNow, record.Checked
	}
	if record.Changed {
		proof.Verified = verifiedNot
	}
	return proof, nil
}

func packOf(stored StoredModels, model string) InstalledPack {
	for _, pack := range stored.Packs {
		for _, name := range pack.Models {
			if name == model {
				return pack
			}
		}
	}
	return InstalledPack{}
}

// text reads a short part of a model.
func (p *modelProofs) text(model store.Model, kind string) string {
	layer, ok := model.Manifest.Layer(kind)
	if !ok || layer.Size > shownText {
		return ""
	}
	raw, err := os.ReadFile(p.getting.store().BlobPath(layer.Digest))
	if err != nil {
		return ""
	}
	return strings.ToValidUTF8(string(raw), "�")
}

// records reads what is kept; p.mu is held.
func (p *modelProofs) records(ctx context.Context) (map[string]proofRecord, error) {
	records := map[string]proofRecord{}
	settings, err := p.getting.app.db.Settings(ctx)
	if err != nil {
		return nil, err
	}
	if raw := settings[proofsSetting]; raw != "" {
		if err := json.Unmarshal([]byte(raw), &records); err != nil {
			p.getting.app.log.Warn("records of models", "error", err)
			records = map[string]proofRecord{}
		}
	}
	return records, nil
}

// change changes the record of a model.
func (p *modelProofs) change(ctx context.Context, name, digest string, edit func(*proofRecord)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	records, err := p.records(ctx)
	if err != nil {
		return err
	}
	record := records[name]
	if record.Digest != digest {
		record = proofRecord{Digest: digest}
	}
	edit(&record)
	records[name] = record
	return p.getting.app.db.SetSetting(ctx, proofsSetting, string(mustJSON(records)))
}
