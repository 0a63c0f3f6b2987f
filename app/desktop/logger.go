//go:build desktop || bindings || dev

package desktop

import (
	"log/slog"
	"strings"
)

// quietLogger keeps what people wrote out of the log: Wails puts whole calls
// of the page into some of its messages.
type quietLogger struct{ log *slog.Logger }

func withoutContent(message string) string {
	if strings.HasPrefix(message, "process message error:") {
		return "process message error"
	}
	const longest = 200
	if len(message) > longest {
		return strings.ToValidUTF8(message[:longest], "")
	}
	return message
}

func (q *quietLogger) Print(message string)   { q.log.Debug(withoutContent(message)) }
func (q *quietLogger) Trace(string)           {}
func (q *quietLogger) Debug(string)           {}
func (q *quietLogger) Info(message string)    { q.log.Debug(withoutContent(message)) }
func (q *quietLogger) Warning(message string) { q.log.Warn(withoutContent(message)) }
func (q *quietLogger) Error(message string)   { q.log.Error(withoutContent(message)) }

// Fatal implements the logger of Wails, which ends the program itself after some of them.
func (q *quietLogger) Fatal(message string) { q.log.Error(withoutContent(message)) }
