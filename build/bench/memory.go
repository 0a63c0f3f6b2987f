package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kontor/llm"
	"kontor/llm/hardware"
	"kontor/llm/llmtest"
	"kontor/llm/ollama"
)

// memoryCeiling bounds what one load may take, in bytes, whatever the machine
// has: beyond it a run takes hours. A third of what is available counts too.
const memoryCeiling = 9 << 30

// measureMemory compares the estimate of what a model takes with the runtime's
// own figure: generated models with random weights and the shapes of real ones
// in full or nearly, with windows up to the longest that the model was made for
// or that the machine has room for.
func measureMemory(ctx context.Context, b *bench, r *results) error {
	rig, err := b.rig(ctx)
	if err != nil {
		return err
	}
	folder, err := b.scratch("memory")
	if err != nil {
		return err
	}
	client := ollama.New(ollama.Options{Server: rig.runtime, DialContext: b.dial})
	log := filepath.Join(b.folder, "runtime", "logs", "runtime.log")
	raw := samples{}
	worst, loads, skipped := 0.0, 0, 0
	var worstOf string
	for _, named := range llmtest.LargeShapes() {
		deviations, left, err := compareShape(ctx, client, log, folder, named)
		if err != nil {
			return fmt.Errorf("%s: %w", named.Name, err)
		}
		skipped += left
		for window, deviation := range deviations {
			loads++
			raw[named.Name] = append(raw[named.Name], 100*deviation)
			if math.Abs(deviation) > worst {
				worst, worstOf = math.Abs(deviation), fmt.Sprintf("%s at %d tokens", named.Name, window)
			}
		}
	}
	note := fmt.Sprintf("%d loads of %d architectures, worst: %s", loads, countArchitectures(), worstOf)
	if skipped > 0 {
		note += fmt.Sprintf("; %d windows left out for want of memory", skipped)
	}
	r.set("memory_estimate", 100*worst, raw, note)
	return nil
}

func countArchitectures() int {
	seen := map[string]bool{}
	for _, named := range llmtest.LargeShapes() {
		seen[named.Shape.Architecture] = true
	}
	return len(seen)
}

// compareShape loads one model with several windows; the result is estimate ÷
// figure − 1 by window, and how many windows there was no room for.
func compareShape(ctx context.Context, client *ollama.Client, log, folder string, named llmtest.NamedShape) (map[int]float64, int, error) {
	const name = "random"
	file, shape, err := llmtest.WriteRandomFile(folder, named)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = os.Remove(file.Path) }() // the folder goes anyway
	ctx, cancel := context.WithTimeout(ctx, 20*time.Minute)
	defer cancel()
	if err := client.ImportGGUF(ctx, ollama.Import{Name: name, Path: file.Path, SHA256: file.SHA256}); err != nil {
		return nil, 0, err
	}
	deviations, skipped := map[int]float64{}, 0
	for _, window := range windowsUpTo(named.Context) {
		estimate := shape.Estimate(file.Weights, llm.Loading{Window: window})
		if !roomFor(estimate.Total()) {
			skipped++
			continue
		}
		figure, err := runtimeFigure(ctx, client, log, name, window)
		if err != nil {
			return nil, 0, err
		}
		deviations[window] = float64(estimate.Model())/float64(figure) - 1
		if err := client.Unload(ctx, name); err != nil {
			return nil, 0, err
		}
	}
	return deviations, skipped, client.Delete(ctx, name)
}

func windowsUpTo(longest int) []int {
	windows := []int{}
	for _, window := range []int{4096, 16384, 65536} {
		if window < longest {
			windows = append(windows, window)
		}
	}
	return append(windows, longest)
}

func roomFor(bytes int64) bool {
	machine, err := hardware.Probe()
	if err != nil || machine.Memory.Available == 0 {
		return bytes < memoryCeiling/4
	}
	return bytes < min(memoryCeiling, machine.Memory.Available*2/3)
}

// runtimeFigure loads a model and returns what the runtime says it takes. Its
// older engine reckons no buffers for computing on the processor, but its log
// tells the buffers that it set aside.
func runtimeFigure(ctx context.Context, client *ollama.Client, log, model string, window int) (int64, error) {
	before, err := os.Stat(log)
	if err != nil {
		return 0, err
	}
	if err := client.Load(ctx, model, window); err != nil {
		return 0, fmt.Errorf("load with %d tokens: %w", window, err)
	}
	written, err := os.ReadFile(log)
	if err != nil {
		return 0, err
	}
	lines := string(written[min(before.Size(), int64(len(written))):])
	if use, ok := ollama.ReadMemoryUse(lines); ok && strings.Contains(lines, "compute buffer size") {
		return use.Total(), nil
	}
	loaded, err := client.Loaded(ctx)
	if err != nil {
		return 0, err
	}
	for _, m := range loaded {
		if strings.TrimSuffix(m.Name, ":latest") == model && m.Bytes > 0 {
			return m.Bytes, nil
		}
	}
	return 0, fmt.Errorf("the runtime tells no figure for %d tokens", window)
}
