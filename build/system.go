package main

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
)

// need is something the system must provide: a program on the PATH, or a library with its headers.
type need struct {
	// tool is enough when it is found on the PATH, whoever installed it. Empty for a library.
	tool string
	// header and pkgConfig find a library where dpkg cannot be asked.
	header, pkgConfig string
	// packages names it for each package manager; missing means that manager has none.
	packages map[string]string
}

func tool(name string, packages map[string]string) need { return need{tool: name, packages: packages} }

// buildNeeds are what the frontend, the runtime and the programs are built with.
var buildNeeds = []need{
	tool("gcc", map[string]string{"apt": "gcc", "dnf": "gcc", "pacman": "gcc"}),
	tool("g++", map[string]string{"apt": "g++", "dnf": "gcc-c++", "pacman": "gcc"}),
	tool("cmake", map[string]string{"apt": "cmake", "dnf": "cmake", "pacman": "cmake", "brew": "cmake"}),
	tool("ninja", map[string]string{"apt": "ninja-build", "dnf": "ninja-build", "pacman": "ninja", "brew": "ninja"}),
	tool("npm", map[string]string{"apt": "npm", "dnf": "npm", "pacman": "npm", "brew": "node", "winget": "OpenJS.NodeJS.LTS"}),
	tool("python3", map[string]string{"apt": "python3-pip", "dnf": "python3-pip", "pacman": "python-pip", "brew": "python"}),
	{header: "nlohmann/json.hpp", packages: map[string]string{"apt": "nlohmann-json3-dev", "dnf": "json-devel", "pacman": "nlohmann-json", "brew": "nlohmann-json"}},
	{header: "stb/stb_image.h", packages: map[string]string{"apt": "libstb-dev", "dnf": "stb-devel", "pacman": "stb"}},
}

// windowNeeds are what the window is built with on Linux.
var windowNeeds = []need{
	tool("pkg-config", map[string]string{"apt": "pkg-config", "dnf": "pkgconf-pkg-config", "pacman": "pkgconf"}),
	{pkgConfig: "gtk+-3.0", packages: map[string]string{"apt": "libgtk-3-dev", "dnf": "gtk3-devel", "pacman": "gtk3"}},
	{pkgConfig: "x11", packages: map[string]string{"apt": "libx11-dev", "dnf": "libX11-devel", "pacman": "libx11"}},
	{pkgConfig: "webkit2gtk-4.1", packages: map[string]string{"apt": "libwebkit2gtk-4.1-dev", "dnf": "webkit2gtk4.1-devel", "pacman": "webkit2gtk-4.1"}},
}

// testNeeds are what only the tests use: a browser, a display without a screen, hands to move in it, and tools that watch
// the network and the processes; and the programs Kontor reads scans and old documents with.
var testNeeds = []need{
	tool("git", map[string]string{"apt": "git", "dnf": "git", "pacman": "git"}),
	tool("chromium", map[string]string{"apt": "chromium", "dnf": "chromium", "pacman": "chromium"}),
	tool("Xvfb", map[string]string{"apt": "xvfb", "dnf": "xorg-x11-server-Xvfb", "pacman": "xorg-server-xvfb"}),
	tool("xdotool", map[string]string{"apt": "xdotool", "dnf": "xdotool", "pacman": "xdotool"}),
	tool("import", map[string]string{"apt": "imagemagick", "dnf": "ImageMagick", "pacman": "imagemagick"}),
	tool("dbus-run-session", map[string]string{"apt": "dbus", "dnf": "dbus-daemon", "pacman": "dbus"}),
	tool("ip", map[string]string{"apt": "iproute2", "dnf": "iproute", "pacman": "iproute2"}),
	tool("tcpdump", map[string]string{"apt": "tcpdump", "dnf": "tcpdump", "pacman": "tcpdump"}),
	tool("strace", map[string]string{"apt": "strace", "dnf": "strace", "pacman": "strace"}),
	tool("pdftotext", map[string]string{"apt": "poppler-utils", "dnf": "poppler-utils", "pacman": "poppler"}),
	tool("tesseract", map[string]string{"apt": "tesseract-ocr", "dnf": "tesseract", "pacman": "tesseract"}),
	{header: "../share/tesseract-ocr/5/tessdata/deu.traineddata", packages: map[string]string{"apt": "tesseract-ocr-deu", "dnf": "tesseract-langpack-deu", "pacman": "tesseract-data-deu"}},
	tool("soffice", map[string]string{"apt": "libreoffice-writer-nogui", "dnf": "libreoffice-writer", "pacman": "libreoffice-fresh"}),
	{header: "../lib/libreoffice/program/libsclo.so", packages: map[string]string{"apt": "libreoffice-calc-nogui", "dnf": "libreoffice-calc", "pacman": "libreoffice-fresh"}},
	{header: "../lib/libreoffice/program/libsdlo.so", packages: map[string]string{"apt": "libreoffice-impress-nogui", "dnf": "libreoffice-impress", "pacman": "libreoffice-fresh"}},
	{header: "../share/fonts/truetype/liberation", packages: map[string]string{"apt": "fonts-liberation", "dnf": "liberation-fonts", "pacman": "ttf-liberation"}},
}

