package app

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/llm/gguf"
	"kontor/llm/ollama"
	"kontor/llm/pack"
	"kontor/llm/registry"
	"kontor/llm/store"
)

func (g *Getting) store() store.Store { return store.Store{Folder: g.app.place.folder()} }

// ownNamespace is where the models of the starter pack stand: it shows under
// which host the runtime keeps models whose names have none.
const ownNamespace = "kontor"

func (g *Getting) host() string { return g.store().Host(ownNamespace, "models.local") }

func (g *Getting) name(text string) (store.Name, bool) { return store.ParseName(text, g.host()) }

// changed makes the next list of models a new one.
func (m *Models) changed() {
	m.mu.Lock()
	m.listed = nil
	m.mu.Unlock()
	m.app.status.touch()
}

// pull downloads a model of the registry into the models' folder.
func (g *Getting) pull(ctx context.Context, j *job) error {
	client, err := g.client(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	name, ok := g.name(j.Name)
	if !ok {
		return &Error{Code: ProblemModelName, Args: map[string]string{"name": j.Name}}
	}
	// What was begun is finished: a tag may mean another model by then.
	kept := filepath.Join(g.work(j), "manifest")
	raw, err := os.ReadFile(kept)
	if err != nil {
		if raw, err = client.Manifest(ctx, name); err != nil {
			return err
		}
		if err := os.WriteFile(kept, raw, 0o600); err != nil {
			return diskError(err)
		}
	}
	manifest, err := store.ParseManifest(raw)
	if err != nil {
		return errors.Join(&llm.Error{Code: llm.CodeRegistryAnswer, Cause: err}, os.Remove(kept))
	}
	blobs := filepath.Join(g.incoming(j), "blobs")
	err = client.Pull(ctx, name, manifest, blobs, g.store().Has, func(p registry.Progress) {
		g.report(j, p.Done, p.Total)
		g.phase(j, p.Verifying)
	})
	if err != nil {
		return err
	}
	if weights, ok := manifest.Layer(store.MediaModel); ok {
		path := filepath.Join(blobs, filepath.Base(g.store().BlobPath(weights.Digest)))
		if !g.store().Has(weights) {
			if err := pack.CheckModel(path); err != nil {
				return err
			}
		}
	}
	if err := g.store().Commit(name, raw, blobs); err != nil {
		return &llm.Error{Code: llm.CodeNotWritten, Cause: err}
	}
	return nil
}

// runtime is the one that takes model files.
func (g *Getting) runtime() (*ollama.Client, error) {
	client, ok := g.app.models.embed.(*ollama.Client)
	if !ok {
		return nil, &llm.Error{Code: llm.CodeRuntimeMissing, Cause: errNoRuntime}
	}
	return client, nil
}

func (g *Getting) importFile(ctx context.Context, j *job) error {
	if err := pack.CheckModel(j.Path); err != nil {
		return err
	}
	runtime, err := g.runtime()
	if err != nil {
		return err
	}
	digest, err := registry.FileDigest(ctx, j.Path)
	if err != nil {
		return err
	}
	info, err := os.Stat(j.Path)
	if err != nil {
		return diskError(err)
	}
	if err := g.room(info.Size()); err != nil {
		return err
	}
	return runtime.ImportGGUF(ctx, ollama.Import{
		Name: j.Name, Path: j.Path, SHA256: digest, Progress: func(done, total int64) { g.report(j, done/2, total/2) },
	})
}

// attach uses the models of another folder in place.
func (g *Getting) attach(folder string) error {
	other, own := store.Store{Folder: folder}, g.store()
	models, err := other.Models()
	if err != nil {
		return diskError(err)
	}
	have, err := own.Models()
	if err != nil {
		return diskError(err)
	}
	for _, model := range models {
		if model.Missing || slices.ContainsFunc(have, func(m store.Model) bool { return m.Name == model.Name && !m.Missing }) {
			continue
		}
		if err := own.Attach(other, model.Name); err != nil {
			return &llm.Error{Code: llm.CodeNotWritten, Cause: err}
		}
	}
	return nil
}

// useShared shows the models of the machine-wide folder, and takes out those
// whose folder has gone.
func (g *Getting) useShared() {
	if g.app.place.missing() != nil {
		return
	}
	if gone, err := g.store().Sweep(); err != nil || len(gone) > 0 {
		g.app.log.Info("models used in place have gone", "count", len(gone), "error", err)
	}
	if folder := g.app.policy.Text(policy.SharedModels); folder != "" {
		if err := g.attach(folder); err != nil {
			g.app.log.Warn("models of the shared folder", "error", err)
		}
	}
	g.app.models.changed()
}

// modelFiles are the GGUF files of a path, which may be one.
func modelFiles(path string) []string {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return []string{path}
	}
	found, _ := filepath.Glob(filepath.Join(path, "*.gguf"))
	return found
}

