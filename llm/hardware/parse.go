package hardware

import (
	"slices"
	"strconv"
	"strings"
)

// relevant instruction sets, as Linux names them.
var relevant = []string{
	"sse4_2", "avx", "avx2", "f16c", "fma", "bmi2", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_int8",
	"asimd", "asimddp", "i8mm", "sve",
}

// parseMeminfo reads /proc/meminfo.
func parseMeminfo(text string) Memory {
	var m Memory
	for line := range strings.Lines(text) {
		key, rest, _ := strings.Cut(line, ":")
		fields := strings.Fields(rest)
		if len(fields) == 0 {
			continue
		}
		kib, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil || kib < 0 || kib > 1<<40 {
			continue
		}
		switch key {
		case "MemTotal":
			m.Total = kib << 10
		case "MemAvailable":
			m.Available = kib << 10
		}
	}
	return m
}

// parseLimit reads a limit of the kernel's control groups: "max" in version
// 2, a number near 2^63 in version 1 mean none.
func parseLimit(text string) int64 {
	limit, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || limit <= 0 || limit >= 1<<60 {
		return 0
	}
	return limit
}

// parseCgroup returns the path of the unified group in /proc/self/cgroup, and
// that of the memory controller of version 1, empty if there is none.
func parseCgroup(text string) (unified, memory string) {
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		switch {
		case parts[0] == "0" && parts[1] == "":
			unified = parts[2]
		case slices.Contains(strings.Split(parts[1], ","), "memory"):
			memory = parts[2]
		}
	}
	return unified, memory
}

// parseCPUInfo reads /proc/cpuinfo. A core is a pair of socket and core
// number; where these are not told, each thread counts as a core.
func parseCPUInfo(text string) CPU {
	var cpu CPU
	cores := map[string]bool{}
	var socket string
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch key {
		case "processor":
			cpu.Threads++
		case "model name":
			cpu.Model = value
		case "physical id":
			socket = value
		case "core id":
			cores[socket+"/"+value] = true
		case "flags", "Features":
			if cpu.Flags == nil {
				cpu.Flags = relevantFlags(strings.Fields(value))
			}
		}
	}
	cpu.Cores = len(cores)
	if cpu.Cores == 0 {
		cpu.Cores = cpu.Threads
	}
	return cpu
}

func relevantFlags(all []string) []string {
	found := []string{}
	for _, flag := range relevant {
		if slices.Contains(all, flag) {
			found = append(found, flag)
		}
	}
	return found
}
