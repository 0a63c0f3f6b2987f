package hardware

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// appleSettings are the values asked of sysctl.
var appleSettings = []string{
	"hw.memsize", "hw.model", "hw.physicalcpu", "hw.logicalcpu", "hw.perflevel0.physicalcpu", "hw.perflevel1.physicalcpu",
	"machdep.cpu.brand_string", "iogpu.wired_limit_mb", "hw.optional.arm.FEAT_DotProd", "hw.optional.arm.FEAT_I8MM", "hw.optional.arm.FEAT_SME",
}

// OnMac asks the tools of macOS.
func OnMac(run Run) Machine {
	m := Machine{System: "darwin"}
	values := parseSysctl(run("sysctl", appleSettings...))
	profile := parseProfile(run("system_profiler", "-json", "SPHardwareDataType", "SPDisplaysDataType"))
	m.Model = profile.name
	m.Memory = Memory{Total: whole(values["hw.memsize"]), Available: parseVMStat(run("vm_stat"))}
	if m.Memory.Total == 0 {
		m.Memory.Total = profile.memory
	}
	m.CPU = CPU{
		Model: values["machdep.cpu.brand_string"], Cores: count(values["hw.physicalcpu"]), Threads: count(values["hw.logicalcpu"]),
		Performance: count(values["hw.perflevel0.physicalcpu"]), Efficiency: count(values["hw.perflevel1.physicalcpu"]), Flags: []string{},
	}
	if m.CPU.Model == "" {
		m.CPU.Model = profile.chip
	}
	if m.CPU.Cores == 0 {
		m.CPU.Cores, m.CPU.Threads = profile.cores, profile.cores
	}
	if m.CPU.Performance == 0 {
		m.CPU.Performance, m.CPU.Efficiency = profile.performance, profile.efficiency
	}
	silicon := strings.HasPrefix(m.CPU.Model, "Apple ")
	if silicon {
		m.CPU.Flags = append(m.CPU.Flags, "asimd")
		m.NPU = "Apple Neural Engine"
	}
	for _, feature := range [][2]string{{"FEAT_DotProd", "asimddp"}, {"FEAT_I8MM", "i8mm"}, {"FEAT_SME", "sme"}} {
		if values["hw.optional.arm."+feature[0]] == "1" {
			m.CPU.Flags = append(m.CPU.Flags, feature[1])
		}
	}
	m.GPUs = profile.gpus
	if silicon {
		if len(m.GPUs) == 0 {
			m.GPUs = []GPU{{Vendor: Apple, Name: m.CPU.Model}}
		}
		m.GPUs[0].Vendor, m.GPUs[0].Integrated = Apple, true
		m.GPUs[0].Shared = metalShare(m.Memory.Total, whole(values["iogpu.wired_limit_mb"])<<20)
	}
	m.Power = parsePMSet(run("pmset", "-g", "batt"))
	return m
}

// metalShare is how much of the memory macOS lets graphics wire down unless
// told otherwise. The system does not print it. It was seen as 21,845 MB of 32
// GB (github.com/ollama/ollama/issues/434), 11.84 of 16 GB
// (github.com/AlexsJones/llmfit/pull/754) and 107.5 of 128 GB
// (github.com/antirez/ds4/pull/893): two thirds on smaller and three quarters
// on larger machines is what no version falls below.
func metalShare(total, limit int64) int64 {
	switch {
	case limit > 0:
		return min(limit, total)
	case total <= 36<<30:
		return total / 3 * 2
	}
	return total / 4 * 3
}

// parseSysctl reads lines of "name: value".
func parseSysctl(text string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok {
			values[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return values
}

// whole reads a number of bytes or similar; 0 for anything else.
func whole(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1<<50 {
		return 0
	}
	return n
}

// count reads a number of cores.
func count(text string) int { return int(min(whole(text), 1<<14)) }

var vmStatLine = regexp.MustCompile(`^Pages (free|inactive|speculative|purgeable):\s+(\d+)\.`)

// parseVMStat adds up the pages that programs could get.
func parseVMStat(text string) int64 {
	size, available := int64(0), int64(0)
	for line := range strings.Lines(text) {
		if _, after, ok := strings.Cut(line, "page size of "); ok {
			number, _, _ := strings.Cut(after, " ")
			size = min(whole(number), 1<<20)
		}
		if found := vmStatLine.FindStringSubmatch(line); found != nil {
			available += min(whole(found[2]), 1<<34)
		}
	}
	return available * size
}

var pmsetPercent = regexp.MustCompile(`(\d{1,3})%;`)

// parsePMSet reads "Now drawing from 'AC Power'" and the battery's line.
func parsePMSet(text string) Power {
	p := Power{Battery: strings.Contains(text, "InternalBattery")}
	p.OnBattery = p.Battery && strings.Contains(text, "'Battery Power'")
	if found := pmsetPercent.FindStringSubmatch(text); found != nil && p.Battery {
		p.Percent = min(count(found[1]), 100)
	}
	return p
}

// profile is what system_profiler tells.
type profile struct {
	name, chip                     string
	memory                         int64
	cores, performance, efficiency int
	gpus                           []GPU
}

func parseProfile(text string) profile {
	var report struct {
		Hardware []struct {
			Name       string `json:"machine_name"`
			Chip       string `json:"chip_type"`
			CPU        string `json:"cpu_type"`
			Memory     string `json:"physical_memory"`
			Processors any    `json:"number_processors"`
		} `json:"SPHardwareDataType"`
		Displays []struct {
			Model  string `json:"sppci_model"`
			Cores  string `json:"sppci_cores"`
			Vendor string `json:"spdisplays_vendor"`
			Memory string `json:"spdisplays_vram"`
		} `json:"SPDisplaysDataType"`
	}
	if json.Unmarshal([]byte(text), &report) != nil {
		return profile{}
	}
	var p profile
	for _, h := range report.Hardware {
		p.name, p.chip, p.memory = h.Name, h.Chip, gigabytes(h.Memory)
		if p.chip == "" {
			p.chip = h.CPU
		}
		// "proc 8:4:4" counts all, performance and efficiency cores; newer
		// systems add a further kind.
		if text, ok := h.Processors.(string); ok {
			parts := strings.Split(strings.TrimPrefix(text, "proc "), ":")
			p.cores = count(parts[0])
			if len(parts) >= 3 {
				p.performance, p.efficiency = count(parts[1]), count(parts[2])
			}
		}
	}
	for _, d := range report.Displays {
		gpu := GPU{Name: d.Model, Cores: count(d.Cores), Memory: gigabytes(d.Memory)}
		vendor := strings.ToLower(d.Vendor + " " + d.Model)
		for _, known := range []string{Apple, AMD, Intel, NVIDIA} {
			if strings.Contains(vendor, known) {
				gpu.Vendor = known
				break
			}
		}
		p.gpus = append(p.gpus, gpu)
	}
	return p
}

// gigabytes reads "8 GB" or "1536 MB".
func gigabytes(text string) int64 {
	number, unit, _ := strings.Cut(text, " ")
	n := min(whole(number), 1<<20)
	switch unit {
	case "TB":
		return n << 40
	case "GB":
		return n << 30
	case "MB":
		return n << 20
	}
	return 0
}
