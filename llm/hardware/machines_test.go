package hardware_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"kontor/llm/hardware"
	"kontor/llm/hardware/hardwaretest"
)

const gib = 1 << 30

// summary is all of a machine that anything is decided by, in one line.
func summary(m hardware.Machine) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %.1f GiB", m.System, float64(m.Memory.Usable())/gib)
	if m.Memory.Limit > 0 {
		fmt.Fprintf(&b, " of %.1f", float64(m.Memory.Total)/gib)
	}
	fmt.Fprintf(&b, ", %.0f free, %d cores", float64(m.Memory.Available)/gib, m.CPU.Cores)
	if m.CPU.Performance > 0 {
		fmt.Fprintf(&b, " (%d+%d)", m.CPU.Performance, m.CPU.Efficiency)
	}
	fmt.Fprintf(&b, ", %d GB/s", m.Bandwidth()/1e9)
	for _, g := range m.GPUs {
		kind := "card"
		if g.Integrated {
			kind = "inside"
		}
		fmt.Fprintf(&b, "; %s %s: %s %.1f+%.1f GiB, %d GB/s", kind, g.Vendor, g.Name, float64(g.Memory)/gib, float64(g.Shared)/gib, g.Bandwidth()/1e9)
	}
	if m.NPU != "" {
		fmt.Fprintf(&b, "; NPU %s", m.NPU)
	}
	if m.Power.Battery {
		fmt.Fprintf(&b, "; battery %d %%", m.Power.Percent)
		if m.Power.OnBattery {
			b.WriteString(" in use")
		}
	}
	if m.Unified() {
		b.WriteString("; unified")
	}
	return b.String()
}

// goldenMachines are reviewed: usable and free memory, cores, bandwidth, each
// graphics processor with its own and its shared memory.
var goldenMachines = map[string]string{
	"container":          "linux, 8.0 GiB of 23.5, 21 free, 2 cores, 24 GB/s",
	"dgx-spark":          "linux, 125.2 GiB, 115 free, 2 cores, 273 GB/s; inside nvidia: NVIDIA GB10 0.0+125.2 GiB, 273 GB/s; unified",
	"intel-laptop-16gb":  "windows, 15.7 GiB, 8 free, 12 cores, 45 GB/s; inside intel: Intel(R) Graphics 0.1+7.8 GiB, 0 GB/s; NPU Intel(R) AI Boost; battery 100 %",
	"intel-laptop-linux": "linux, 31.3 GiB, 24 free, 16 cores (6+10), 45 GB/s; inside intel: Intel Arc Graphics 0.0+0.0 GiB, 0 GB/s; NPU Intel Corporation Meteor Lake NPU; battery 47 % in use",
	"mac-m2-8gb":         "darwin, 8.0 GiB, 2 free, 8 cores (4+4), 100 GB/s; inside apple: Apple M2 0.0+5.3 GiB, 100 GB/s; NPU Apple Neural Engine; battery 71 % in use; unified",
	"mac-m3pro-18gb":     "darwin, 18.0 GiB, 5 free, 11 cores (5+6), 150 GB/s; inside apple: Apple M3 Pro 0.0+12.0 GiB, 150 GB/s; NPU Apple Neural Engine; battery 64 % in use; unified",
	"mac-m3ultra-192gb":  "darwin, 192.0 GiB, 154 free, 32 cores (24+8), 819 GB/s; inside apple: Apple M3 Ultra 0.0+144.0 GiB, 819 GB/s; NPU Apple Neural Engine; unified",
	"mac-m4max-128gb":    "darwin, 128.0 GiB, 96 free, 16 cores (12+4), 546 GB/s; inside apple: Apple M4 Max 0.0+96.0 GiB, 546 GB/s; NPU Apple Neural Engine; unified",
	"mac-wired-limit":    "darwin, 96.0 GiB, 70 free, 28 cores (20+8), 819 GB/s; inside apple: Apple M3 Ultra 0.0+89.8 GiB, 819 GB/s; NPU Apple Neural Engine; unified",
	"nothing":            "windows, 0.0 GiB, 0 free, 0 cores, 12 GB/s",
	"nouveau":            "linux, 15.6 GiB, 10 free, 6 cores, 45 GB/s; card nvidia: GeForce GTX 1660 0.0+0.0 GiB, 192 GB/s",
	"radeon-7900xtx":     "linux, 62.6 GiB, 50 free, 16 cores, 45 GB/s; card amd: Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M 24.0+0.0 GiB, 800 GB/s; inside amd: Radeon Graphics (Raphael) 0.5+30.7 GiB, 0 GB/s",
	"rtx4060-laptop":     "windows, 15.7 GiB, 7 free, 10 cores, 45 GB/s; card nvidia: NVIDIA GeForce RTX 4060 Laptop GPU 8.0+0.0 GiB, 256 GB/s; inside intel: Intel(R) UHD Graphics 0.1+7.9 GiB, 0 GB/s; battery 83 % in use",
	"rtx4070":            "windows, 31.2 GiB, 22 free, 8 cores, 45 GB/s; card nvidia: NVIDIA GeForce RTX 4070 12.0+0.0 GiB, 504 GB/s; inside amd: AMD Radeon(TM) Graphics 0.5+15.6 GiB, 0 GB/s",
	"rtx4080-super":      "linux, 31.3 GiB, 20 free, 8 cores, 45 GB/s; card nvidia: NVIDIA GeForce RTX 4080 SUPER 16.0+0.0 GiB, 736 GB/s",
	"rtx5090":            "linux, 62.6 GiB, 55 free, 16 cores, 45 GB/s; card nvidia: NVIDIA GeForce RTX 5090 31.8+0.0 GiB, 1792 GB/s",
	"rtx5090-two":        "linux, 125.2 GiB, 110 free, 24 cores, 120 GB/s; card nvidia: NVIDIA GeForce RTX 5090 31.8+0.0 GiB, 1792 GB/s; card nvidia: NVIDIA GeForce RTX 5090 31.8+0.0 GiB, 1792 GB/s",
	"ryzen-ai-395":       "linux, 121.3 GiB, 112 free, 16 cores, 256 GB/s; inside amd: AMD Radeon 8060S 4.0+96.0 GiB, 256 GB/s; NPU AMD NPU; battery 100 %; unified",
	"server":             "linux, 23.5 GiB, 21 free, 2 cores, 24 GB/s",
}

