package app

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/localrag/parse"
	"kontor/storage"
)

// StatusService tells how the machine is. Standing problems are state, not
// messages: they stay until their cause is gone, and a deeper cause hides its
// effects.
type StatusService struct {
	app   *App
	dirty chan struct{}

	mu   sync.Mutex
	last Status
}

func newStatus(a *App) *StatusService {
	return &StatusService{app: a, dirty: make(chan struct{}, 1)}
}

func (s *StatusService) register(t *Surface) {
	handle(t, "status.get", s.Get)
	handle(t, "events.after", s.Events)
	handle(t, "system.openLink", s.OpenLink)
	handleLocal(t, "system.notify", s.Notify)
}

// touch asks for a new look at the state; the result is published if it
// changed, at most every 300 ms.
func (s *StatusService) touch() { poke(s.dirty) }

func (s *StatusService) loop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.dirty:
		}
		status := s.look(ctx)
		s.mu.Lock()
		changed := string(mustJSON(status)) != string(mustJSON(s.last))
		s.last = status
		s.mu.Unlock()
		if changed {
			s.app.bus.Publish(Event{StatusChanged: &status})
		}
		sleep(ctx, 300*time.Millisecond)
	}
}

// Get returns the state now.
func (s *StatusService) Get(ctx context.Context, _ Principal, _ Empty) (Status, error) {
	return s.look(ctx), nil
}

// Events replays what happened after an event.
func (s *StatusService) Events(_ context.Context, _ Principal, r EventsRequest) (EventsResult, error) {
	events, resync, seq := s.app.bus.After(r.After)
	if events == nil {
		events = []Event{}
	}
	return EventsResult{Events: events, Resync: resync, Seq: seq}, nil
}

// Notify shows a notification of the system, where the shell can and the setting allows it.
func (s *StatusService) Notify(_ context.Context, _ Principal, r NotifyRequest) (Empty, error) {
	if !s.app.policy.Switch(policy.NotifyAnswers) {
		return Empty{}, &Error{Code: ProblemNotAllowed}
	}
	return Empty{}, s.app.shell.Notify(clip(r.Title, 200), clip(r.Body, 200))
}

// OpenLink opens a link in the system's browser, where the shell has one.
func (s *StatusService) OpenLink(_ context.Context, _ Principal, r OpenRequest) (Empty, error) {
	link, err := url.Parse(r.URL)
	if err != nil {
		return Empty{}, &Error{Code: ProblemLinkRefused, Cause: err}
	}
	switch strings.ToLower(link.Scheme) {
	case "http", "https", "mailto":
	default:
		return Empty{}, &Error{Code: ProblemLinkRefused}
	}
	return Empty{}, s.app.shell.OpenLink(link.String())
}

func (s *StatusService) look(ctx context.Context) Status {
	a := s.app
	status := Status{
		Problems: []Problem{}, Version: Version, Shell: a.shell.Kind(), Language: a.pageLanguage(), Theme: a.policy.Text(policy.Theme),
		DataFolder: a.config.Paths.Data, RuntimeKind: "bundled", RuntimeLocal: true, Runtime: llm.RuntimeDown, Extensions: extensions(),
	}
	status.IndexingDone, status.IndexingTotal, status.SecondsLeft = a.indexer.indexing()
	status.EgressAllowed, status.EgressRefused, _ = a.db.EgressCount(ctx)
	if external := a.models.externalURL(); external != "" && a.config.Provider == nil {
		status.RuntimeKind = "external"
		if address, err := url.Parse(external); err == nil {
			status.RuntimeHost = address.Host
			_, status.RuntimeLocal = loopbackAddress(address.Hostname())
		}
	}
	status.Word = "ready"
	s.lookAtRuntime(ctx, &status)
	if status.Runtime == llm.RuntimeReady {
		if model, err := a.models.forChat(ctx, storage.Chat{}); err == nil {
			status.Model, status.ModelTrial = model.name, model.trial
		} else if AsError(err).Code == ProblemNoModel {
			status.Problems = append(status.Problems, AsError(err).Problem())
		}
	}
	if err := a.place.missing(); err != nil {
		// Whatever the runtime says follows from it.
		status.Problems = append([]Problem{*problemOf(err)}, slices.DeleteFunc(status.Problems, func(p Problem) bool {
			return p.Code == string(llm.CodeRuntimeDown) || p.Code == ProblemModelsGone
		})...)
	}
	if problem := a.vectors.problem(); problem != nil {
		status.Problems = append(status.Problems, *problem)
	}
	status.Problems = append(status.Problems, a.folders.problems(ctx)...)
	status.Notices = a.library.notices(ctx)
	if free, err := freeBytes(a.config.Paths.Data); err == nil && free < lowDisk {
		status.Problems = append(status.Problems, Problem{Code: string(storage.CodeDiskFull)})
	}
	switch {
	case len(status.Problems) > 0:
		status.Word = "attention"
	case status.Runtime == llm.RuntimeStarting:
		status.Word = "starting"
	case a.answers.loading():
		status.Word = "loading"
	case status.IndexingTotal > 0:
		status.Word = "indexing"
	}
	return status
}

// lowDisk is when the status warns: below it the next documents may not fit.
const lowDisk = 64 << 20

func (s *StatusService) lookAtRuntime(ctx context.Context, status *Status) {
	m := s.app.models
	if m.chat == nil {
		m.mu.Lock()
		failure := m.failure
		m.mu.Unlock()
		if failure != nil {
			status.Problems = append(status.Problems, *m.problem(failure))
		}
		return
	}
	runtime := m.chat.Status(ctx)
	status.Runtime, status.RuntimeText = runtime.State, runtime.Version
	if runtime.State == llm.RuntimeDown {
		code := runtime.Code
		if code == "" {
			code = llm.CodeRuntimeDown
		}
		status.Problems = append(status.Problems, *m.problem(&llm.Error{Code: code}))
		return // whatever else is wrong follows from it
	}
	m.mu.Lock()
	ready, failure := m.ready, m.failure
	m.mu.Unlock()
	if !ready && runtime.State == llm.RuntimeReady {
		status.Runtime = llm.RuntimeStarting // the starter models are being installed
		if failure != nil {
			status.Problems = append(status.Problems, *m.problem(failure))
		}
	}
}

// loading says whether an answer waits for its model to be loaded.
func (s *Answers) loading() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, job := range s.byID {
		job.mu.Lock()
		loading := job.message.Phase == "loading"
		job.mu.Unlock()
		if loading {
			return true
		}
	}
	return false
}

func extensions() []string {
	var list []string
	for _, format := range parse.Formats() {
		list = append(list, format.Extensions...)
	}
	return list
}

// language is "de" or "en": the setting, else what the system says.
func (a *App) language() string {
	switch language := a.policy.Text(policy.Language); language {
	case "de", "en":
		return language
	}
	if a.config.SystemLanguage != nil {
		return a.config.SystemLanguage()
	}
	return EnvironmentLanguage(a.config.Env)
}

// pageLanguage is the language of a page: a browser knows its person's language
// better than the system that serves the page, so there "" leaves it to it.
func (a *App) pageLanguage() string {
	if a.shell.Kind() != "window" && a.policy.Text(policy.Language) == "system" {
		return ""
	}
	return a.language()
}

// EnvironmentLanguage is the language of a terminal, by the usual variables.
func EnvironmentLanguage(env func(string) string) string {
	if env == nil {
		return "en"
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := env(name); value != "" {
			if strings.HasPrefix(strings.ToLower(value), "de") {
				return "de"
			}
			return "en"
		}
	}
	return "en"
}
