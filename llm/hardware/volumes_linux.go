package hardware

import "os"

func volumePaths() []string {
	raw, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return []string{"/"}
	}
	return parseMounts(string(raw))
}
