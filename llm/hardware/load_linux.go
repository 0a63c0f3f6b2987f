package hardware

import (
	"fmt"
	"os"
)

// Load is how many threads wanted a core over the last minute, on average;
// 0 if the system does not tell.
func Load() float64 {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	return parseLoad(string(raw))
}

// parseLoad reads the first figure of /proc/loadavg.
func parseLoad(raw string) float64 {
	var load float64
	if _, err := fmt.Sscan(raw, &load); err != nil || load < 0 {
		return 0
	}
	return load
}
