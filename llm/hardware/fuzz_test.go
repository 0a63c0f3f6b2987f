package hardware_test

import (
	"os"
	"path/filepath"
	"testing"

	"kontor/llm/hardware"
	"kontor/llm/hardware/hardwaretest"
)

// FuzzRecording mutates whole recordings: whatever files and tools say, the
// result must be a machine with possible numbers.
func FuzzRecording(f *testing.F) {
	paths, err := filepath.Glob("testdata/machines/*.txt")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no recordings: %v", err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Fuzz(func(t *testing.T, recording string) {
		m := hardwaretest.Machine(recording)
		sizes := []int64{m.Memory.Total, m.Memory.Available, m.Memory.Limit, m.Memory.Usable(), m.Bandwidth()}
		for _, g := range m.GPUs {
			sizes = append(sizes, g.Memory, g.Free, g.Shared, g.Usable(), g.Bandwidth(), int64(g.Cores))
			if g.Free > g.Memory {
				t.Errorf("more free than there is: %+v", g)
			}
		}
		for _, size := range sizes {
			if size < 0 || size > 1<<52 {
				t.Fatalf("impossible size %d in %+v", size, m)
			}
		}
		if m.CPU.Cores < 0 || m.CPU.Threads < 0 || m.CPU.Performance < 0 || m.CPU.Efficiency < 0 || m.Power.Percent < 0 || m.Power.Percent > 100 {
			t.Errorf("impossible machine: %+v", m)
		}
		_, _ = m.Unified(), hardware.Machine{}.Unified()
	})
}
