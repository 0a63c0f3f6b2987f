package app

import (
	"context"
	"crypto/sha256"
	"math"
	"slices"
	"strings"
	"sync"

	"kontor/app/policy"
	"kontor/app/prompts"
	"kontor/llm"
	"kontor/localrag"
	"kontor/storage"
)

// Meter counts what the next request of a chat would hold, while it is being
// written. It counts piece by piece and remembers the pieces: a person who
// types must not wait for the count of a long chat.
type Meter struct {
	app *App

	mu     sync.Mutex
	counts map[[sha256.Size]byte]int
}

func newMeter(a *App) *Meter { return &Meter{app: a, counts: map[[sha256.Size]byte]int{}} }

func (m *Meter) register(s *Surface) {
	handle(s, "chats.budget", m.Budget)
	handle(s, "chats.startAt", m.StartAt)
}

const (
	// maxCounts bounds the memory of counts; each is some 50 bytes.
	maxCounts = 20_000
	// perMessage is about what a chat template adds to a message, in tokens.
	perMessage = 6
	// shortQuestion is how much of an earlier question is shown, in characters.
	shortQuestion = 120
)

// count is the number of tokens of a text for a model.
func (m *Meter) count(ctx context.Context, model chatModel, text string) int {
	key := sha256.Sum256([]byte(model.digest + "\x00" + model.name + "\x00" + text))
	m.mu.Lock()
	n, known := m.counts[key]
	m.mu.Unlock()
	if known {
		return n
	}
	n = m.app.models.countText(ctx, model, text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.counts) >= maxCounts {
		clear(m.counts)
	}
	m.counts[key] = n
	return n
}

// Budget says what the next request of a chat would hold, what of it has no
// room, and whether a larger window would help.
func (m *Meter) Budget(ctx context.Context, p Principal, r BudgetRequest) (Budget, error) {
	view := Budget{Turns: []BudgetTurn{}}
	if err := checkMode(r.Mode); err != nil {
		return view, err
	}
	chat, err := m.app.chats.chatOrNew(ctx, p, r.ChatID, r.CollectionIDs)
	if err != nil {
		return view, err
	}
	start := chatStart{}
	if r.ChatID == "" {
		if start, err = m.app.startWith(ctx, p, r.AssistantID); err == nil {
			start, err = start.with(r.Setup)
		}
		if err != nil {
			return view, err
		}
		chat.Model = start.model
	}
	options := answerOptions{images: r.Images, question: r.Text, mode: r.Mode, formulate: r.Mode == modeWhole}
	if r.Filter != nil {
		options.filter = *r.Filter
	}
	if options, err = m.app.withFilter(ctx, p, chat.CollectionIDs, options); err != nil {
		return view, err
	}
	probe := &answering{app: m.app, principal: p, chat: chat, message: Message{ID: chat.ActiveLeaf}, options: options}
	model, err := m.app.models.forChat(ctx, chat)
	if start.setup != (storage.ChatSetup{}) {
		model.wishes, _ = parametersIn(start.setup)
	}
	if err != nil || probe.hasDocuments() && probe.byWords(model) {
		return view, nil // no model is asked: nothing can be too long
	}
	reading := &metering{start: start, Meter: m, ctx: ctx, probe: probe, model: model, view: &view}
	view.Model, view.ContextWindow = model.shown(), m.app.models.window(model)
	view.AnswerReserve = answerReserve(view.ContextWindow)
	if err := reading.measure(); err != nil {
		return view, err
	}
	return view, nil
}

// metering is one count.
type metering struct {
	*Meter
	ctx   context.Context
	probe *answering
	model chatModel
	view  *Budget
	// start is what an assistant gives a chat that is not there yet.
	start chatStart
	// wholeTooLong is set when documents were asked for in full and have no room.
	wholeTooLong bool
}

func (m *metering) measure() error {
	v := m.view
	var err error
	if v.Mode, err = m.probe.chooseMode(m.ctx); err != nil {
		return err
	}
	if v.Mode == "" && m.probe.hasDocuments() {
		if err := m.documents(); err != nil {
			return err
		}
	}
	if v.Mode == modeAll || v.Mode == modeTable {
		v.Question = m.count(m.ctx, m.model, m.probe.options.question)
		return nil // asked piece by piece, without the chat
	}
	v.Instructions = m.instructions()
	v.Question = m.count(m.ctx, m.model, m.probe.options.question) + perMessage
	v.Images = m.pictures(m.probe.options.images)
	m.history()
	if v.Trouble == "" && v.LeftOut == 0 {
		return nil
	}
	m.larger()
	return nil
}

