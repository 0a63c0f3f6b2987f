//go:build !linux && !darwin && !windows

package power

type system struct{}

// OnBattery implements [Probe].
func (system) OnBattery() (bool, error) { return false, nil }
