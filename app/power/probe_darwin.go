package power

import "os/exec"

type system struct{}

// OnBattery implements [Probe].
func (system) OnBattery() (bool, error) {
	output, err := exec.Command("/usr/bin/pmset", "-g", "batt").Output()
	return drawing(string(output)), err
}
