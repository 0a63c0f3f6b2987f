package power

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

type system struct{}

// powerStatus is the system's SYSTEM_POWER_STATUS.
type powerStatus struct {
	line, battery, percent, saver byte
	seconds, fullSeconds          uint32
}

// OnBattery implements [Probe].
func (system) OnBattery() (bool, error) {
	var status powerStatus
	call := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetSystemPowerStatus")
	if ok, _, err := call.Call(uintptr(unsafe.Pointer(&status))); ok == 0 {
		return false, err
	}
	return status.line == 0, nil // 1 online, 255 unknown
}
