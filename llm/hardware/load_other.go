//go:build !linux

package hardware

// Load is how many threads wanted a core over the last minute, on average;
// 0 if the system does not tell.
func Load() float64 { return 0 }
