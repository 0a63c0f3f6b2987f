package edge

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	codeLife    = 10 * time.Minute
	sessionLife = 30 * 24 * time.Hour
	// maxCodes and maxSessions bound what is remembered; the oldest go first.
	maxCodes    = 16
	maxSessions = 64
	secretBytes = 32 // 256 bits
)

// sessions remembers hashes of one-time codes and of sessions, never
// themselves: who reads the file or the memory of a crash cannot sign in.
type sessions struct {
	path string
	now  func() time.Time

	mu     sync.Mutex
	port   int
	codes  []secret
	logins []secret
}

type secret struct {
	Hash    string `json:"hash"` // SHA-256, hex
	Expires int64  `json:"expires"`
}

// stored is the shape of the session file.
type stored struct {
	Port     int      `json:"port"`
	Sessions []secret `json:"sessions"`
}

func newSessions(path string, now func() time.Time) *sessions { return &sessions{path: path, now: now} }

// load reads the sessions of last time and returns the port of last time, 0 if
// there was none.
func (s *sessions) load() (port int, err error) {
	if s.path == "" {
		return 0, nil
	}
	raw, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var file stored
	if err := json.Unmarshal(raw, &file); err != nil {
		return 0, fmt.Errorf("decode sessions: %w", err)
	}
	if file.Port < 0 || file.Port > 65535 {
		file.Port = 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logins = s.living(file.Sessions)
	return file.Port, nil
}

// keep notes the port for the next start.
func (s *sessions) keep(port int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.port = port
	return s.save()
}

// save writes the file in one step, so that a crash leaves the old or the new one.
func (s *sessions) save() error {
	if s.path == "" {
		return nil
	}
	raw, err := json.Marshal(stored{Port: s.port, Sessions: s.logins})
	if err != nil {
		return err
	}
	folder := filepath.Dir(s.path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, ".sessions-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.Write(raw)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), s.path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

func (s *sessions) newCode() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	code, entry := s.newSecret(codeLife)
	s.codes = newest(append(s.living(s.codes), entry), maxCodes)
	return code
}

// exchange turns a code into a session. A code works once.
func (s *sessions) exchange(code string) (session string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes = s.living(s.codes)
	i := find(s.codes, code)
	if i < 0 {
		return "", false
	}
	s.codes = append(s.codes[:i], s.codes[i+1:]...)
	session, entry := s.newSecret(sessionLife)
	s.logins = newest(append(s.living(s.logins), entry), maxSessions)
	// A session that could not be written works until the program ends.
	_ = s.save()
	return session, true
}

// valid reports whether a session is known and has not expired.
func (s *sessions) valid(session string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := find(s.logins, session)
	return i >= 0 && s.logins[i].Expires > s.now().UnixMilli()
}

// revoke ends a session.
func (s *sessions) revoke(session string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := find(s.logins, session); i >= 0 {
		s.logins = append(s.logins[:i], s.logins[i+1:]...)
	}
	return s.save()
}

func (s *sessions) newSecret(life time.Duration) (string, secret) {
	raw := make([]byte, secretBytes)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	text := base64.RawURLEncoding.EncodeToString(raw)
	return text, secret{Hash: hash(text), Expires: s.now().Add(life).UnixMilli()}
}

func (s *sessions) living(list []secret) []secret {
	now := s.now().UnixMilli()
	living := make([]secret, 0, len(list)+1)
	for _, entry := range list {
		if entry.Expires > now {
			living = append(living, entry)
		}
	}
	return living
}

func newest(list []secret, limit int) []secret { return list[max(0, len(list)-limit):] }

// find looks at every entry in constant time, so that the time of a refusal
// tells nothing about what is remembered.
func find(list []secret, text string) int {
	wanted, found := []byte(hash(text)), -1
	for i, entry := range list {
		if subtle.ConstantTimeCompare([]byte(entry.Hash), wanted) == 1 {
			found = i
		}
	}
	return found
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
