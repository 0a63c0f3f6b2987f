package endpoint

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxLine bounds a line of a stream, in bytes: a whole tool call is one.
const maxLine = 4 << 20

var errTooLarge = errors.New("the answer is too large")

// Event is one server-sent event.
type Event struct {
	Name string // "" for the usual kind
	Data []byte
}

// events reads a stream of server-sent events as the HTML standard has it,
// except that an event before the end counts even without its empty line.
func events(body io.Reader, each func(Event) error) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, 16<<10), maxLine)
	var event Event
	pending := false
	flush := func() error {
		if !pending {
			event = Event{}
			return nil
		}
		ready := event
		event, pending = Event{}, false
		return each(ready)
	}
	for lines.Scan() {
		line := bytes.TrimSuffix(lines.Bytes(), []byte("\r"))
		if len(line) == 0 {
			if err := flush(); err != nil {
				return err
			}
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			event.Name = string(value)
		case "error": // older llama.cpp servers put an error where the field's name belongs
			event.Name, event.Data, pending = "error", bytes.Clone(value), true
		case "data":
			if pending {
				event.Data = append(event.Data, '\n')
			}
			event.Data, pending = append(event.Data, value...), true
		}
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return errTooLarge
		}
		return err
	}
	return flush()
}
