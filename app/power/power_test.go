package power

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSupplies(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  bool
	}{
		"no supply":              {},
		"mains":                  {files: map[string]string{"AC/type": "Mains", "AC/online": "1", "BAT0/type": "Battery", "BAT0/status": "Charging"}},
		"battery":                {files: map[string]string{"AC/type": "Mains", "AC/online": "0", "BAT0/type": "Battery", "BAT0/status": "Discharging"}, want: true},
		"second battery":         {files: map[string]string{"BAT0/type": "Battery", "BAT0/status": "Not charging", "BAT1/type": "Battery", "BAT1/status": "Discharging\n"}, want: true},
		"dock while discharging": {files: map[string]string{"BAT0/type": "Battery", "BAT0/status": "Discharging", "ucsi/type": "USB", "ucsi/online": "1"}},
		"mouse":                  {files: map[string]string{"hid/type": "Battery", "hid/status": "Discharging", "hid/scope": "Device"}},
		"unreadable":             {files: map[string]string{"x/other": "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			for file, content := range test.files {
				path := filepath.Join(folder, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := supplies(folder); got != test.want || err != nil {
				t.Errorf("on battery %v, %v", got, err)
			}
		})
	}
	if got, err := supplies(filepath.Join(t.TempDir(), "missing")); got || err != nil {
		t.Errorf("no folder: %v, %v", got, err)
	}
	if _, err := System().OnBattery(); err != nil {
		t.Errorf("this computer: %v", err)
	}
}

func TestDrawing(t *testing.T) {
	if !drawing("Now drawing from 'Battery Power'\n -InternalBattery-0 (id=1)\t85%; discharging") {
		t.Error("battery is not seen")
	}
	if drawing("Now drawing from 'AC Power'\n -InternalBattery-0 charged; was Battery Power") || drawing("") {
		t.Error("mains is taken for battery")
	}
}
