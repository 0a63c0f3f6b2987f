//go:build !linux

package child

import "errors"

const canConfine = false

func become(Confinement, string, []string, []string) error {
	return errors.New("child: this system cannot confine a program")
}
