package ollama

import (
	"os"
	"strconv"
	"sync"
)

// A log grows to logBytes, then becomes file.1, file.1 becomes file.2 and the
// oldest goes.
const (
	logBytes = 5 << 20
	logOlder = 2
)

// logFile is a file that is rotated by size.
type logFile struct {
	mu   sync.Mutex
	path string
	file *os.File
	size int64
}

func openLog(path string) (*logFile, error) {
	l := &logFile{path: path}
	return l, l.open()
}

func (l *logFile) open() error {
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	l.file, l.size = file, info.Size()
	return nil
}

// Write appends data. It reports success even if the disk is full: a server
// must not stop because its log cannot be written.
func (l *logFile) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size+int64(len(data)) > logBytes {
		l.rotate()
	}
	if l.file != nil {
		n, _ := l.file.Write(data)
		l.size += int64(n)
	}
	return len(data), nil
}

func (l *logFile) rotate() {
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
	for n := logOlder; n > 0; n-- {
		older := l.path + "." + strconv.Itoa(n)
		newer := l.path
		if n > 1 {
			newer += "." + strconv.Itoa(n-1)
		}
		// A missing older log is no error.
		_ = os.Rename(newer, older)
	}
	_ = l.open()
}

// Close ends the log.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