// pictures are what they take of the window of a model that sees.
func (m *metering) pictures(images []Image) int {
	tokens := 0
	for _, i := range images {
		if m.model.sees {
			tokens += llm.PixelTokens(i.Width, i.Height)
		}
	}
	return tokens
}

// instructions are the tokens of everything the model is told beforehand.
func (m *metering) instructions() int {
	name := prompts.Chat
	switch m.view.Mode {
	case modeWhole:
		name = prompts.Whole
	case modeRetrieve:
		name = prompts.Documents
	}
	text := prompts.Text(name, localrag.DetectLanguage(m.probe.options.question), "{documents}", "")
	taken, _ := takenAssistant(m.start.setup)
	told := m.app.instructionsOf(m.ctx, m.probe.chat) + taken.Instructions + m.start.instructions
	return m.count(m.ctx, m.model, text) + m.count(m.ctx, m.model, told) + perMessage
}

// documents says whether they would be read in full, and how many tokens they
// or their passages take. Passages that are not found yet are reckoned with
// their mean length.
func (m *metering) documents() error {
	v := m.view
	sizes, err := m.app.db.SizesIn(m.ctx, storedScope(m.probe.scope()))
	if err != nil || len(sizes) == 0 {
		return err
	}
	room := documentRoom(v.ContextWindow)
	if len(sizes) <= maxWholeDocuments {
		if v.WholeTokens, err = m.whole(sizes, room); err != nil {
			return err
		}
	}
	pinned := len(sizes) == 1 && m.probe.chat.PinnedDocumentID == sizes[0].ID
	if m.probe.options.mode != modeRetrieve && len(sizes) <= maxWholeDocuments && m.probe.affordsWhole(m.model, v.WholeTokens, room, pinned) {
		v.Mode, v.Documents = modeWhole, v.WholeTokens
		return nil
	}
	if m.probe.options.mode == modeWhole {
		v.Mode, v.Documents, m.wholeTooLong = modeWhole, v.WholeTokens, true
		return nil
	}
	text, passages := int64(0), 0
	for _, d := range sizes {
		text, passages = text+d.Text, passages+d.Passages
	}
	mean := float64(text) / float64(max(passages, 1)) / charactersPerToken
	most := int(m.app.readInTime(m.model) / max(mean, 1))
	n := min(passages, passagesPerAnswer, max(most, 3))
	v.Mode, v.Documents = modeRetrieve, int(math.Ceil(float64(n)*(mean+float64(perMessage))))
	return nil
}

// whole counts documents in full; those that are far too long are estimated.
func (m *metering) whole(sizes []storage.SizedDocument, room int) (int, error) {
	tokens := 0
	for _, d := range sizes {
		if d.Text > int64(room)*8 {
			tokens += int(float64(d.Text) / charactersPerToken)
			continue
		}
		text, _, err := m.app.db.DocumentText(m.ctx, m.probe.principal.OwnerID, d.ID)
		if err != nil {
			return 0, err
		}
		tokens += m.count(m.ctx, m.model, strings.TrimSpace(text)) + perMessage
	}
	return tokens, nil
}

// history reckons which earlier turns have room, as buildPrompt does.
func (m *metering) history() {
	v := m.view
	turns, before := m.probe.turnsBefore(m.ctx)
	v.Before = before
	sum := 0
	for _, t := range turns {
		tokens := m.count(m.ctx, m.model, t.question) + m.count(m.ctx, m.model, t.answer) + m.pictures(t.images) + 2*perMessage
		sum += tokens
		v.Turns = append(v.Turns, BudgetTurn{MessageID: t.id, Question: clip(strings.Join(strings.Fields(t.question), " "), shortQuestion), Tokens: tokens})
	}
	room := v.ContextWindow - v.AnswerReserve - v.Instructions - v.Documents - v.Question - v.Images
	for sum > room && v.LeftOut < len(turns) {
		for range turnsPerCut {
			if v.LeftOut < len(turns) {
				sum -= v.Turns[v.LeftOut].Tokens
				v.LeftOut++
			}
		}
	}
	v.History = sum
	switch {
	case m.wholeTooLong || room < 0 && v.Mode == modeWhole && v.Documents > v.Question:
		v.Trouble = "document"
	case room+m.spare() < 0:
		v.Trouble = "question"
	case v.LeftOut > 0:
		v.Trouble = "history"
	}
}

