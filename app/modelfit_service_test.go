package app

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/hardware"
	"kontor/llm/llmtest"
	"kontor/llm/ollama"
)

func TestCatalogTellsMachineAndVerdicts(t *testing.T) {
	b := open(t, llmtest.Script{})
	view := do[ModelCatalog](b, "models.catalog", Empty{})
	if h := view.Hardware; h.MemoryBytes < 1<<28 || h.Cores < 1 || h.ModelBytes <= 0 || h.ModelBytes >= h.MemoryBytes || h.DiskBytes <= 0 || h.System == "" {
		t.Errorf("hardware = %+v", h)
	}
	levels := map[string]int{}
	for _, m := range view.Models {
		levels[m.Verdict.Level]++
		if m.Known && (m.Strengths["de"] == "" || m.Limits["en"] == "" || m.Sources["size"] == "" || len(m.Files) == 0) {
			t.Errorf("%s is described in part: %+v", m.Name, m)
		}
		if m.Class == string(llm.ClassFrontier) && (m.Verdict.Level != "no" || m.Verdict.Reason != "cluster") {
			t.Errorf("%s would run here: %+v", m.Name, m.Verdict)
		}
	}
	if len(view.Models) < 30 || levels["no"] == 0 || levels["fits"] == 0 {
		t.Errorf("%d models, levels %v", len(view.Models), levels)
	}
	uses := map[string]bool{}
	for _, p := range view.Proposals {
		if uses[p.Use] || p.Name == "" || p.Verdict.Level != "fits" && p.Verdict.Level != "slower" {
			t.Errorf("proposal %+v", p)
		}
		uses[p.Use] = true
	}
}

