package hardware

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// windowsScript asks the system's management interface for the classes below
// and the registry for the memory of graphics adapters, whose 32-bit number in
// Win32_VideoController ends at 4 GB.
const windowsScript = `$ErrorActionPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$class = 'HKLM:\SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}\0*'
@{
  computer = @(Get-CimInstance Win32_ComputerSystem | Select-Object Manufacturer, Model, TotalPhysicalMemory)
  system = @(Get-CimInstance Win32_OperatingSystem | Select-Object FreePhysicalMemory)
  processors = @(Get-CimInstance Win32_Processor | Select-Object Name, NumberOfCores, NumberOfLogicalProcessors)
  video = @(Get-CimInstance Win32_VideoController | Select-Object Name, PNPDeviceID, AdapterRAM, DriverVersion)
  adapters = @(Get-ItemProperty $class | Select-Object DriverDesc, 'HardwareInformation.qwMemorySize')
  npu = @(Get-CimInstance Win32_PnPEntity -Filter "PNPClass = 'ComputeAccelerator'" | Select-Object Name)
  battery = @(Get-CimInstance Win32_Battery | Select-Object BatteryStatus, EstimatedChargeRemaining)
} | ConvertTo-Json -Depth 4 -Compress`

// many reads a list, or the one value that PowerShell 5 writes instead of a
// list of one.
type many[T any] []T

func (m *many[T]) UnmarshalJSON(raw []byte) error {
	var list []T
	if err := json.Unmarshal(raw, &list); err == nil {
		*m = list
		return nil
	}
	var one T
	if err := json.Unmarshal(raw, &one); err == nil {
		*m = []T{one}
	}
	return nil // less knowledge, no error
}

type windowsReport struct {
	Computer many[struct {
		Manufacturer, Model string
		TotalPhysicalMemory json.Number
	}]
	System     many[struct{ FreePhysicalMemory json.Number }]
	Processors many[struct {
		Name                                     string
		NumberOfCores, NumberOfLogicalProcessors json.Number
	}]
	Video many[struct {
		Name, PNPDeviceID, DriverVersion string
		AdapterRAM                       json.Number
	}]
	Adapters many[struct {
		DriverDesc string
		Memory     json.Number `json:"HardwareInformation.qwMemorySize"`
	}]
	NPU     many[struct{ Name string }]
	Battery many[struct{ BatteryStatus, EstimatedChargeRemaining json.Number }]
}

// OnWindows asks PowerShell and NVIDIA's tool.
func OnWindows(run Run) Machine {
	m := Machine{System: "windows"}
	var report windowsReport
	text := strings.TrimPrefix(run("powershell", "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", windowsScript), "\ufeff")
	if json.Unmarshal([]byte(text), &report) != nil {
		report = windowsReport{}
	}
	for _, c := range report.Computer {
		m.Model = strings.TrimSpace(c.Manufacturer + " " + c.Model)
		m.Memory.Total = whole(c.TotalPhysicalMemory.String())
	}
	for _, s := range report.System {
		m.Memory.Available = whole(s.FreePhysicalMemory.String()) << 10
	}
	for _, p := range report.Processors {
		m.CPU.Model = strings.TrimSpace(p.Name)
		m.CPU.Cores += count(p.NumberOfCores.String())
		m.CPU.Threads += count(p.NumberOfLogicalProcessors.String())
	}
	m.GPUs = windowsGraphics(report, parseNVIDIA(run("nvidia-smi", nvidiaQuery...)), m.Memory.Total)
	for _, n := range report.NPU {
		m.NPU = n.Name
	}
	for _, b := range report.Battery {
		m.Power.Battery = true
		// 1 is "discharging", 4 and 5 are "low" and "critical" without a charger.
		m.Power.OnBattery = slices.Contains([]string{"1", "4", "5"}, b.BatteryStatus.String())
		m.Power.Percent = min(count(b.EstimatedChargeRemaining.String()), 100)
	}
	return m
}

var windowsVendors = map[string]string{"VEN_10DE": NVIDIA, "VEN_1002": AMD, "VEN_8086": Intel}

var pciVendor = regexp.MustCompile(`VEN_[0-9A-F]{4}`)

// windowsGraphics takes NVIDIA's own figures where its tool answered. Graphics
// inside a processor may use half of the memory that Windows has
// (SharedSystemMemory of DXGI), beside what the firmware set aside.
func windowsGraphics(report windowsReport, nvidia []GPU, total int64) []GPU {
	gpus := nvidia
	for _, v := range report.Video {
		vendor := windowsVendors[pciVendor.FindString(strings.ToUpper(v.PNPDeviceID))]
		if vendor == "" || vendor == NVIDIA && len(nvidia) > 0 {
			continue // a virtual adapter, or already listed
		}
		gpu := GPU{Vendor: vendor, Name: v.Name, Driver: v.DriverVersion, Memory: whole(v.AdapterRAM.String())}
		for _, a := range report.Adapters {
			if size := whole(a.Memory.String()); a.DriverDesc == v.Name && size > 0 {
				gpu.Memory = size
			}
		}
		if gpu.Integrated = integratedByName(vendor, v.Name); gpu.Integrated {
			gpu.Shared = total / 2
		}
		gpus = append(gpus, gpu)
	}
	return gpus
}

// integratedNames are parts of the names of graphics inside processors. A name
// of AMD's that tells no model, "AMD Radeon(TM) Graphics", is one too.
var integratedNames = map[string]*regexp.Regexp{
	AMD:   regexp.MustCompile(`(?i)radeon(\(tm\))? (graphics|vega|(6[68]|7[468]|8[468]|89)0m|80[456]0s)|vega \d+ graphics`),
	Intel: regexp.MustCompile(`(?i)uhd|iris|hd graphics|arc\(tm\) (graphics|1[34]0[vt])|intel\(r\) graphics`),
}

func integratedByName(vendor, name string) bool {
	pattern := integratedNames[vendor]
	return pattern != nil && pattern.MatchString(name)
}