// managers are the package managers we can name a command for, most telling first.
var managers = []struct{ name, tool, install string }{
	{"apt", "apt-get", "apt-get install -y --no-install-recommends"},
	{"dnf", "dnf", "dnf install -y"},
	{"pacman", "pacman", "pacman -S --needed"},
	{"brew", "brew", "brew install"},
	{"winget", "winget", "winget install"},
}

// missingError says what to install before the task can run.
type missingError struct{ text string }

func (e missingError) Error() string { return e.text }

// provide makes sure that every need is met: on Debian as root by installing, elsewhere by ending with the command to run.
func (w *workshop) provide(ctx context.Context, s *step, needs []need) error {
	manager := findManager()
	var installed map[string]bool
	if manager == "apt" {
		installed = debianPackages(ctx, needs)
	}
	missing := slices.DeleteFunc(slices.Clone(needs), func(n need) bool { return n.present(ctx, installed) })
	if len(missing) == 0 {
		s.note = "all present"
		return nil
	}
	if manager == "apt" && os.Geteuid() == 0 {
		packages := packageNames(missing, manager)
		s.note = "installed " + strings.Join(packages, " ")
		quiet := []string{"DEBIAN_FRONTEND=noninteractive"}
		if err := w.command("apt-get", "update", "-q").with(quiet...).run(ctx, s); err != nil {
			return err
		}
		install := append([]string{"apt-get", "install", "-y", "-q", "--no-install-recommends"}, packages...)
		return w.command(install...).with(quiet...).run(ctx, s)
	}
	return missingError{advice(missing, manager)}
}

// debianPackages returns those of the needs' packages that are installed. dpkg-query fails when it does not know one, but
// lists the others all the same.
func debianPackages(ctx context.Context, needs []need) map[string]bool {
	query := append([]string{"-W", "-f=${Package} ${Status}\n"}, packageNames(needs, "apt")...)
	out, _ := exec.CommandContext(ctx, "dpkg-query", query...).Output()
	installed := map[string]bool{}
	for _, line := range strings.Split(string(out), "\n") {
		if name, ok := strings.CutSuffix(line, " install ok installed"); ok {
			installed[name] = true
		}
	}
	return installed
}

// present reports whether the system has it. installed are Debian's packages, nil where there is no dpkg.
func (n need) present(ctx context.Context, installed map[string]bool) bool {
	switch {
	case n.tool == "python3":
		return exec.CommandContext(ctx, pythonName(), "-c", "import pip").Run() == nil
	case n.tool != "":
		_, err := exec.LookPath(n.tool)
		return err == nil
	case installed != nil:
		return installed[n.packages["apt"]]
	case n.pkgConfig != "":
		return exec.CommandContext(ctx, "pkg-config", "--exists", n.pkgConfig).Run() == nil
	}
	return slices.ContainsFunc([]string{"/usr/include", "/usr/local/include", "/opt/homebrew/include"}, func(dir string) bool {
		_, err := os.Stat(dir + "/" + n.header)
		return err == nil
	})
}

// advice is the exact command for what is missing, and what has to be found by hand.
func advice(missing []need, manager string) string {
	var text strings.Builder
	text.WriteString("Something must be installed first.")
	packages := packageNames(missing, manager)
	if len(packages) > 0 {
		text.WriteString(" Run:\n\n    ")
		for _, m := range managers {
			if m.name != manager {
				continue
			}
			if runtime.GOOS == "linux" && os.Geteuid() != 0 {
				text.WriteString("sudo ")
			}
			text.WriteString(m.install + " " + strings.Join(packages, " ") + "\n")
		}
	}
	var byHand []string
	for _, n := range missing {
		if n.packages[manager] == "" {
			byHand = append(byHand, n.tool+n.header+n.pkgConfig)
		}
	}
	if len(byHand) > 0 {
		text.WriteString("\nThis system's packages have no name we know for: " + strings.Join(byHand, ", ") + "\n")
	}
	return text.String()
}

func packageNames(needs []need, manager string) []string {
	var names []string
	for _, n := range needs {
		if name := n.packages[manager]; name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func findManager() string {
	for _, m := range managers {
		if _, err := exec.LookPath(m.tool); err == nil {
			return m.name
		}
	}
	return ""
}

// pythonName is what the system calls Python 3.
func pythonName() string {
	if runtime.GOOS == "windows" {
		return "python"
	}
	return "python3"
}

// hasDisplay reports whether a window could be shown.
func hasDisplay() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// onLinux returns the needs on Linux and none elsewhere.
func onLinux(needs []need) []need {
	if runtime.GOOS != "linux" {
		return nil
	}
	return needs
}
