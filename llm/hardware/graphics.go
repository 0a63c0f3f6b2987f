package hardware

import (
	"encoding/csv"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// nvidiaQuery asks NVIDIA's tool for a table with a header.
var nvidiaQuery = []string{"--query-gpu=name,memory.total,memory.free,driver_version,compute_cap", "--format=csv"}

// parseNVIDIA reads a table of nvidia-smi by the names in its header; columns
// that are missing, or whose value is "[N/A]", stay unknown.
func parseNVIDIA(text string) []GPU {
	reader := csv.NewReader(strings.NewReader(text))
	reader.TrimLeadingSpace, reader.FieldsPerRecord, reader.LazyQuotes = true, -1, true
	rows, err := reader.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil
	}
	column := map[string]int{}
	for i, title := range rows[0] {
		title, _, _ = strings.Cut(title, " ") // without the unit
		column[strings.TrimSpace(title)] = i
	}
	if _, ok := column["name"]; !ok {
		return nil
	}
	var gpus []GPU
	for _, row := range rows[1:] {
		cell := func(title string) string {
			i, ok := column[title]
			if !ok || i >= len(row) || strings.HasPrefix(row[i], "[") {
				return ""
			}
			return strings.TrimSpace(row[i])
		}
		if cell("name") == "" {
			continue
		}
		gpu := GPU{
			Vendor: NVIDIA, Name: cell("name"), Memory: mebibytes(cell("memory.total")), Free: mebibytes(cell("memory.free")),
			Driver: cell("driver_version"), Compute: cell("compute_cap"),
		}
		if used := mebibytes(cell("memory.used")); gpu.Free == 0 && used > 0 {
			gpu.Free = gpu.Memory - used
		}
		gpu.Free = max(min(gpu.Free, gpu.Memory), 0)
		gpus = append(gpus, gpu)
	}
	return gpus
}

// mebibytes reads "8188 MiB" or "8188"; 0 for anything else.
func mebibytes(text string) int64 {
	number, unit, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > 1<<30 || unit != "" && unit != "MiB" {
		return 0
	}
	return n << 20
}

// amdIntegrated are the PCI numbers of AMD's graphics inside a processor
// (pci.ids of the PCI ID project) with the names their makers use.
var amdIntegrated = map[string]string{
	"15dd": "Radeon Vega (Raven Ridge)", "15d8": "Radeon Vega (Picasso)", "1636": "Radeon Vega (Renoir)", "1638": "Radeon Vega (Cezanne)",
	"164c": "Radeon Vega (Lucienne)", "164e": "Radeon Graphics (Raphael)", "1681": "Radeon 680M (Rembrandt)", "15bf": "Radeon 780M (Phoenix)",
	"15c8": "Radeon 740M (Phoenix)", "1900": "Radeon 780M (Hawk Point)", "1901": "Radeon 740M (Hawk Point)", "13c0": "Radeon Graphics (Granite Ridge)",
	"150e": "Radeon 880M / 890M (Strix)", "1114": "Radeon 840M / 860M (Krackan)", "1586": "Radeon 8050S / 8060S (Strix Halo)",
}

// amdCard reads what the driver amdgpu tells. Graphics inside a processor
// count as their own a small part that the firmware set aside; the driver
// gives them main memory up to mem_info_gtt_total.
func amdCard(root fs.FS, folder, device, name, processor string) GPU {
	gpu := GPU{Vendor: AMD, Name: name, Driver: "amdgpu"}
	known, integrated := amdIntegrated[device]
	if gpu.Name == "" || gpu.Name == "AMD/ATI" { // lspci knows only the maker
		gpu.Name = known
	}
	if gpu.Name == "" {
		gpu.Name = "AMD 1002:" + device
	}
	gpu.Integrated = integrated
	if named := radeonOf(processor); integrated && named != "" {
		gpu.Name = named
	}
	gpu.Memory = readBytes(root, folder+"/mem_info_vram_total")
	if used := readBytes(root, folder+"/mem_info_vram_used"); gpu.Memory > 0 {
		gpu.Free = max(gpu.Memory-used, 0)
	} else {
		gpu.Driver = ""
	}
	if gpu.Integrated {
		gpu.Shared = readBytes(root, folder+"/mem_info_gtt_total")
	}
	return gpu
}

// radeonOf finds the graphics in a processor's name, for example "AMD RYZEN AI
// MAX+ 395 w/ Radeon 8060S".
func radeonOf(processor string) string {
	for _, word := range []string{"w/ ", "with "} {
		if _, after, ok := strings.Cut(processor, word+"Radeon"); ok && !strings.HasPrefix(strings.TrimSpace(after), "Graphics") {
			return "AMD Radeon" + strings.TrimSuffix(after, " Graphics")
		}
	}
	return ""
}

// intelDiscrete are beginnings of the PCI numbers of Intel's graphics cards.
var intelDiscrete = []string{"56", "e2", "490"}

// intelCard reads what the driver i915 tells; xe tells nothing in files.
func intelCard(root fs.FS, folder, device, name string) GPU {
	gpu := GPU{Vendor: Intel, Name: name, Integrated: true}
	if gpu.Name == "" {
		gpu.Name = "Intel 8086:" + device
	}
	if slices.ContainsFunc(intelDiscrete, func(start string) bool { return strings.HasPrefix(device, start) }) {
		gpu.Integrated = false
		gpu.Memory = readBytes(root, folder+"/lmem_total_bytes")
		gpu.Free = min(readBytes(root, folder+"/lmem_avail_bytes"), gpu.Memory)
	}
	return gpu
}
