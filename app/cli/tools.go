package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"kontor/app/child"
	"kontor/localrag/parse"
)

// tool runs another program to its end under the shim: limited, with its own
// folder as the only one it may change, and on Linux without the network.
func (s childStarters) tool(ctx context.Context, p parse.ToolProgram) error {
	process := child.Command(child.Options{
		Program: p.Path, Args: p.Args, Env: p.Env, Dir: p.Dir, Stdin: p.Stdin, Stdout: p.Stdout, Stderr: logWriter{p.Name},
		Limits:  child.Limits{MemoryBytes: p.MemoryBytes, WallTime: p.Time, Nice: 10},
		Confine: &child.Confinement{Write: []string{p.Dir}, Read: p.Read},
	})
	if err := process.Start(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { process.Kill() })
	defer stop()
	exit := process.Wait()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case exit.Reason == child.ReasonMemory:
		return parse.ErrToolMemory
	case exit.Reason == child.ReasonTime:
		return parse.ErrToolTime
	case !exit.OK():
		return fmt.Errorf("%s: %s, code %d, %s", p.Name, exit.Reason, exit.Code, exit.Detail)
	}
	return nil
}

// findTool looks for a program in the folder of tools, beside this program, on
// the path and where installers of the systems put it.
func (p *Program) findTool(name string) (path, data string) {
	var folders []string
	if p.flags.ToolsDir != "" {
		folders = append(folders, p.flags.ToolsDir)
	}
	for _, folder := range folders {
		if path := inFolder(folder, name); path != "" {
			return path, dataBeside(path)
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		if path, err = filepath.Abs(path); err == nil {
			return path, ""
		}
	}
	for _, path := range usualPlaces(name, p.Env) {
		if isProgram(path) {
			return path, ""
		}
	}
	return "", ""
}

// inFolder finds a program in a folder as it is installed or unpacked.
func inFolder(folder, name string) string {
	file := name
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	for _, inside := range []string{"", "bin", "program", name, filepath.Join(name, "bin"), filepath.Join("libreoffice", "program")} {
		if path := filepath.Join(folder, inside, file); isProgram(path) {
			return path
		}
	}
	return ""
}

// dataBeside is the folder of trained languages that came with Tesseract.
func dataBeside(program string) string {
	folder := filepath.Dir(program)
	for _, data := range []string{
		filepath.Join(folder, "tessdata"), filepath.Join(folder, "..", "tessdata"), filepath.Join(folder, "..", "share", "tessdata"),
	} {
		if info, err := os.Stat(data); err == nil && info.IsDir() {
			return data
		}
	}
	return ""
}

// usualPlaces are where programs stand that are on no path.
func usualPlaces(name string, env func(string) string) []string {
	switch runtime.GOOS {
	case "windows":
		var places []string
		for _, root := range []string{env("ProgramFiles"), env("ProgramFiles(x86)"), env("LOCALAPPDATA") + `\Programs`} {
			places = append(places, filepath.Join(root, "Tesseract-OCR", name+".exe"), filepath.Join(root, "LibreOffice", "program", name+".exe"))
		}
		return places
	case "darwin":
		return []string{
			"/opt/homebrew/bin/" + name, "/usr/local/bin/" + name, "/Applications/LibreOffice.app/Contents/MacOS/" + name,
		}
	}
	return []string{"/usr/bin/" + name, "/usr/local/bin/" + name, "/opt/libreoffice/program/" + name}
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && (runtime.GOOS == "windows" || info.Mode().Perm()&0o111 != 0)
}
