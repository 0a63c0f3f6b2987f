package parse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"kontor/localrag"
)

// help lets the reader of a job ask the program for what it may.
func (w *worker) help(j job) Help {
	var help Help
	if j.Recognise {
		help.Recognise = func(_ context.Context, picture []byte) ([]byte, error) {
			return w.ask(ask{Kind: askRecognise}, picture, maxWords)
		}
	}
	if j.Convert {
		help.Convert = func(_ context.Context, from string, data []byte) ([]byte, error) {
			return w.ask(ask{Kind: askConvert, From: from}, data, j.Limits.FileBytes)
		}
	}
	return help
}

// ask sends data to the program and waits for what it makes of it.
func (w *worker) ask(a ask, data []byte, limit int64) ([]byte, error) {
	err := writeJSON(w.out, frameAsk, a)
	if err == nil {
		err = writeData(w.out, data)
	}
	if err != nil {
		return nil, w.lose(err)
	}
	var answer []byte
	for {
		kind, content, err := readFrame(w.in)
		switch {
		case err != nil:
			return nil, w.lose(err)
		case kind == frameEnd:
			return answer, nil
		case kind == frameFailed:
			var f failed
			if err := json.Unmarshal(content, &f); err != nil {
				return nil, w.lose(err)
			}
			return nil, failf(knownCode(f.Code), "%s", f.Cause)
		case kind != frameData || int64(len(answer)+len(content)) > limit:
			return nil, w.lose(errors.New("unexpected frame"))
		}
		answer = append(answer, content...)
	}
}

// lose marks the connection as out of step; the worker then ends.
func (w *worker) lose(err error) error {
	w.lost = err
	return fail(localrag.CodeCrashed, err)
}

func writeData(w io.Writer, data []byte) error {
	for len(data) > 0 {
		cut := min(len(data), dataPiece)
		if err := writeFrame(w, frameData, data[:cut]); err != nil {
			return err
		}
		data = data[cut:]
	}
	return writeFrame(w, frameEnd, nil)
}

// answer does what a worker asks for and sends it the result. It trusts
// nothing of it: a document may have taken over the worker. While other
// programs work, the worker's silence does not count.
func (c *client) answer(ctx context.Context, content []byte, j job, silence *time.Timer) error {
	var a ask
	nonsense := fail(localrag.CodeCrashed, errNonsense)
	allowed := json.Unmarshal(content, &a) == nil && (a.Kind == askRecognise && j.Recognise || a.Kind == askConvert && j.Convert)
	if c.asks++; !allowed || c.asks > j.Limits.Pages {
		return nonsense
	}
	var data []byte
	for {
		kind, content, err := readFrame(c.out)
		if err != nil {
			return c.death(err)
		}
		silence.Reset(j.Limits.Silence)
		if kind == frameEnd {
			break
		}
		if kind != frameData || int64(len(data)+len(content)) > max(j.Limits.FileBytes, 3*recognitionPixels) {
			return nonsense
		}
		data = append(data, content...)
	}
	silence.Stop()
	var result []byte
	var err error
	switch {
	case a.Kind == askConvert:
		result, err = c.tools.convert(ctx, a.From, data)
	case !isPGM(data):
		return nonsense
	default:
		result, err = c.tools.recognise(ctx, data)
	}
	if ctx.Err() != nil {
		return fail(localrag.CodeCancelled, context.Cause(ctx))
	}
	stdin := c.process.Stdin()
	if err != nil {
		err = writeJSON(stdin, frameFailed, failed{Code: localrag.CodeOf(err), Cause: shorten(fmt.Sprint(errors.Unwrap(err)), 500)})
	} else {
		err = writeData(stdin, result)
	}
	if err != nil {
		return c.death(err)
	}
	return nil
}
