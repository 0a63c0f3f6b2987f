package hardware

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// OnLinux reads the files of a Linux system and asks its tools. root is "/".
func OnLinux(root fs.FS, run Run) Machine {
	m := Machine{System: "linux"}
	m.Memory = parseMeminfo(read(root, "proc/meminfo"))
	if limit := limitOf(root); limit < m.Memory.Total || m.Memory.Total == 0 {
		m.Memory.Limit = limit
	}
	m.CPU = parseCPUInfo(read(root, "proc/cpuinfo"))
	m.CPU.Performance = countList(read(root, "sys/devices/cpu_core/cpus"))
	m.CPU.Efficiency = countList(read(root, "sys/devices/cpu_atom/cpus"))
	if m.CPU.Performance > 0 && m.CPU.Efficiency > 0 && m.CPU.Threads > m.CPU.Cores {
		// The lists count threads, of which efficiency cores have one each.
		m.CPU.Performance = m.CPU.Cores - m.CPU.Efficiency
	}
	m.Model = strings.TrimSpace(read(root, "sys/class/dmi/id/product_name"))
	pci := parsePCI(run("lspci", "-D", "-nn"))
	m.GPUs = append(parseNVIDIA(run("nvidia-smi", nvidiaQuery...)), drmCards(root, pci, m.CPU.Model)...)
	if !slices.ContainsFunc(m.GPUs, func(g GPU) bool { return g.Vendor == NVIDIA }) {
		for _, device := range pci {
			if device.vendor == "10de" && device.display() {
				m.GPUs = append(m.GPUs, GPU{Vendor: NVIDIA, Name: device.short()})
			}
		}
	}
	for i, gpu := range m.GPUs {
		// NVIDIA's chips for small machines share the main memory, and its tool
		// tells no size.
		if gpu.Vendor == NVIDIA && gpu.Memory == 0 && gpu.Driver != "" {
			m.GPUs[i].Integrated, m.GPUs[i].Shared = true, m.Memory.Total
		}
	}
	m.NPU = npuOf(root, pci)
	m.Power = powerOf(root)
	return m
}

func read(root fs.FS, name string) string {
	raw, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	return string(raw)
}

// readBytes reads a file with one whole number, 0 if there is none.
func readBytes(root fs.FS, name string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(read(root, name)), 10, 64)
	if err != nil || n < 0 || n > 1<<50 {
		return 0
	}
	return n
}

// limitOf is the smallest memory limit on the way from this process's control
// group to the root.
func limitOf(root fs.FS) int64 {
	unified, memory := parseCgroup(read(root, "proc/self/cgroup"))
	smallest := climb(root, "sys/fs/cgroup", unified, "memory.max")
	if old := climb(root, "sys/fs/cgroup/memory", memory, "memory.limit_in_bytes"); old > 0 && (smallest == 0 || old < smallest) {
		smallest = old
	}
	return smallest
}

func climb(root fs.FS, base, group, file string) int64 {
	var smallest int64
	for at := path.Join("/", group); ; at = path.Dir(at) {
		if found := parseLimit(read(root, path.Join(base, at, file))); found > 0 && (smallest == 0 || found < smallest) {
			smallest = found
		}
		if at == "/" {
			return smallest
		}
	}
}

// countList counts what a list like "0-7,16" names; 0 for anything else.
func countList(text string) int {
	total := 0
	for part := range strings.SplitSeq(strings.TrimSpace(text), ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, err := strconv.Atoi(from)
		if err != nil {
			return 0
		}
		last := first
		if isRange {
			if last, err = strconv.Atoi(to); err != nil {
				return 0
			}
		}
		if last < first || last > 1<<14 {
			return 0
		}
		total += last - first + 1
	}
	return total
}

// pciDevice is a line of lspci -D -nn.
type pciDevice struct{ address, class, name, vendor, device string }

// display reports whether the device drives or could drive a display.
func (d pciDevice) display() bool { return strings.HasPrefix(d.class, "03") }

// short is the name in brackets, which is the one on the box.
func (d pciDevice) short() string {
	if open := strings.LastIndex(d.name, "["); open >= 0 {
		if end := strings.IndexByte(d.name[open:], ']'); end > 0 {
			return d.name[open+1 : open+end]
		}
	}
	return d.name
}

var pciLine = regexp.MustCompile(`^(\S+) [^\[]+\[([0-9a-f]{4})\]: (.*) \[([0-9a-f]{4}):([0-9a-f]{4})\]`)

func parsePCI(text string) []pciDevice {
	var devices []pciDevice
	for line := range strings.Lines(text) {
		if found := pciLine.FindStringSubmatch(line); found != nil {
			devices = append(devices, pciDevice{found[1], found[2], strings.TrimSpace(found[3]), found[4], found[5]})
		}
	}
	return devices
}

// drmCards lists the graphics processors of AMD and Intel by what their
// drivers tell.
func drmCards(root fs.FS, pci []pciDevice, processor string) []GPU {
	entries, err := fs.ReadDir(root, "sys/class/drm")
	if err != nil {
		return nil
	}
	var gpus []GPU
	for _, entry := range entries {
		if name := entry.Name(); !strings.HasPrefix(name, "card") || strings.Contains(name, "-") {
			continue
		}
		folder := path.Join("sys/class/drm", entry.Name(), "device")
		vendor := strings.TrimPrefix(strings.TrimSpace(read(root, folder+"/vendor")), "0x")
		device := strings.TrimPrefix(strings.TrimSpace(read(root, folder+"/device")), "0x")
		name := ""
		for _, d := range pci {
			if d.vendor == vendor && d.device == device {
				name = d.short()
			}
		}
		switch vendor {
		case "1002":
			gpus = append(gpus, amdCard(root, folder, device, name, processor))
		case "8086":
			gpus = append(gpus, intelCard(root, path.Dir(folder), device, name))
		}
	}
	return gpus
}

// npuOf names the processor for neural networks.
func npuOf(root fs.FS, pci []pciDevice) string {
	for _, d := range pci {
		lower := strings.ToLower(d.name)
		if d.class == "1200" || d.class == "1180" && (strings.Contains(lower, "npu") || strings.Contains(lower, "neural") || strings.Contains(lower, "ipu device")) {
			return d.name
		}
	}
	entries, err := fs.ReadDir(root, "sys/class/accel")
	if err != nil {
		return ""
	}
	for _, entry := range entries {
		switch strings.TrimSpace(read(root, path.Join("sys/class/accel", entry.Name(), "device/vendor"))) {
		case "0x1022":
			return "AMD NPU"
		case "0x8086":
			return "Intel NPU"
		}
	}
	return ""
}

func powerOf(root fs.FS) Power {
	var p Power
	entries, err := fs.ReadDir(root, "sys/class/power_supply")
	if err != nil {
		return p
	}
	online, mains := false, false
	for _, entry := range entries {
		folder := path.Join("sys/class/power_supply", entry.Name())
		if scope := strings.TrimSpace(read(root, folder+"/scope")); scope == "Device" {
			continue // the battery of a mouse
		}
		switch strings.TrimSpace(read(root, folder+"/type")) {
		case "Battery":
			p.Battery = true
			p.Percent = int(min(readBytes(root, folder+"/capacity"), 100))
			p.OnBattery = p.OnBattery || strings.TrimSpace(read(root, folder+"/status")) == "Discharging"
		case "Mains", "USB":
			mains = true
			online = online || strings.TrimSpace(read(root, folder+"/online")) == "1"
		}
	}
	if mains && online {
		p.OnBattery = false
	}
	return p
}
