package policy

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// SystemSources are the places administrators of this system write to. It
// touches nothing; environment is asked for the folders some systems name there.
func SystemSources(environment func(string) string) []Source {
	data := environment("ProgramData")
	if data == "" {
		data = `C:\ProgramData`
	}
	folder := filepath.Join(data, "Kontor")
	return []Source{Files{File: filepath.Join(folder, "policy.json"), Folder: filepath.Join(folder, "policy.d"), Protected: ownedByAdministrators}}
}

// ownedByAdministrators refuses what a user put there: every user may create
// folders below ProgramData, but only administrators can give a file to
// themselves as a group or to the system.
func ownedByAdministrators(dir string, opened *os.File) error {
	for _, path := range []string{dir, opened.Name()} {
		info, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
		if err != nil {
			return fmt.Errorf("read owner: %w", err)
		}
		owner, _, err := info.Owner()
		if err != nil {
			return fmt.Errorf("read owner: %w", err)
		}
		if !owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) && !owner.IsWellKnown(windows.WinLocalSystemSid) {
			return fmt.Errorf("%s belongs to %s", path, owner)
		}
	}
	return nil
}
