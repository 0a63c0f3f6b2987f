package app

import (
	"context"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"kontor/app/policy"
	"kontor/llm"
)

// Codes of problems with dictation.
const (
	ProblemDictationOff     = "dictation_off"
	ProblemDictationNoModel = "dictation_no_model"
	ProblemDictationClass   = "dictation_class"
	ProblemDictationSilent  = "dictation_silent"
	ProblemDictationLong    = "dictation_long"
	ProblemDictationDown    = "dictation_down"
	ProblemDictationFailed  = "dictation_failed"
)

func dictationProblems() []string {
	return []string{
		ProblemDictationOff, ProblemDictationNoModel, ProblemDictationClass, ProblemDictationSilent, ProblemDictationLong,
		ProblemDictationDown, ProblemDictationFailed,
	}
}

const (
	// maxSpeech is how long a recording may be; as base64 it fits into a call.
	maxSpeech = 3 * time.Minute
	// speechRate is how many samples a second has.
	speechRate = 16_000
	// quietPeak is the loudest sample of a microphone that is off, of 32,767.
	// Models write sentences of their own for silence.
	quietPeak = 150
)

// Dictation writes down what a person says, by a provider's model for speech.
// A recording is never stored, and the words are never sent by themselves. A
// provider hears only what it may read: the rules for chats count. What is on
// this computer is found by itself, everything else only by name.
type Dictation struct{ app *App }

func (d *Dictation) register(s *Surface) {
	handle(s, "dictation.state", d.State)
	handle(s, "dictation.transcribe", d.Transcribe)
}

// State says whether speech can be written down, by which model, and whether
// this chat's words may go there.
func (d *Dictation) State(ctx context.Context, p Principal, r DictationChat) (DictationState, error) {
	view := DictationState{Models: []DictationModel{}, Seconds: int(maxSpeech / time.Second)}
	if !d.app.policy.Switch(policy.DictationAllow) {
		return view, nil
	}
	view.Models = d.app.providers.speech(ctx)
	if chosen, ok := d.chosen(view.Models); ok {
		view.Model = chosen.Name
		if err := d.refusal(ctx, p, chosen.Name, r); err != nil {
			view.Problem = problemOf(err)
		}
	}
	return view, nil
}

// chosen is the model of the settings, or the first one on this computer.
func (d *Dictation) chosen(models []DictationModel) (DictationModel, bool) {
	wanted := d.app.policy.Text(policy.DictationModel)
	at := slices.IndexFunc(models, func(m DictationModel) bool {
		return m.Name == wanted || wanted == "" && m.Place == placeHere
	})
	if at < 0 {
		return DictationModel{}, false
	}
	return models[at], true
}

// refusal says why the words of a chat may not go to a model's provider.
func (d *Dictation) refusal(ctx context.Context, p Principal, model string, r DictationChat) error {
	id, _, _ := splitProviderModel(model)
	provider, _, err := d.app.providers.client(id)
	if err != nil {
		return err
	}
	chat, err := d.app.chats.chatOrNew(ctx, p, r.ChatID, r.CollectionIDs)
	if err != nil {
		return err
	}
	probe := &answering{app: d.app, principal: p, chat: chat}
	if r.Filter != nil {
		probe.options.filter = *r.Filter
	}
	class, err := d.app.chatClass(ctx, probe.classed(ctx))
	if err != nil {
		return err
	}
	if above(class, provider.DataClass) {
		return &Error{Code: ProblemDictationClass, Args: map[string]string{"provider": provider.Name}}
	}
	return nil
}

// Transcribe writes down a recording.
func (d *Dictation) Transcribe(ctx context.Context, p Principal, r TranscribeRequest) (Transcript, error) {
	if !d.app.policy.Switch(policy.DictationAllow) {
		return Transcript{}, &Error{Code: ProblemDictationOff}
	}
	length, peak, ok := measureSpeech(r.WAV)
	switch {
	case !ok:
		return Transcript{}, &Error{Code: ProblemBadRequest}
	case length > maxSpeech+time.Second:
		return Transcript{}, &Error{Code: ProblemDictationLong}
	case peak < quietPeak:
		return Transcript{}, &Error{Code: ProblemDictationSilent}
	}
	model, ok := d.chosen(d.app.providers.speech(ctx))
	if !ok {
		return Transcript{}, &Error{Code: ProblemDictationNoModel}
	}
	if err := d.refusal(ctx, p, model.Name, r.Chat); err != nil {
		return Transcript{}, err
	}
	began := d.app.now()
	text, err := d.transcribe(ctx, model, llm.Recording{WAV: r.WAV, Language: d.language(r.Language)})
	// Who hears what how long is of interest, what was said is not.
	d.app.log.Info("dictation", "provider", model.Provider, "place", model.Place, "seconds", math.Round(length.Seconds()),
		"ms", d.app.now().Sub(began).Milliseconds(), "problem", codeOf(err))
	if err != nil {
		return Transcript{}, err
	}
	return Transcript{Text: text}, nil
}