// fileModel is the name a model file gets.
func fileModel(path string) string {
	stem := strings.ToLower(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
	name := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, stem), ".-_")
	return name[:min(len(name), 80)]
}

// Look says what a file or folder is, and checks its header or signature.
func (g *Getting) Look(_ context.Context, _ Principal, r TakeRequest) (ModelFileFacts, error) {
	none := &Error{Code: ProblemNoModelFile, Args: map[string]string{"name": filepath.Base(r.Path)}}
	info, err := os.Stat(r.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return ModelFileFacts{}, &Error{Code: ProblemPathMissing, Args: map[string]string{"path": r.Path}}
	}
	if err != nil {
		return ModelFileFacts{}, none
	}
	exists := func(name string) bool {
		_, err := os.Stat(filepath.Join(r.Path, name))
		return err == nil
	}
	switch files := modelFiles(r.Path); {
	case info.IsDir() && exists("manifests") && exists("blobs"):
		return g.lookAtStore(r.Path)
	case info.IsDir() && exists("manifest.json"), !info.IsDir() && strings.EqualFold(filepath.Ext(r.Path), pack.Extension):
		return g.lookAtPack(r.Path)
	case len(files) > 0 && strings.EqualFold(filepath.Ext(files[0]), ".gguf"):
		facts, err := lookAtFile(files)
		facts.NeedBytes, facts.FreeBytes = facts.Bytes, g.free()
		return facts, err
	}
	return ModelFileFacts{}, none
}

func (g *Getting) lookAtStore(path string) (ModelFileFacts, error) {
	facts := ModelFileFacts{Kind: fromStore, Name: path, Parts: []ModelFilePart{}}
	models, err := store.Store{Folder: path}.Models()
	if err != nil {
		return facts, diskError(err)
	}
	for _, model := range models {
		if !model.Missing {
			facts.Parts = append(facts.Parts, ModelFilePart{Name: model.Name.Short(g.host()), Bytes: model.Manifest.Bytes()})
			facts.Bytes += model.Manifest.Bytes()
		}
	}
	return facts, nil
}

func (g *Getting) lookAtPack(path string) (ModelFileFacts, error) {
	p, err := pack.Open(path)
	if err != nil {
		return ModelFileFacts{}, err
	}
	defer func() { _ = p.Close() }()
	m := p.Manifest
	facts := ModelFileFacts{
		Kind: fromPack, Name: m.Name, Title: m.Title, Bytes: m.Bytes(), Version: m.Version, Key: string(p.Key), Parts: []ModelFilePart{},
		Trust: problemOf(p.Trust(g.trusted())), NeedBytes: m.Bytes(), FreeBytes: g.free(),
	}
	if facts.Trust != nil && facts.Trust.Code == string(llm.CodePackUnsigned) && !g.app.policy.Switch(policy.PacksUnsigned) {
		facts.Trust = &Problem{Code: ProblemUnsignedNever}
	}
	for _, model := range m.Models {
		facts.Parts = append(facts.Parts, ModelFilePart{Name: model.Name, Role: model.Role, Bytes: model.Bytes, Licence: model.Licence, Origin: model.Origin})
	}
	for _, file := range m.Files {
		if file.Kind == pack.KindOCR {
			facts.Parts = append(facts.Parts, ModelFilePart{Name: file.File, Role: pack.KindOCR, Bytes: file.Bytes})
		}
	}
	installed, err := g.installed(m.Name)
	if err != nil {
		return facts, err
	}
	return facts, m.Allows(Version, "", installed.Version)
}

// Keys of a model file's header.
const (
	headerLicence  = "general.license"
	headerTemplate = "tokenizer.chat_template"
)

