package llm_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"kontor/llm"
	"kontor/llm/hardware"
	"kontor/llm/hardware/hardwaretest"
)

func loadCatalog(t *testing.T) llm.Catalog {
	t.Helper()
	c, err := llm.LoadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const fitWindow = 8192

// columns of the reviewed table.
var columns = []string{
	"nothing", "mac-m2-8gb", "mac-m3pro-18gb", "mac-m4max-128gb", "mac-m3ultra-192gb", "intel-laptop-16gb", "intel-laptop-linux", "rtx4060-laptop", "rtx4070",
	"rtx4080-super", "radeon-7900xtx", "rtx5090", "rtx5090-two", "ryzen-ai-395", "dgx-spark", "server", "container",
}

// verdicts renders machines × catalogue: one line for each model, for each
// machine the level and the first letter of the reason.
func verdicts(t *testing.T) string {
	machines := hardwaretest.Read(t, "hardware/testdata/machines")
	signs := map[llm.Level]string{llm.LevelFits: "+", llm.LevelSlower: "~", llm.LevelNo: "-", llm.LevelUnknown: "?"}
	letters := map[llm.Reason]string{
		llm.ReasonGraphics: "g", llm.ReasonUnified: "u", llm.ReasonProcessor: "p", llm.ReasonOffload: "o", llm.ReasonSlow: "s", llm.ReasonMemory: "m",
		llm.ReasonCluster: "c", llm.ReasonTight: "t", llm.ReasonUnknown: " ",
	}
	var b strings.Builder
	for i, name := range columns {
		fmt.Fprintf(&b, "%-30s%s%s\n", "", strings.Repeat("|  ", i), name)
	}
	for _, e := range loadCatalog(t).Entries {
		line := fmt.Sprintf("%-30s", e.Name)
		for _, name := range columns {
			_, f := llm.Host{Machine: machines[name], Graphics: true}.Best(e, fitWindow)
			line += fmt.Sprintf("%-3s", signs[f.Level]+letters[f.Reason])
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	for _, name := range columns {
		for _, graphics := range []bool{true, false} {
			host := llm.Host{Machine: machines[name], Graphics: graphics}
			if !graphics && len(machines[name].GPUs) == 0 {
				continue
			}
			fmt.Fprintf(&b, "\n%s", name)
			if !graphics {
				b.WriteString(", graphics unused")
			}
			b.WriteString(":\n")
			for _, p := range host.Propose(loadCatalog(t), fitWindow) {
				fmt.Fprintf(&b, "    %-10s %s, %s: %s (%s), %.1f of %.1f GB", p.Use, p.Entry.Name, p.Quantization.Name, p.Fit.Level, p.Fit.Reason,
					float64(p.Fit.Need)/1e9, float64(p.Fit.Have)/1e9)
				if p.Fit.Rate > 0 {
					fmt.Fprintf(&b, ", about %.0f tokens/s", p.Fit.Rate)
				}
				b.WriteString("\n")
			}
		}
	}
	return b.String()
}

// TestVerdicts compares with the reviewed table. A change there is a change of
// what people are told: look at it before copying it.
func TestVerdicts(t *testing.T) {
	want, err := os.ReadFile("testdata/verdicts.txt")
	if err != nil {
		t.Fatal(err)
	}
	got := verdicts(t)
	wanted := strings.Split(string(want), "\n")
	wrong := 0
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wanted) || line != wanted[i] {
			wrong++
			t.Errorf("line %d is\n%s", i+1, line)
			if i < len(wanted) {
				t.Logf("but was reviewed as\n%s", wanted[i])
			}
		}
	}
	lines := strings.Count(string(want), "\n")
	t.Attr("figure.verdicts_right", fmt.Sprintf("%.4f %d lines of machines × catalogue in the reviewed table", 1-float64(wrong)/float64(lines), lines))
	if wrong > 0 || got != string(want) {
		t.Errorf("%d lines differ from testdata/verdicts.txt", wrong)
	}
}

// classMachine has a graphics card with that many gigabytes and twice as much
// main memory.
func classMachine(gigabytes int64) llm.Host {
	return llm.Host{Graphics: true, Machine: hardware.Machine{
		System: "linux", Memory: hardware.Memory{Total: 2 * gigabytes << 30}, CPU: hardware.CPU{Cores: 16, Threads: 32},
		GPUs: []hardware.GPU{{Vendor: hardware.NVIDIA, Name: "NVIDIA GeForce RTX 3090", Memory: gigabytes << 30}},
	}}
}

// TestVerdictsAgreeWithTheClasses: a machine of a class runs its models, the
// classes below fit well and the ones above do not.
func TestVerdictsAgreeWithTheClasses(t *testing.T) {
	order := []llm.Class{llm.ClassTiny, llm.ClassSmall, llm.ClassMedium, llm.ClassLarge, llm.ClassVeryLarge, llm.ClassFrontier}
	for class, gigabytes := range map[llm.Class]int64{llm.ClassSmall: 4, llm.ClassMedium: 16, llm.ClassLarge: 24, llm.ClassVeryLarge: 80} {
		host := classMachine(gigabytes)
		fitting, all := 0, 0
		for _, e := range loadCatalog(t).Entries {
			if e.Role != llm.RoleChat {
				continue
			}
			_, f := host.Best(e, fitWindow)
			switch rank := slices.Index(order, e.Class()) - slices.Index(order, class); {
			case rank == 0:
				all++
				if f.Level == llm.LevelFits {
					fitting++
				}
				if f.Level == llm.LevelNo {
					t.Errorf("%s does not run on a machine of its class %s: %+v", e.Name, class, f)
				}
			case rank < 0 && f.Level != llm.LevelFits:
				t.Errorf("%s is smaller than class %s and does not fit well: %+v", e.Name, class, f)
			case rank > 0 && f.Level == llm.LevelFits:
				t.Errorf("%s is larger than class %s and fits well: %+v", e.Name, class, f)
			case e.Class() == llm.ClassFrontier && (f.Level != llm.LevelNo || f.Reason != llm.ReasonCluster):
				t.Errorf("%s runs on one machine: %+v", e.Name, f)
			}
		}
		if fitting*2 <= all {
			t.Errorf("only %d of %d models fit the machine of class %s well", fitting, all, class)
		}
	}
}

func TestMoreMemoryIsNeverWorse(t *testing.T) {
	rank := map[llm.Level]int{llm.LevelNo: 1, llm.LevelSlower: 2, llm.LevelFits: 3}
	for _, e := range loadCatalog(t).Entries {
		last := 0
		for gigabytes := int64(2); gigabytes <= 512; gigabytes *= 2 {
			_, f := classMachine(gigabytes).Best(e, fitWindow)
			if rank[f.Level] < last {
				t.Errorf("%s: %s with %d GB, better with half of it", e.Name, f.Level, gigabytes)
			}
			last = rank[f.Level]
		}
	}
}

func TestWhatWasMeasuredCounts(t *testing.T) {
	c := loadCatalog(t)
	e, _ := c.Find("ministral-3:8b")
	host := classMachine(16)
	predicted := host.Predict(e, fitWindow)
	host.Speeds = llm.Speeds{Factor: llm.Correction([]llm.MeasuredRate{{Predicted: 100, Measured: 50}, {Predicted: 10, Measured: 5}})}
	if f := host.Fit(e, e.Quantizations[0], fitWindow); f.Measured || math.Abs(f.Rate-predicted/2) > 0.01 {
		t.Errorf("half as fast as predicted: %.1f of %.1f, measured %v", f.Rate, predicted, f.Measured)
	}
	host.Speeds.ByName = map[string]float64{e.Name: 3}
	if f := host.Fit(e, e.Quantizations[0], fitWindow); !f.Measured || f.Rate != 3 || f.Level != llm.LevelSlower || f.Reason != llm.ReasonSlow {
		t.Errorf("measured at 3 tokens/s: %+v", f)
	}
	if llm.Correction(nil) != 0 || llm.Correction([]llm.MeasuredRate{{Predicted: 1, Measured: 1000}}) != 4 {
		t.Error("the correction has no bounds")
	}
}

func TestIdleGraphicsAreNotCounted(t *testing.T) {
	e, _ := loadCatalog(t).Find("gemma4:31b")
	host := classMachine(24)
	if f := host.Fit(e, e.Quantizations[0], fitWindow); f.Level != llm.LevelFits || f.GraphicsBytes == 0 {
		t.Errorf("with graphics: %+v", f)
	}
	host.Graphics = false
	if f := host.Fit(e, e.Quantizations[0], fitWindow); f.Level == llm.LevelFits || f.GraphicsBytes != 0 {
		t.Errorf("the runtime leaves the card idle: %+v", f)
	}
}
