package llmtest

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kontor/llm"
	"kontor/llm/gguf"
)

// RandomFile is a model file on the disk.
type RandomFile struct {
	Path, SHA256 string
	Bytes        int64
	Weights      llm.Weights
}

// WriteRandomFile writes a random model into folder and reads its header back:
// the shape found there must be the one that was asked for.
func WriteRandomFile(folder string, named NamedShape) (RandomFile, llm.Shape, error) {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(named.Name))
	out := RandomFile{Path: filepath.Join(folder, name+".gguf")}
	file, err := os.Create(out.Path)
	if err != nil {
		return out, llm.Shape{}, err
	}
	hash := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(file, hash), 1<<20)
	err = WriteRandomModel(buffered, named.Shape, named.Context)
	if err == nil {
		err = buffered.Flush()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return out, llm.Shape{}, err
	}
	out.SHA256 = hex.EncodeToString(hash.Sum(nil))
	header, err := gguf.Open(out.Path, llm.KeepForShape)
	if err != nil {
		return out, llm.Shape{}, err
	}
	out.Bytes = header.Size
	shape, weights, _ := llm.ShapeOf(header)
	out.Weights = weights
	return out, shape, nil
}
