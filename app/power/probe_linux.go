package power

type system struct{}

// OnBattery implements [Probe].
func (system) OnBattery() (bool, error) { return supplies("/sys/class/power_supply") }
