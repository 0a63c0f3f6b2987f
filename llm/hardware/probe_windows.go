package hardware

import (
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/cpu"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// memoryStatus is the system's MEMORYSTATUSEX.
type memoryStatus struct {
	length, load                                          uint32
	totalPhysical, availablePhysical                      uint64
	totalPage, availablePage, totalVirtual, availableVirt uint64
	availableExtended                                     uint64
}

// Probe asks the system. What it does not tell stays zero.
func Probe() (Machine, error) {
	status := memoryStatus{length: uint32(unsafe.Sizeof(memoryStatus{}))}
	call := windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")
	if ok, _, err := call.Call(uintptr(unsafe.Pointer(&status))); ok == 0 {
		return Machine{}, err
	}
	m := Machine{System: "windows", Memory: Memory{Total: int64(status.totalPhysical), Available: int64(status.availablePhysical)}}
	m.CPU = CPU{Model: model(), Cores: runtime.NumCPU(), Threads: runtime.NumCPU(), Flags: flags()}
	return m, nil
}

func model() string {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, `HARDWARE\DESCRIPTION\System\CentralProcessor\0`, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer key.Close()
	name, _, err := key.GetStringValue("ProcessorNameString")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(name)
}

func flags() []string {
	found := []string{}
	for _, flag := range []struct {
		name string
		has  bool
	}{
		{"sse4_2", cpu.X86.HasSSE42}, {"avx", cpu.X86.HasAVX}, {"avx2", cpu.X86.HasAVX2}, {"fma", cpu.X86.HasFMA},
		{"avx512f", cpu.X86.HasAVX512F}, {"avx512_vnni", cpu.X86.HasAVX512VNNI}, {"avx512_bf16", cpu.X86.HasAVX512BF16},
		{"asimd", cpu.ARM64.HasASIMD}, {"asimddp", cpu.ARM64.HasASIMDDP},
	} {
		if flag.has {
			found = append(found, flag.name)
		}
	}
	return found
}
