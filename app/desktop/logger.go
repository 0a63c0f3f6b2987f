//go:build desktop || bindings || dev

package desktop

import (
	"log/slog"
	"strings"
)

// quietLogger keeps what people wrote and the names of their files out of the
// log: Wails puts whole calls of the page into its messages, behind a colon.
type quietLogger struct{ log *slog.Logger }

func withoutContent(message string) string {
	kind, _, _ := strings.Cut(message, ":")
	const longest = 120
	if len(kind) > longest {
		kind = kind[:longest]
	}
	return strings.ToValidUTF8(kind, "")
}

func (q *quietLogger) Print(message string)   { q.log.Debug(withoutContent(message)) }
func (q *quietLogger) Trace(string)           {}
func (q *quietLogger) Debug(string)           {}
func (q *quietLogger) Info(message string)    { q.log.Debug(withoutContent(message)) }
func (q *quietLogger) Warning(message string) { q.log.Warn(withoutContent(message)) }
func (q *quietLogger) Error(message string)   { q.log.Error(withoutContent(message)) }

// Fatal implements the logger of Wails, which ends the program itself after some of them.
func (q *quietLogger) Fatal(message string) { q.log.Error(withoutContent(message)) }