// onMachine puts another machine under an App, with graphics as the runtime's
// log tells.
func onMachine(b *bench, m hardware.Machine, log string) {
	b.t.Helper()
	<-b.App.models.fit.surveyed
	b.App.models.fit.mu.Lock()
	b.App.models.fit.machine = m
	b.App.models.fit.mu.Unlock()
	if err := os.MkdirAll(b.config.Paths.Logs, 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.config.Paths.Logs, "runtime.log"), []byte(log), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

var gamingPC = hardware.Machine{
	System: "windows", Memory: hardware.Memory{Total: 32 << 30, Available: 20 << 30}, CPU: hardware.CPU{Model: "AMD Ryzen 7 7700", Cores: 8, Threads: 16},
	GPUs: []hardware.GPU{{Vendor: hardware.NVIDIA, Name: "NVIDIA GeForce RTX 4070", Memory: 12282 << 20}},
}

func TestMeasuredRateChangesTheVerdict(t *testing.T) {
	folder := t.TempDir()
	b := openIn(t, folder, llmtest.Script{})
	onMachine(b, gamingPC, "")
	verdictOf := func(b *bench, name string) ModelVerdict {
		for _, m := range do[ModelCatalog](b, "models.catalog", Empty{}).Models {
			if m.Name == name {
				return m.Verdict
			}
		}
		t.Fatalf("%s is not in the catalogue", name)
		return ModelVerdict{}
	}
	before := verdictOf(b, "qwen3.5:2b")
	if before.RateMeasured || before.Rate <= 0 {
		t.Fatalf("before anything ran: %+v", before)
	}
	usage := llm.Usage{OutputTokens: 120, OutputDuration: 40 * time.Second}
	b.App.models.fit.learnRate(chatModel{name: "qwen3.5:2b:latest"}, llm.Usage{OutputTokens: 5, OutputDuration: time.Second})
	if after := verdictOf(b, "qwen3.5:2b"); after != before {
		t.Errorf("five tokens were taken for a measurement: %+v", after)
	}
	b.App.models.fit.learnRate(chatModel{name: "qwen3.5:2b"}, usage)
	if after := verdictOf(b, "qwen3.5:2b"); !after.RateMeasured || after.Rate != 3 || after.Level != "slower" {
		t.Errorf("measured at 3 tokens a second: %+v", after)
	}
	other := verdictOf(b, "qwen3.5:4b")
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := openIn(t, folder, llmtest.Script{})
	onMachine(again, gamingPC, "")
	if kept := verdictOf(again, "qwen3.5:2b"); !kept.RateMeasured || kept.Rate != 3 {
		t.Errorf("after a new start: %+v", kept)
	}
	if kept := verdictOf(again, "qwen3.5:4b"); kept.Rate != other.Rate {
		t.Errorf("another model's corrected rate was %v and is %v", other.Rate, kept.Rate)
	}
}

// A busy computer answers slowly: that must not take every proposal away.
func TestABusyComputerStillGetsProposals(t *testing.T) {
	b := openIn(t, t.TempDir(), llmtest.Script{})
	onMachine(b, hardware.Machine{
		System: "linux", Memory: hardware.Memory{Total: 24 << 30, Available: 20 << 30}, CPU: hardware.CPU{Model: "AMD EPYC", Cores: 2, Threads: 2},
	}, "")
	fit := b.App.models.fit
	chat := func() (name string, busy bool) {
		catalog := do[ModelCatalog](b, "models.catalog", Empty{})
		for _, p := range catalog.Proposals {
			if p.Use == "chat" {
				name = p.Name
			}
		}
		return name, catalog.Busy
	}
	name, busy := chat()
	if name == "" || busy {
		t.Fatalf("before anything ran: %q, busy %v", name, busy)
	}
	trial := chatModel{name: "kontor/smollm2-135m-instruct"}
	slow := llm.Usage{OutputTokens: 100, OutputDuration: 100 * time.Second}
	fit.learnRate(trial, slow)
	if again, busy := chat(); again != name || busy {
		t.Errorf("one slow answer: %q, busy %v", again, busy)
	}
	for range recentEnough {
		fit.learnRate(trial, slow)
	}
	if again, busy := chat(); again != name || !busy {
		t.Errorf("only slow answers: %q, busy %v; want %q and the reason", again, busy, name)
	}
	fit.learnRate(trial, llm.Usage{OutputTokens: 100, OutputDuration: 1200 * time.Millisecond})
	if again, busy := chat(); again != name || busy {
		t.Errorf("one answer while idle: %q, busy %v", again, busy)
	}
}

// reporting is a provider that tells what its models take.
type reporting struct {
	*actor
	loaded []llm.LoadedModel
}

func (r reporting) Loaded(context.Context) ([]llm.LoadedModel, error) { return r.loaded, nil }

func TestRuntimeCorrectsTheMemory(t *testing.T) {
	loaded := []llm.LoadedModel{
		{Name: "ministral-3:8b", Bytes: 7e9, ContextWindow: defaultWindow},
		{Name: "gemma4:e4b", Bytes: 9e9, ContextWindow: 4096},                          // another window says nothing
		{Name: "kontor/smollm2-135m-instruct:latest", Bytes: 1e8, ContextWindow: 8192}, // counted in part
	}
	b := openWith(t, t.TempDir(), llmtest.Script{}, func(c *Config) {
		c.Provider = reporting{&actor{Scripted: llmtest.NewScripted(llmtest.Script{})}, loaded}
	})
	onMachine(b, gamingPC, "")
	for _, m := range do[ModelCatalog](b, "models.catalog", Empty{}).Models {
		if told := m.Name == "ministral-3:8b"; m.Verdict.NeedMeasured != told || told && m.Verdict.NeedBytes < 7e9 {
			t.Errorf("%s: %+v", m.Name, m.Verdict)
		}
	}
}

func TestGraphicsCountOnlyWhenTheRuntimeUsesThem(t *testing.T) {
	const listening = `time=2026-11-26T21:58:16.000Z level=INFO source=routes.go:1758 msg="Listening on 127.0.0.1:1 (version 0.24.0)"` + "\n"
	const processor = listening + `time=2026-11-26T21:58:16.100Z level=INFO source=types.go:60 msg="inference compute" id=cpu library=cpu name=cpu description=cpu total="31.2 GiB" available="20 GiB"` + "\n"
	const card = listening + `time=2026-11-26T21:58:16.100Z level=INFO source=types.go:42 msg="inference compute" id=GPU-1 library=CUDA name=CUDA0 description="NVIDIA GeForce RTX 4070" total="12.0 GiB" available="11.0 GiB"` + "\n"
	b := openWith(t, t.TempDir(), llmtest.Script{}, func(c *Config) { c.RuntimeDir = t.TempDir() })
	<-b.App.models.fit.surveyed // nothing else looks at the runtime from now on
	b.App.models.runtime = ollama.NewRuntime(ollama.RuntimeOptions{Folder: b.App.config.RuntimeDir})
	for log, want := range map[string]string{"": "unknown", processor: "processor", processor + card: "graphics", card + processor: "processor"} {
		onMachine(b, gamingPC, log)
		view := do[ModelCatalog](b, "models.catalog", Empty{})
		if view.Hardware.Computes != want {
			t.Errorf("computes %q, want %q", view.Hardware.Computes, want)
		}
		for _, m := range view.Models {
			if m.Name == "ministral-3:8b" && (m.Verdict.GraphicsBytes > 0) != (want == "graphics") {
				t.Errorf("%s: %+v", want, m.Verdict)
			}
		}
		if len(view.Hardware.Graphics) != 1 {
			t.Errorf("the card is there, used or not: %+v", view.Hardware.Graphics)
		}
	}
}
