package parse

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"kontor/localrag"
)

// Program and worker exchange frames: a length (4 bytes, big endian, of what
// follows), a kind (1 byte), the content.
const (
	frameJob      = 'J' // to the worker: a job as JSON
	frameData     = 'D' // to the worker: bytes of the document
	frameEnd      = 'E' // to the worker: the document is complete
	frameReady    = 'R' // the worker has given up its rights; also a question for a sign of life and its answer
	frameAsk      = 'A' // the worker asks for help, as JSON; data and an end follow, and come back
	frameProgress = 'P'
	frameText     = 'T' // a stretch of the text
	frameBlocks   = 'B' // blocks as JSON
	frameRects    = 'L' // the answer to a job of kind locate, as JSON
	frameDone     = 'F' // the rest of the result as JSON; ends a job
	frameFailed   = 'X' // an error as JSON; ends a job
)

const (
	maxFrame  = 4 << 20
	dataPiece = 1 << 20
	textPiece = 256 << 10
	blockRun  = 2000 // blocks in a frame
)

// job is what a worker is asked to do with the bytes that follow.
type job struct {
	Kind   string      `json:"kind"` // jobParse or jobLocate
	Name   string      `json:"name"`
	Size   int64       `json:"size"`
	Limits Limits      `json:"limits"`
	Span   Span        `json:"span"`
	Pages  []pageStart `json:"pages,omitempty"`
	// Recognise and Convert say what the worker may ask for.
	Recognise bool `json:"recognise,omitempty"`
	Convert   bool `json:"convert,omitempty"`
}

// ask is what a worker wants done with the data that follows.
type ask struct {
	Kind string `json:"kind"` // askRecognise or askConvert
	From string `json:"from,omitempty"`
}

const (
	askRecognise = "recognise"
	askConvert   = "convert"
)

const (
	jobParse  = "parse"
	jobLocate = "locate"
)

// done is the end of a job that went well.
type done struct {
	Title            string   `json:"title,omitempty"`
	Format           string   `json:"format,omitempty"`
	Pages            int      `json:"pages,omitempty"`
	ParserVersion    int      `json:"parserVersion,omitempty"`
	PagesWithoutText []int    `json:"pagesWithoutText,omitempty"`
	Unread           []Unread `json:"unread,omitempty"`
	MemoryBytes      int64    `json:"memoryBytes"` // of the worker now
}

// failed is the end of a job that went wrong. Cause is for the log and holds
// nothing of the document.
type failed struct {
	Code        localrag.Code `json:"code"`
	Cause       string        `json:"cause,omitempty"`
	MemoryBytes int64         `json:"memoryBytes"`
}

func writeFrame(w io.Writer, kind byte, content []byte) error {
	head := make([]byte, 5, 5+min(len(content), 64<<10))
	binary.BigEndian.PutUint32(head, uint32(len(content)+1))
	head[4] = kind
	if len(content) <= 64<<10 { // small frames in one write
		_, err := w.Write(append(head, content...))
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}

func writeJSON(w io.Writer, kind byte, value any) error {
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return writeFrame(w, kind, content)
}

// readFrame refuses frames no side sends, because the other side may have been
// taken over by a document.
func readFrame(r io.Reader) (kind byte, content []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[:4])
	if size == 0 || size > maxFrame {
		return 0, nil, fmt.Errorf("frame of %d bytes", size)
	}
	content = make([]byte, size-1)
	_, err = io.ReadFull(r, content)
	return head[4], content, err
}