func lookAtFile(files []string) (ModelFileFacts, error) {
	facts := ModelFileFacts{Kind: fromFile, Name: fileModel(files[0]), Parts: []ModelFilePart{}}
	for i, path := range files {
		if err := pack.CheckModel(path); err != nil {
			return facts, err
		}
		header, err := gguf.Open(path, nil)
		if err != nil {
			return facts, &llm.Error{Code: llm.CodeHeaderBroken, Cause: err}
		}
		facts.Bytes += header.Size
		facts.Parts = append(facts.Parts, ModelFilePart{Name: fileModel(path), Bytes: header.Size, Licence: header.Text(headerLicence)})
		if i == 0 {
			facts.Architecture, facts.Context = header.Architecture(), header.ContextLength()
			facts.Licence, facts.Template = header.Text(headerLicence), header.Text(headerTemplate)
		}
	}
	return facts, nil
}

// packRecord is what is kept of an installed pack.
func (g *Getting) packRecord(name string) string {
	return filepath.Join(g.app.config.Paths.Data, "packs", name+".json")
}

func (g *Getting) installed(name string) (InstalledPack, error) {
	var p InstalledPack
	raw, err := os.ReadFile(g.packRecord(name))
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	if err != nil {
		return p, &Error{Code: ProblemInternal, Cause: err}
	}
	return p, nil
}

// ocrFolder is where trained data of packs lies.
func (g *Getting) ocrFolder() string { return filepath.Join(g.app.config.Paths.Data, "ocr") }