func (d *Dictation) transcribe(ctx context.Context, model DictationModel, recording llm.Recording) (string, error) {
	id, own, _ := splitProviderModel(model.Name)
	provider, client, err := d.app.providers.client(id)
	if err != nil {
		return "", err
	}
	args := map[string]string{"provider": provider.Name}
	transcriber, can := client.Provider.(llm.Transcriber)
	if !can {
		return "", &Error{Code: ProblemDictationNoModel}
	}
	recording.Model = own
	text, err := transcriber.Transcribe(ctx, recording)
	code := ""
	switch llm.CodeOf(err) {
	case "":
		if text == "" {
			code = ProblemDictationSilent
		}
	case llm.CodeInputTooLong:
		code = ProblemDictationLong
	case llm.CodeRuntimeDown, llm.CodeRuntimeForeign, llm.CodeTimedOut:
		code = ProblemDictationDown
	case llm.CodeModelMissing, llm.CodeModelCannot, llm.CodeRuntimeCrashed, llm.CodeBadResponse:
		code = ProblemDictationFailed
	default:
		return "", providerError(provider, err)
	}
	if code != "" {
		return "", &Error{Code: code, Args: args, Cause: err}
	}
	return text, nil
}

// language is what the server is told: some take English for whatever they are
// not told.
func (d *Dictation) language(window string) string {
	switch chosen := d.app.policy.Text(policy.DictationLanguage); chosen {
	case "auto":
		return ""
	case "window":
		return window
	default:
		return chosen
	}
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return AsError(err).Code
}

// measureSpeech reads a WAV file of the page: how long it is and its loudest
// sample. It is no other form of sound, and whole.
func measureSpeech(wav []byte) (length time.Duration, peak int, ok bool) {
	if len(wav) < 12 || string(wav[:4]) != "RIFF" || string(wav[8:12]) != "WAVE" {
		return 0, 0, false
	}
	fits := false
	for rest := wav[12:]; len(rest) >= 8; {
		size := int(binary.LittleEndian.Uint32(rest[4:8]))
		name, body := string(rest[:4]), rest[8:]
		if size > len(body) {
			return 0, 0, false
		}
		switch name {
		case "fmt ":
			fits = size >= 16 && binary.LittleEndian.Uint16(body) == 1 && binary.LittleEndian.Uint16(body[2:]) == 1 &&
				binary.LittleEndian.Uint32(body[4:]) == speechRate && binary.LittleEndian.Uint16(body[14:]) == 16
		case "data":
			for i := 0; i+1 < size; i += 2 {
				sample := int(int16(binary.LittleEndian.Uint16(body[i:]))) //nolint:gosec // the sign is in it
				peak = max(peak, sample, -sample)
			}
			return time.Duration(size/2) * time.Second / speechRate, peak, fits && size > 0
		}
		rest = body[min(size+size%2, len(body)):]
	}
	return 0, 0, false
}

// speech lists the models of providers in use that write down speech; one that
// does not answer is left out and shows its problem in the settings.
func (p *Providers) speech(ctx context.Context) []DictationModel {
	return askEach(p.inUse(), func(provider Provider) (part []DictationModel) {
		if _, err := p.models(ctx, provider.ID); err != nil {
			p.app.log.Debug("list a provider's models", "error", err)
			return nil
		}
		_, client, err := p.client(provider.ID)
		if err != nil {
			return nil
		}
		client.mu.Lock()
		defer client.mu.Unlock()
		for _, m := range client.speech {
			part = append(part, DictationModel{
				Name: providerModel(provider.ID, m.Name), Label: m.Name, Provider: provider.Name, Place: provider.Place,
			})
		}
		return part
	})
}
