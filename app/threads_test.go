package app

import (
	"testing"

	"kontor/llm/hardware"
)

func TestThreadsForTwoKindsOfCores(t *testing.T) {
	for _, c := range []struct {
		name                   string
		performance, efficient int
		cores                  int
		chat, embed            int
	}{
		{"all of one kind", 0, 0, 8, 7, 7},
		{"two cores", 0, 0, 2, 2, 1},
		{"more performance cores", 8, 4, 12, 8, 8},
		{"as many of each", 4, 4, 8, 4, 4},
		{"a light laptop", 2, 8, 10, 5, 5},
		{"a desktop", 6, 8, 14, 7, 7},
	} {
		cpu := hardware.CPU{Cores: c.cores, Performance: c.performance, Efficiency: c.efficient}
		if chat, embed := threads(cpu, c.cores, 0); chat != c.chat || embed != c.embed {
			t.Errorf("%s: %d and %d threads, want %d and %d", c.name, chat, embed, c.chat, c.embed)
		}
	}
}