// installPack unpacks beside, then puts the models and the other files in
// place, and last the record: what was cut goes on at the next run.
func (g *Getting) installPack(ctx context.Context, j *job) error {
	p, err := pack.Open(j.Path)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	if err := p.Trust(g.trusted()); err != nil && (llm.CodeOf(err) != llm.CodePackUnsigned || !j.Unsigned || !g.app.policy.Switch(policy.PacksUnsigned)) {
		return err
	}
	before, err := g.installed(p.Manifest.Name)
	if err != nil {
		return err
	}
	runtime, err := g.runtime()
	if err != nil {
		return err
	}
	if err := p.Manifest.Allows(Version, runtime.Status(ctx).Version, before.Version); err != nil {
		return err
	}
	total := p.Manifest.Bytes()
	files := filepath.Join(g.incoming(j), "files")
	if err := g.room(total - folderBytes(files)); err != nil { // what was unpacked before it was cut is there
		return err
	}
	if err := g.roomForData(p.Manifest); err != nil {
		return err
	}
	if err := p.Unpack(ctx, files, func(done, _ int64) { g.report(j, done, total) }); err != nil {
		return err
	}
	record := InstalledPack{Name: p.Manifest.Name, Title: p.Manifest.Title, Version: p.Manifest.Version, Bytes: total, Key: string(p.Key), Models: []string{}}
	for _, model := range p.Manifest.Models {
		path := filepath.Join(files, model.File)
		licence, err := os.ReadFile(filepath.Join(files, model.LicenceFile))
		if err != nil {
			return diskError(err)
		}
		err = g.importUnpacked(ctx, runtime, ollama.Import{Name: model.Name, Path: path, SHA256: model.SHA256, Template: model.Template, License: string(licence)})
		if err != nil {
			return err
		}
		record.Models = append(record.Models, model.Name)
	}
	for _, file := range p.Manifest.Files {
		if file.Kind != pack.KindOCR {
			continue
		}
		if err := os.MkdirAll(g.ocrFolder(), 0o700); err != nil {
			return diskError(err)
		}
		if err := moveFile(filepath.Join(files, file.File), filepath.Join(g.ocrFolder(), file.File)); err != nil {
			return diskError(err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(g.packRecord("x")), 0o700); err != nil {
		return diskError(err)
	}
	path := g.packRecord(record.Name)
	if err := os.WriteFile(path+".new", mustJSON(record), 0o600); err != nil {
		return diskError(err)
	}
	return os.Rename(path+".new", path)
}

// roomForData reports whether what a pack has beside models fits on the disk
// of the data, where that is another one.
func (g *Getting) roomForData(m pack.Manifest) error {
	data := g.app.config.Paths.Data
	if sameDisk(data, g.store().Folder) {
		return nil
	}
	var need int64
	for _, file := range m.Files {
		if file.Kind == pack.KindOCR {
			need += file.Bytes
		}
	}
	return roomFor(data, need)
}

// importUnpacked installs a file that may be moved. In its own folder the
// runtime finds it and copies nothing.
func (g *Getting) importUnpacked(ctx context.Context, runtime *ollama.Client, in ollama.Import) error {
	if g.app.models.runtime == nil {
		return runtime.ImportGGUF(ctx, in)
	}
	digest := "sha256:" + in.SHA256
	if err := g.store().Place(digest, in.Path); err != nil {
		return &llm.Error{Code: llm.CodeNotWritten, Cause: err}
	}
	in.Path = g.store().BlobPath(digest)
	if err := runtime.ImportGGUF(ctx, in); err != nil {
		return errors.Join(err, g.store().Drop(digest))
	}
	return nil
}

// Stored lists what lies in the models' folder.
func (g *Getting) Stored(context.Context, Principal, Empty) (StoredModels, error) {
	list := StoredModels{Models: []StoredModel{}, Packs: []InstalledPack{}}
	records, _ := filepath.Glob(g.packRecord("*"))
	of := map[string]string{}
	for _, path := range records {
		p, err := g.installed(strings.TrimSuffix(filepath.Base(path), ".json"))
		if err != nil {
			return list, err
		}
		for _, model := range p.Models {
			of[model] = p.Name
		}
		list.Packs = append(list.Packs, p)
	}
	models, err := g.store().Models()
	if err != nil {
		return list, diskError(err)
	}
	for _, model := range models {
		frees, err := g.store().Frees(model.Name)
		if err != nil {
			return list, diskError(err)
		}
		short := model.Name.Short(g.host())
		view := StoredModel{Name: short, Bytes: model.Manifest.Bytes(), Frees: frees, Folder: model.Target, Needed: g.needed(short), Shared: g.isShared(model), Pack: of[short]}
		list.Models = append(list.Models, view)
	}
	return list, nil
}

// needed models come with the program and would be installed again.
func (g *Getting) needed(name string) bool {
	return slices.ContainsFunc(g.app.models.pack.Models, func(m starterModel) bool { return m.Name == name })
}

// isShared recognises a model of the machine-wide folder.
func (g *Getting) isShared(model store.Model) bool {
	folder := g.app.policy.Text(policy.SharedModels)
	return folder != "" && model.Linked && filepath.Clean(model.Target) == filepath.Clean(folder)
}

// Delete removes a model and says what became free.
func (g *Getting) Delete(_ context.Context, _ Principal, r ModelByName) (Freed, error) {
	if err := g.app.place.missing(); err != nil {
		return Freed{}, err
	}
	if g.moving() != "" {
		return Freed{}, &Error{Code: ProblemModelsMoving}
	}
	name, ok := g.name(r.Name)
	if !ok {
		return Freed{}, &Error{Code: ProblemModelName, Args: map[string]string{"name": r.Name}}
	}
	if g.needed(name.Short(g.host())) {
		return Freed{}, &Error{Code: ProblemModelNeeded}
	}
	if model, _ := g.app.models.embedder(); model.Name == name.Short(g.host()) {
		return Freed{}, &Error{Code: ProblemModelInUse, Args: map[string]string{"model": r.Name}}
	}
	if list, err := g.store().Models(); err == nil && slices.ContainsFunc(list, func(m store.Model) bool { return m.Name == name && g.isShared(m) }) {
		return Freed{}, &Error{Code: ProblemModelShared} // it would be back at the next start
	}
	freed, err := g.store().Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Freed{}, &Error{Code: ProblemModelNotHere, Args: map[string]string{"model": r.Name}}
	}
	if err != nil {
		return Freed{}, diskError(err)
	}
	g.app.models.changed()
	return Freed{Bytes: freed}, nil
}

// RemovePack removes the models of a pack and forgets the pack.
func (g *Getting) RemovePack(ctx context.Context, p Principal, r ModelByName) (Freed, error) {
	if strings.ContainsAny(r.Name, `/\`) {
		return Freed{}, &Error{Code: ProblemModelName, Args: map[string]string{"name": r.Name}}
	}
	record, err := g.installed(r.Name)
	if err != nil {
		return Freed{}, err
	}
	if record.Name == "" {
		return Freed{}, &Error{Code: ProblemPackNotInstalled, Args: map[string]string{"name": r.Name}}
	}
	var sum int64
	for _, model := range record.Models {
		freed, err := g.Delete(ctx, p, ModelByName{model})
		if code := AsError(err).Code; err != nil && code != ProblemModelNotHere && code != ProblemModelNeeded {
			return Freed{sum}, err
		}
		sum += freed.Bytes
	}
	if err := os.Remove(g.packRecord(r.Name)); err != nil {
		return Freed{sum}, diskError(err)
	}
	return Freed{sum}, nil
}
