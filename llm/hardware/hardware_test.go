package hardware

import (
	"slices"
	"testing"
)

const meminfo = `MemTotal:       24632284 kB
MemFree:        23002120 kB
MemAvailable:   24059200 kB
Buffers:           10440 kB
`

const cpuinfo = `processor	: 0
vendor_id	: GenuineIntel
model name	: Intel(R) Xeon(R) Processor @ 2.60GHz
physical id	: 0
core id		: 0
flags		: fpu vme sse4_2 avx f16c fma avx2 bmi2 avx512f avx512_vnni

processor	: 1
model name	: Intel(R) Xeon(R) Processor @ 2.60GHz
physical id	: 0
core id		: 0
flags		: fpu vme

processor	: 2
model name	: Intel(R) Xeon(R) Processor @ 2.60GHz
physical id	: 1
core id		: 0
flags		: fpu vme
`

const armCPUInfo = `processor	: 0
BogoMIPS	: 50.00
Features	: fp asimd evtstrm aes asimddp i8mm

processor	: 1
BogoMIPS	: 50.00
Features	: fp asimd
`

func TestParseMeminfo(t *testing.T) {
	if m := parseMeminfo(meminfo); m.Total != 24632284<<10 || m.Available != 24059200<<10 {
		t.Errorf("memory = %+v", m)
	}
	if m := parseMeminfo("MemTotal: x kB\nnonsense\nMemAvailable:\n"); m != (Memory{}) {
		t.Errorf("memory = %+v", m)
	}
}

func TestParseCPUInfo(t *testing.T) {
	cpu := parseCPUInfo(cpuinfo)
	if cpu.Model != "Intel(R) Xeon(R) Processor @ 2.60GHz" || cpu.Threads != 3 || cpu.Cores != 2 {
		t.Errorf("cpu = %+v", cpu)
	}
	if want := []string{"sse4_2", "avx", "avx2", "f16c", "fma", "bmi2", "avx512f", "avx512_vnni"}; !slices.Equal(cpu.Flags, want) {
		t.Errorf("flags = %v, want %v", cpu.Flags, want)
	}
	arm := parseCPUInfo(armCPUInfo)
	if arm.Cores != 2 || !slices.Equal(arm.Flags, []string{"asimd", "asimddp", "i8mm"}) {
		t.Errorf("cpu = %+v", arm)
	}
}

func TestParseLimit(t *testing.T) {
	for text, want := range map[string]int64{"max\n": 0, "1073741824\n": 1 << 30, "9223372036854771712\n": 0, "": 0, "-1": 0} {
		if got := parseLimit(text); got != want {
			t.Errorf("parseLimit(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestParseCgroup(t *testing.T) {
	unified, memory := parseCgroup("12:cpu,memory:/docker/abc\n0::/user.slice/app.scope\n")
	if unified != "/user.slice/app.scope" || memory != "/docker/abc" {
		t.Errorf("groups = %q, %q", unified, memory)
	}
}

func TestUsable(t *testing.T) {
	for _, test := range []struct {
		memory Memory
		want   int64
	}{{Memory{Total: 8}, 8}, {Memory{Total: 8, Limit: 4}, 4}, {Memory{Total: 8, Limit: 16}, 8}, {Memory{Limit: 4}, 4}} {
		if got := test.memory.Usable(); got != test.want {
			t.Errorf("%+v: %d, want %d", test.memory, got, test.want)
		}
	}
}

func TestProbeHere(t *testing.T) {
	m, err := Probe()
	if err != nil {
		t.Fatal(err)
	}
	if m.Memory.Total < 1<<28 || m.Memory.Available > m.Memory.Total || m.CPU.Threads < 1 || m.CPU.Cores < 1 || m.CPU.Cores > m.CPU.Threads {
		t.Errorf("machine = %+v", m)
	}
}
