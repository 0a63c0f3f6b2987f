package power

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Draw is what the whole computer takes from its battery now, in watts; false
// on the mains, and where the system does not tell. Linux tells.
func Draw() (watts float64, ok bool) { return drawn("/sys/class/power_supply") }

// drawn sums the power of the batteries that discharge in Linux's folder of
// power supplies: in microwatts, or current and voltage in microamperes and
// microvolts.
func drawn(folder string) (watts float64, ok bool) {
	if onBattery, err := supplies(folder); err != nil || !onBattery {
		return 0, false
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return 0, false
	}
	for _, entry := range entries {
		read := func(name string) string {
			raw, err := os.ReadFile(filepath.Join(folder, entry.Name(), name))
			if err != nil {
				return ""
			}
			return strings.TrimSpace(string(raw))
		}
		micro := func(name string) float64 {
			value, err := strconv.ParseFloat(read(name), 64)
			if err != nil {
				return 0
			}
			return max(value, -value) / 1e6 // some drivers count out as negative
		}
		if read("type") != "Battery" || read("scope") == "Device" || read("status") != "Discharging" {
			continue
		}
		power := micro("power_now")
		if power == 0 {
			power = micro("current_now") * micro("voltage_now")
		}
		watts += power
	}
	return watts, watts > 0
}
