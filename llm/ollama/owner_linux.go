package ollama

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// owns reports whether the process listens on the loopback port: the socket
// that /proc/net/tcp shows there must be one of the process's files.
func owns(pid, port int) bool {
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return false
	}
	inode := listener(string(table), port)
	if inode == "" {
		return false
	}
	files, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/fd/*")
	if err != nil {
		return false
	}
	for _, file := range files {
		if target, err := os.Readlink(file); err == nil && target == "socket:["+inode+"]" {
			return true
		}
	}
	return false
}

// listener finds the inode of the socket that listens on 127.0.0.1:port.
func listener(table string, port int) string {
	const listening = "0A"
	address := fmt.Sprintf("0100007F:%04X", port)
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) > 9 && fields[1] == address && fields[3] == listening {
			return fields[9]
		}
	}
	return ""
}
