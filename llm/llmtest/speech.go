package llmtest

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"kontor/llm"
)

// SpeechModel is a usual name for [Script.Transcriber].
const SpeechModel = "scripted/whisper-1"

// speechRate is what recordings of this package have, in samples per second.
const speechRate = 16_000

// Tone is a recording of a sound that is no silence, as a WAV file.
func Tone(length time.Duration) []byte {
	samples := make([]int16, int(length.Seconds()*speechRate))
	for i := range samples {
		samples[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(i)/speechRate))
	}
	return wav(samples)
}

// Silence is a recording of nothing.
func Silence(length time.Duration) []byte {
	return wav(make([]int16, int(length.Seconds()*speechRate)))
}

func wav(samples []int16) []byte {
	var b bytes.Buffer
	size := uint32(2 * len(samples)) //nolint:gosec // a few seconds
	for _, part := range []any{
		[]byte("RIFF"), 36 + size, []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1),
		uint32(speechRate), uint32(2 * speechRate), uint16(2), uint16(16), []byte("data"), size, samples,
	} {
		_ = binary.Write(&b, binary.LittleEndian, part) // a buffer takes everything
	}
	return b.Bytes()
}

// silent says whether the samples of a WAV file of this package are all nothing.
func silent(wav []byte) bool { return len(bytes.Trim(wav[min(44, len(wav)):], "\x00")) == 0 }

var _ llm.Transcriber = (*Scripted)(nil)

// Transcribe implements [llm.Transcriber]: by [Script.Said], or with the same
// words for every sound.
func (s *Scripted) Transcribe(ctx context.Context, recording llm.Recording) (string, error) {
	s.mu.Lock()
	s.recordings = append(s.recordings, recording)
	s.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return "", &llm.Error{Code: llm.CodeCancelled, Cause: ctx.Err()}
	case s.chats(recording.Model):
		return "", fail(llm.CodeModelCannot, "the model is none for speech")
	case s.script.Transcriber == "" || recording.Model != s.script.Transcriber:
		return "", fail(llm.CodeModelMissing, "not in the script")
	case s.script.Said != nil:
		return s.script.Said(recording)
	case silent(recording.WAV):
		return "", nil
	}
	return "Good morning.", nil
}

// Recordings returns what was to be written down so far, in order.
func (s *Scripted) Recordings() []llm.Recording {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]llm.Recording(nil), s.recordings...)
}

// transcriptions answers as the kinds of servers document it: the text, with a
// blank before it as Whisper writes it, and what else each of them tells.
func (o openAIServer) transcriptions(w http.ResponseWriter, r *http.Request) {
	file, header, err := r.FormFile("file")
	if err != nil || !strings.HasSuffix(header.Filename, ".wav") {
		o.refuse(w, llm.CodeBadResponse)
		return
	}
	defer file.Close() //nolint:errcheck // it is in memory
	recording := llm.Recording{Model: r.FormValue("model"), Language: r.FormValue("language")}
	if recording.WAV, err = io.ReadAll(file); err != nil || r.FormValue("response_format") != "json" {
		o.refuse(w, llm.CodeBadResponse)
		return
	}
	text, err := o.script.Transcribe(r.Context(), recording)
	if err != nil {
		o.refuse(w, llm.CodeOf(err))
		return
	}
	answer := map[string]any{"text": " " + text}
	seconds := len(recording.WAV) / (2 * speechRate)
	switch o.dialect {
	case "vllm", "openai":
		answer["usage"] = map[string]any{"type": "duration", "seconds": seconds}
	case "llamacpp":
		answer["type"] = "transcript.text.done"
	case "mistral":
		answer["model"], answer["language"], answer["segments"] = recording.Model, nil, []any{}
		answer["usage"] = map[string]any{"prompt_audio_seconds": seconds, "prompt_tokens": 4, "total_tokens": 400, "completion_tokens": 21}
	}
	reply(w, answer)
}

// RunTranscriber checks what [llm.Transcriber] promises. model writes down
// speech, chat is a model of the same server that does not, "" if it has none;
// speech is a recording and heard a word of it, in small letters.
func RunTranscriber(t *testing.T, transcriber llm.Transcriber, model, chat string, speech []byte, heard string) {
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	t.Run("speech/"+conformance, func(t *testing.T) {
		t.Run("is written down", func(t *testing.T) {
			text, err := transcriber.Transcribe(ctx, llm.Recording{Model: model, WAV: speech, Language: "en"})
			if err != nil || !strings.Contains(strings.ToLower(text), heard) || text != strings.TrimSpace(text) {
				t.Errorf("text %q, %v, want one with %q", text, err, heard)
			}
		})
		t.Run("in no certain language", func(t *testing.T) {
			if text, err := transcriber.Transcribe(ctx, llm.Recording{Model: model, WAV: speech}); err != nil || text == "" {
				t.Errorf("text %q, %v", text, err)
			}
		})
		t.Run("missing model", func(t *testing.T) {
			_, err := transcriber.Transcribe(ctx, llm.Recording{Model: "kontor-no-such-model", WAV: speech})
			wantCode(t, err, llm.CodeModelMissing)
		})
		if chat != "" {
			t.Run("a model that only writes", func(t *testing.T) {
				_, err := transcriber.Transcribe(ctx, llm.Recording{Model: chat, WAV: speech})
				wantCode(t, err, llm.CodeModelCannot)
			})
		}
		t.Run("cancelled", func(t *testing.T) {
			inner, stop := context.WithCancel(ctx)
			stop()
			_, err := transcriber.Transcribe(inner, llm.Recording{Model: model, WAV: speech})
			wantCode(t, err, llm.CodeCancelled)
		})
	})
}
