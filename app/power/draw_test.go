package power

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestDrawn(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  float64
	}{
		"no supply":  {},
		"mains":      {files: map[string]string{"AC/type": "Mains", "AC/online": "1", "BAT0/type": "Battery", "BAT0/status": "Charging", "BAT0/power_now": "9000000"}},
		"power":      {files: map[string]string{"BAT0/type": "Battery", "BAT0/status": "Discharging", "BAT0/power_now": "12500000\n"}, want: 12.5},
		"current":    {files: map[string]string{"BAT0/type": "Battery", "BAT0/status": "Discharging", "BAT0/current_now": "-1500000", "BAT0/voltage_now": "12000000"}, want: 18},
		"two":        {files: map[string]string{"BAT0/type": "Battery", "BAT0/status": "Discharging", "BAT0/power_now": "4000000", "BAT1/type": "Battery", "BAT1/status": "Not charging", "BAT1/power_now": "7000000"}, want: 4},
		"silent":     {files: map[string]string{"BAT0/type": "Battery", "BAT0/status": "Discharging"}},
		"unreadable": {files: map[string]string{"BAT0/type": "Battery", "BAT0/status": "Discharging", "BAT0/power_now": "much"}},
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
			if got, ok := drawn(folder); math.Abs(got-test.want) > 1e-9 || ok != (test.want > 0) {
				t.Errorf("draws %v W, %v", got, ok)
			}
		})
	}
}
