package desktop

import (
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
)

func openFile(path string) error { return launch("xdg-open", path) }

// showInFolder asks the file manager to select the file; where none answers,
// the folder is opened.
func showInFolder(path string) error {
	address := url.URL{Scheme: "file", Path: path}
	// A comma would end the item of the list.
	item := "array:string:" + strings.ReplaceAll(address.String(), ",", "%2C")
	err := exec.Command("dbus-send", "--session", "--print-reply", "--reply-timeout=3000", "--dest=org.freedesktop.FileManager1",
		"/org/freedesktop/FileManager1", "org.freedesktop.FileManager1.ShowItems", item, "string:").Run()
	if err != nil {
		return launch("xdg-open", filepath.Dir(path))
	}
	return nil
}

// launch starts a helper and lets it go on for itself.
func launch(name string, arguments ...string) error {
	cmd := exec.Command(name, arguments...)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // its result is what the person sees
	return nil
}