// spare are the tokens of passages that an answer can do without.
func (m *metering) spare() int {
	if m.view.Mode != modeRetrieve {
		return 0
	}
	return m.view.Documents * (passagesPerAnswer - 1) / passagesPerAnswer
}

// turnsBefore are the turns that are sent along, and how many stand before
// the start that somebody chose.
func (j *answering) turnsBefore(ctx context.Context) ([]turn, int) {
	if j.chat.ID == "" {
		return nil, 0
	}
	turns := j.allTurns(ctx)
	stored, err := j.app.history(j.chat.ID).Messages(ctx, j.principal.OwnerID, j.chat.ID)
	if err != nil {
		return turns, 0
	}
	path := branch(stored, j.message.ID)
	before := 0
	for _, m := range path[:len(path)-len(j.app.fromStart(ctx, j.chat, path))] {
		if m.Role == "user" {
			before++
		}
	}
	return turns, before
}

// fromStart is the part of a branch that is sent along.
func (a *App) fromStart(ctx context.Context, chat storage.Chat, path []storage.Message) []storage.Message {
	start, err := a.chatStart(ctx, chat)
	if err != nil {
		a.log.Error("read start of chat", "chat", chat.ID, "error", err)
	}
	if at := slices.IndexFunc(path, func(m storage.Message) bool { return m.ID == start }); start != "" && at > 0 {
		return path[at:]
	}
	return path
}

// larger looks for a window in which everything would fit.
func (m *metering) larger() {
	v := m.view
	need := v.Instructions + v.Documents + v.Question + v.Images
	for _, t := range v.Turns {
		need += t.Tokens
	}
	need += need / 20 // what templates add
	if m.app.policy.Get(policy.ContextWindow).Locked || m.model.wishes.ContextWindow > 0 {
		return // IT's choice, or the chat's own, which is changed where it was made
	}
	for window := defaultWindow / 4; window <= largestWindow; window *= 2 {
		if window <= v.ContextWindow || window-answerReserve(window) < need {
			continue
		}
		if m.model.context > 0 && window > m.model.context {
			return
		}
		fits, bytes, slow := m.app.models.windowFits(m.ctx, m.model, window)
		if fits {
			v.LargerWindow, v.LargerBytes, v.WindowSlow = window, bytes, slow
		}
		return
	}
}

// largestWindow is the largest window the settings take.
const largestWindow = 131_072

// windowFits says whether this computer can run a model with a window, and
// what that takes of its memory, 0 if it is not known. What a window takes is
// known for the models of the catalogue; of others no window is proposed that
// is larger than the one every model starts with.
func (m *Models) windowFits(ctx context.Context, model chatModel, window int) (fits bool, bytes int64, slow bool) {
	if model.provider != "" {
		return true, 0, false // another machine's memory
	}
	entry, known := m.catalog.Find(model.name)
	if !known {
		return window <= defaultWindow && (m.machine.Memory.Total == 0 || m.machine.Memory.Total >= 8<<30), 0, false
	}
	quantization, fit := m.fit.host().Best(entry, window)
	if installed := m.fit.installed(ctx)[strings.TrimSuffix(model.name, ":latest")]; installed != nil && installed.Bytes > 0 {
		quantization.Bytes = installed.Bytes
		fit = m.fit.host().Fit(entry, quantization, window)
	}
	return fit.Level == llm.LevelFits || fit.Level == llm.LevelSlower, fit.Need, fit.Level == llm.LevelSlower
}

// StartAt chooses from which question on a chat is sent along.
func (m *Meter) StartAt(ctx context.Context, p Principal, r ChatStart) (Empty, error) {
	if m.app.temporary.has(r.ChatID) {
		return Empty{}, m.app.temporary.change(p.OwnerID, r.ChatID, func(c *temporaryChat) { c.start = r.MessageID })
	}
	return Empty{}, m.app.db.SetChatStart(ctx, p.OwnerID, r.ChatID, r.MessageID)
}
