package parse

import (
	"os"
	"os/exec"
	"testing"

	landlock "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// A worker that has given up its rights can neither read nor write files.
// Kernels without Landlock cannot do that.
func TestRightsAreGone(t *testing.T) {
	if version, err := landlock.LandlockGetABIVersion(); err != nil || version < 1 {
		t.Skip("no Landlock here")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{workerEnv + "=rights"}
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	if err != nil || string(out) != "none" {
		t.Errorf("rights left: %s, %v", out, err)
	}
}