func TestRecordedMachines(t *testing.T) {
	machines := hardwaretest.Read(t, "testdata/machines")
	for name, m := range machines {
		if got := summary(m); got != goldenMachines[name] {
			t.Errorf("%q: got\n\t%s\nwant\n\t%s", name, got, goldenMachines[name])
		}
	}
	for name := range goldenMachines {
		if _, ok := machines[name]; !ok {
			t.Errorf("there is no recording of %q", name)
		}
	}
}

// TestRecordingsNameTheirSource: figures nobody can check are worth little.
func TestRecordingsNameTheirSource(t *testing.T) {
	index, err := os.ReadFile("testdata/machines/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range hardwaretest.Read(t, "testdata/machines") {
		raw, err := os.ReadFile("testdata/machines/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(string(raw), "\n-- ")
		if !strings.Contains(head, "constructed") && !strings.Contains(head, "recorded") && !strings.Contains(head, "published") {
			t.Errorf("%s does not say where it comes from", name)
		}
		if !strings.Contains(string(index), "`"+name+"`") {
			t.Errorf("%s is missing in the index", name)
		}
	}
}

func TestNothingIsKnown(t *testing.T) {
	silent := func(string, ...string) string { return "" }
	for _, m := range []hardware.Machine{hardware.OnLinux(fstest.MapFS{}, silent), hardware.OnMac(silent), hardware.OnWindows(silent)} {
		if m.Memory.Total != 0 || len(m.GPUs) != 0 || m.Power.Battery || m.NPU != "" || m.Bandwidth() <= 0 {
			t.Errorf("out of nothing came %+v", m)
		}
	}
}

func TestInspectHere(t *testing.T) {
	m := hardware.Inspect(t.Context(), t.TempDir())
	if m.Memory.Total < gib/4 || m.CPU.Cores < 1 || m.CPU.Cores > m.CPU.Threads || m.Disk.Free <= 0 || m.Disk.Free > m.Disk.Total {
		t.Errorf("machine = %+v", m)
	}
}
