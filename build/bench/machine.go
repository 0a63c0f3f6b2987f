package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"kontor/app"
	"kontor/llm/hardware"
)

// machine is what the figures were measured on.
type machine struct {
	System   string   `json:"system"`
	CPU      string   `json:"cpu"`
	Cores    int      `json:"cores"`
	Threads  int      `json:"threads"`
	Features []string `json:"cpuFeatures"`
	// MemoryBytes is what the programs may use: less than the machine has where
	// a container limits it.
	MemoryBytes int64  `json:"memoryBytes"`
	Kontor      string `json:"kontor"`
	Commit      string `json:"commit"` // "+" at the end: with changes that are not committed
	Go          string `json:"go"`
	// Modules are the versions of the libraries that matter most to the figures.
	Modules map[string]string `json:"modules"`
	Runtime string            `json:"runtime"` // of the bundled Ollama, "" until it ran
	// RuntimeThreads is what --threads asked for, 0 for the runtime's own choice.
	RuntimeThreads int `json:"runtimeThreads"`
	// LoadBefore is how many programs wanted a core when the run began, -1 if
	// unknown. Above a half others disturb the figures.
	LoadBefore float64 `json:"loadBefore"`
	LoadAfter  float64 `json:"loadAfter"`
}

func probeMachine(ctx context.Context) machine {
	m := machine{
		System: runtime.GOOS + "/" + runtime.GOARCH, Threads: runtime.NumCPU(), Cores: runtime.NumCPU(),
		Kontor: app.Version, Go: runtime.Version(), Modules: modules(), Commit: commit(ctx), LoadBefore: load(), LoadAfter: -1,
	}
	if found, err := hardware.Probe(); err == nil {
		m.CPU, m.Features, m.MemoryBytes = found.CPU.Model, found.CPU.Flags, found.Memory.Total
		if found.CPU.Cores > 0 {
			m.Cores = found.CPU.Cores
		}
		if found.Memory.Limit > 0 {
			m.MemoryBytes = min(m.MemoryBytes, found.Memory.Limit)
		}
	}
	return m
}

// modules reads which versions this program was built with.
func modules() map[string]string {
	wanted := map[string]bool{
		"modernc.org/sqlite": true, "github.com/philippgille/chromem-go": true, "github.com/ollama/ollama": true,
		"github.com/klippa-app/go-pdfium": true, "github.com/wailsapp/wails/v2": true,
	}
	versions := map[string]string{}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return versions
	}
	for _, dependency := range info.Deps {
		if wanted[dependency.Path] {
			versions[dependency.Path] = dependency.Version
		}
	}
	return versions
}

func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return ""
	}
	name := strings.TrimSpace(string(out))
	if changed, err := exec.CommandContext(ctx, "git", "status", "--porcelain").Output(); err == nil && len(changed) > 0 {
		name += "+"
	}
	return name
}

// load is the average of the last minute, -1 where the system does not tell.
func load() float64 {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return -1
	}
	first, _, _ := strings.Cut(string(content), " ")
	value, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return -1
	}
	return value
}

// busy says whether other programs took part in the result.
func (m machine) busy() bool { return m.LoadBefore > float64(m.Threads)/2 }

func (m machine) text() string {
	var b strings.Builder
	cpu := m.CPU
	if cpu == "" {
		cpu = "unknown processor"
	}
	fmt.Fprintf(&b, "%s, %d cores, %d threads, %.1f GiB, %s\n", cpu, m.Cores, m.Threads, float64(m.MemoryBytes)/(1<<30), m.System)
	fmt.Fprintf(&b, "Kontor %s (%s), Ollama %s, %s\n", m.Kontor, m.Commit, m.Runtime, m.Go)
	if m.RuntimeThreads > 0 {
		fmt.Fprintf(&b, "runtime with %d threads for each model, on both sides\n", m.RuntimeThreads)
	}
	if m.busy() {
		fmt.Fprintf(&b, "PROVISIONAL: other programs kept the machine busy (load %.1f before, %.1f after)\n", m.LoadBefore, m.LoadAfter)
	}
	return b.String()
}

var residentLine = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB`)

// resident is the resident memory of one process in bytes, without its children.
func resident(pid int) (int64, error) {
	content, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, err
	}
	return parseResident(string(content))
}

func parseResident(status string) (int64, error) {
	found := residentLine.FindStringSubmatch(status)
	if found == nil {
		return 0, fmt.Errorf("the system does not tell the resident memory")
	}
	kib, err := strconv.ParseInt(found[1], 10, 64)
	return kib << 10, err
}
