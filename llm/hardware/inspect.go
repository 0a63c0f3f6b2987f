package hardware

import (
	"bytes"
	"context"
	"os/exec"
	"time"
)

// patience bounds one tool, answer what is read of it.
const (
	patience = 10 * time.Second
	answer   = 1 << 20
)

// Inspect looks at the whole machine and at the disk that holds folder. It
// asks the system's own tools and can take seconds: a graphics driver may have
// to wake up. [Probe] is the quick look at memory and processor; what Inspect
// does not learn is taken from there.
func Inspect(ctx context.Context, folder string) Machine {
	m := inspect(tools(ctx))
	quick, err := Probe()
	if err == nil {
		m = m.complete(quick)
	}
	m.Disk = diskOf(folder)
	return m
}

// complete fills in what is unknown. What this process may use is told best by
// the quick look: it counts the cores it was given.
func (m Machine) complete(quick Machine) Machine {
	if m.Memory.Total == 0 {
		m.Memory.Total = quick.Memory.Total
	}
	if m.Memory.Available == 0 {
		m.Memory.Available = quick.Memory.Available
	}
	if m.Memory.Limit == 0 {
		m.Memory.Limit = quick.Memory.Limit
	}
	if m.CPU.Model == "" {
		m.CPU.Model = quick.CPU.Model
	}
	if len(m.CPU.Flags) == 0 {
		m.CPU.Flags = quick.CPU.Flags
	}
	if quick.CPU.Threads > 0 {
		m.CPU.Threads = quick.CPU.Threads
	}
	if m.CPU.Cores == 0 || m.CPU.Cores > m.CPU.Threads {
		m.CPU.Cores = quick.CPU.Cores
	}
	return m
}

// tools runs programs of the system by their full paths, so that no folder of
// the user's can put another in their place.
func tools(ctx context.Context) Run {
	return func(name string, arguments ...string) string {
		for _, path := range toolPaths(name) {
			ctx, cancel := context.WithTimeout(ctx, patience)
			out := &limited{}
			cmd := exec.CommandContext(ctx, path, arguments...)
			cmd.Stdout, cmd.WaitDelay = out, time.Second
			hide(cmd)
			err := cmd.Run()
			cancel()
			if err == nil {
				return out.String()
			}
		}
		return ""
	}
}

// limited keeps the beginning of what it is given.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if room := answer - l.Len(); room > 0 {
		l.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
