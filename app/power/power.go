// Package power says whether this computer runs on its battery, so that work
// that can wait may wait for the mains. It is a leaf: it knows nothing of ours,
// keeps nothing and starts nothing but, on macOS, the system's own tool.
package power

import (
	"os"
	"path/filepath"
	"strings"
)

// Probe says whether the computer runs on its battery. An error means that the
// system does not tell; a computer without a battery is no error.
type Probe interface {
	OnBattery() (bool, error)
}

// System is this computer's probe.
func System() Probe { return system{} }

// Fixed is a probe that always says the same.
type Fixed bool

// OnBattery implements [Probe].
func (f Fixed) OnBattery() (bool, error) { return bool(f), nil }

// supplies reads Linux's folder of power supplies: on battery is a computer
// that has a battery which discharges while no other supply is online.
func supplies(folder string) (bool, error) {
	entries, err := os.ReadDir(folder)
	if os.IsNotExist(err) {
		return false, nil // a virtual machine, or a kernel without the class
	}
	if err != nil {
		return false, err
	}
	discharging := false
	for _, entry := range entries {
		read := func(name string) string {
			raw, err := os.ReadFile(filepath.Join(folder, entry.Name(), name))
			if err != nil {
				return ""
			}
			return strings.TrimSpace(string(raw))
		}
		// A battery of a mouse or a pen says nothing about the computer.
		if read("scope") == "Device" {
			continue
		}
		switch kind := read("type"); kind {
		case "Battery":
			discharging = discharging || read("status") == "Discharging"
		case "":
		default: // Mains, USB, Wireless
			if read("online") == "1" {
				return false, nil
			}
		}
	}
	return discharging, nil
}

// drawing reads what macOS's pmset says of where power comes from.
func drawing(output string) bool {
	first, _, _ := strings.Cut(output, "\n")
	return strings.Contains(first, "Battery Power")
}
