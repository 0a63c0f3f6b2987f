package app

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/storage"
)

// Check is one line of the doctor's report.
type Check struct {
	// Name is the key behind "doctor." in the catalogue.
	Name    string   `json:"name"`
	OK      bool     `json:"ok"`
	Value   string   `json:"value"`
	Problem *Problem `json:"problem,omitempty"`
}

// Report is what `kontor doctor` prints. It holds no content: no titles, no
// questions, no names of documents.
type Report struct {
	Version string  `json:"version"`
	OK      bool    `json:"ok"`
	Checks  []Check `json:"checks"`
}

// Doctor looks at everything Kontor needs.
type Doctor struct{ app *App }

func (d *Doctor) register(t *Surface) { handleLocal(t, "doctor.run", d.Run) }

// Run reports on a Kontor that is started. It waits for a runtime that is
// still starting.
func (d *Doctor) Run(ctx context.Context, _ Principal, _ Empty) (Report, error) {
	a := d.app
	a.models.waitReady(ctx)
	r := &Report{Version: Version, OK: true}
	r.add("version", Version, nil)
	r.add("data", a.config.Paths.Data, nil)
	r.add("database", databaseSize(a.config.Paths.Data), nil)
	if free, err := freeBytes(a.config.Paths.Data); err == nil {
		var problem error
		if free < lowDisk {
			problem = &storage.Error{Code: storage.CodeDiskFull}
		}
		r.add("free", bytesText(free), problem)
	}
	r.add("models_folder", a.place.placeText(), a.place.missing())
	machine := a.models.machine
	r.add("memory", bytesText(uint64(max(machine.Memory.Total, 0))), nil)
	r.add("processor", strings.TrimSpace(fmt.Sprintf("%s, %d", machine.CPU.Model, machine.CPU.Threads)), nil)
	d.runtime(ctx, r)
	d.documents(ctx, r)
	d.policies(r)
	allowed, refused, err := a.db.EgressCount(ctx)
	r.add("egress", a.text("doctor.egress_value", map[string]string{"allowed": fmt.Sprint(allowed), "refused": fmt.Sprint(refused)}), err)
	return *r, nil
}

func (r *Report) add(name, value string, err error) {
	check := Check{Name: name, OK: err == nil, Value: value, Problem: problemOf(err)}
	r.OK = r.OK && check.OK
	r.Checks = append(r.Checks, check)
}

func (d *Doctor) runtime(ctx context.Context, r *Report) {
	m := d.app.models
	if m.chat == nil {
		r.add("runtime", d.app.text("doctor.not_running", nil), &llm.Error{Code: llm.CodeRuntimeMissing})
		return
	}
	status := m.chat.Status(ctx)
	var down error
	if status.State == llm.RuntimeDown {
		code := status.Code
		if code == "" {
			code = llm.CodeRuntimeDown
		}
		problem := m.problem(&llm.Error{Code: code})
		down = &Error{Code: problem.Code, Args: problem.Args}
	}
	r.add("runtime", strings.TrimSpace(status.Version+" "+status.Endpoint), down)
	if down != nil {
		return // the models cannot be asked for
	}
	m.mu.Lock()
	failure := m.failure
	m.mu.Unlock()
	list, err := m.models(ctx)
	if err == nil {
		err = failure
	}
	var names []string
	for _, model := range list {
		names = append(names, model.Name)
	}
	if err == nil && len(names) == 0 {
		err = &Error{Code: ProblemNoModel}
	}
	r.add("models", strings.Join(names, ", "), err)
	r.add("loaded", d.loaded(ctx), nil)
	if model, ok := m.embedder(); ok {
		r.add("embedder", model.Name, nil)
	} else {
		r.add("embedder", d.app.text("doctor.none", nil), &Error{Code: ProblemNoEmbedder})
	}
}

// loaded names what is in memory, and what made room.
func (d *Doctor) loaded(ctx context.Context) string {
	memory, err := d.app.models.Memory(ctx, d.app.owner, Empty{})
	if err != nil {
		return ""
	}
	var names []string
	for _, model := range memory.Models {
		name := model.Name
		if model.Bytes > 0 {
			name += " (" + bytesText(uint64(model.Bytes)) + ")"
		}
		names = append(names, name)
	}
	value := cmp.Or(strings.Join(names, ", "), d.app.text("doctor.none", nil))
	if memory.LetGo == nil {
		return value
	}
	return d.app.text("doctor.loaded_let_go", map[string]string{"models": value, "name": memory.LetGo.Name})
}

func (d *Doctor) documents(ctx context.Context, r *Report) {
	_, total, err := d.app.db.Documents(ctx, d.app.owner.OwnerID, "", storage.EmbedderKey{}, 1, 0)
	r.add("documents", fmt.Sprint(total), err)
	embedded, passages, err := d.app.db.CountVectors(ctx, d.app.models.embedderKey())
	r.add("vectors", fmt.Sprintf("%d / %d", embedded, passages), err)
	// Neither is needed by everyone, so that a missing one is no problem here.
	recogniser, languages, converter := d.app.parser.FoundTools(ctx)
	absent := d.app.text("doctor.not_installed", nil)
	if languages != "" {
		recogniser += " (" + languages + ")"
	}
	r.add("recognition", cmp.Or(recogniser, absent), nil)
	r.add("converter", cmp.Or(converter, absent), nil)
}

func (d *Doctor) policies(r *Report) {
	managed := 0
	for _, value := range d.app.policy.All() {
		if value.Origin == policy.Enforced || value.Origin == policy.PolicyDefault {
			managed++
		}
	}
	r.add("policy", fmt.Sprint(managed), nil)
	for _, p := range d.app.settingsView().Problems {
		problem := p
		r.Checks = append(r.Checks, Check{Name: "policy", Value: p.Args["source"], Problem: &problem})
		r.OK = false
	}
}

func databaseSize(folder string) string {
	info, err := os.Stat(filepath.Join(folder, storage.FileName))
	if err != nil {
		return ""
	}
	return bytesText(uint64(info.Size()))
}

// bytesText writes a size for people, in powers of 1,000 as systems show it.
func bytesText(n uint64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d kB", (n+999)/1000)
}
