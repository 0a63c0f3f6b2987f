package app

import (
	"context"
	"math"
	"slices"

	"kontor/app/policy"
	"kontor/localrag"
	"kontor/storage"
)

// Ways of answering that stand beside those in write.go.
const (
	modeAll   = "everything"
	modeTable = "table"
	// modeAuto takes back the mode a question asked for.
	modeAuto = "automatic"
)

// tableFormats are the formats whose documents hold tables to query.
var tableFormats = []string{"csv", "xlsx", "xls", "ods"}

// checkMode refuses what is no mode.
func checkMode(mode string) error {
	if slices.Contains([]string{"", modeAuto, modeWhole, modeRetrieve, modeAll, modeTable}, mode) {
		return nil
	}
	return &Error{Code: ProblemBadRequest}
}

// hasDocuments is false for a chat that is about no documents.
func (j *answering) hasDocuments() bool {
	return len(j.chat.CollectionIDs) > 0 || len(j.options.documents) > 0 || j.options.filter.limits()
}

// byWords is true when no model writes: none can run, or the only one is for
// trying things out.
func (j *answering) byWords(model chatModel) bool {
	return j.options.passagesOnly || model.name == "" || model.trial && !j.options.formulate
}

// chooseMode decides how the question is answered. "" leaves it to the choice
// between the whole document and the best passages.
func (j *answering) chooseMode(ctx context.Context) (string, error) {
	if !j.hasDocuments() {
		return "", nil
	}
	switch {
	case j.options.table != nil:
		return modeTable, nil
	case j.options.mode == modeWhole || j.options.mode == modeRetrieve:
		return "", nil
	case j.options.mode != "" || j.options.passagesOnly:
		return j.options.mode, nil
	case len(j.options.images) > 0:
		return "", nil // going through everything shows the model no pictures
	}
	model, _ := j.app.models.forChat(ctx, j.classed(ctx)) // without one the words decide
	documents, err := j.app.db.SizesIn(ctx, storedScope(j.scope()))
	if err != nil {
		return "", err
	}
	return j.app.offer(j.options.question, documents, model, j.byWords(model)).Automatic, nil
}

// offer says how a question over documents would be answered, and at what
// cost. Automatic is "" where the usual way is right.
func (a *App) offer(question string, documents []storage.SizedDocument, model chatModel, byWords bool) Offer {
	offer := Offer{Documents: len(documents), ByWords: byWords}
	text := int64(0)
	for _, d := range documents {
		offer.Passages += d.Passages
		text += d.Text
		if slices.Contains(tableFormats, d.Format) {
			offer.Tables++
		}
	}
	if !byWords {
		offer.Seconds = a.surveySeconds(model, text, offer.Passages)
	}
	ask, sure := localrag.AsksForAll(question)
	switch {
	case len(documents) == 0:
	case offer.Tables == len(documents) && !byWords && localrag.AsksToMeasure(question):
		offer.Automatic = modeTable
	case ask == "":
	case byWords && ask == localrag.AskList:
		offer.Automatic = modeAll // at no cost
	case !byWords && sure && offer.Seconds <= max(a.policy.Number(policy.ReadingSeconds), 5):
		offer.Automatic = modeAll
	case ask != localrag.AskCompare || len(documents) > 1:
		offer.Propose = modeAll
	}
	return offer
}

// charactersPerToken is a cautious mean over German and English text.
const charactersPerToken = 3.2

// findingTokens is what a model writes about a batch of passages on average.
const findingTokens = 120

// surveySeconds estimates how long the model needs for all passages: reading
// them once, and writing its findings at a third of that speed.
func (a *App) surveySeconds(model chatModel, bytes int64, passages int) int {
	speed := a.models.promptSpeed(model)
	if passages == 0 || speed <= 0 {
		return 0
	}
	tokens := float64(bytes)/charactersPerToken + 15*float64(passages)
	batches := math.Ceil(tokens / float64(a.batchTokens(model)))
	return int(math.Ceil(tokens/speed + batches*findingTokens/(speed/3)))
}

// Offer tells the page how a question would be answered before it is sent.
func (c *Chats) Offer(ctx context.Context, p Principal, r OfferRequest) (Offer, error) {
	chat, err := c.chatOrNew(ctx, p, r.ChatID, r.CollectionIDs)
	if err != nil {
		return Offer{}, err
	}
	options := answerOptions{question: r.Text}
	if r.Filter != nil {
		options.filter = *r.Filter
	}
	if options, err = c.app.withFilter(ctx, p, chat.CollectionIDs, options); err != nil {
		return Offer{}, err
	}
	probe := &answering{app: c.app, principal: p, chat: chat, options: options}
	if !probe.hasDocuments() {
		return Offer{}, nil
	}
	documents, err := c.app.db.SizesIn(ctx, storedScope(probe.scope()))
	if err != nil {
		return Offer{}, err
	}
	model, _ := c.app.models.forChat(ctx, chat) // without one the words decide
	offer := c.app.offer(options.question, documents, model, probe.byWords(model))
	if offer.Automatic == "" {
		offer.Automatic = modeRetrieve
	}
	return offer, nil
}

// chatOrNew opens a chat, or makes up the one a question would start.
func (c *Chats) chatOrNew(ctx context.Context, p Principal, id string, collections []string) (storage.Chat, error) {
	if id == "" {
		chat := c.app.emptyChat(collections)
		chat.OwnerID = p.OwnerID
		return chat, nil
	}
	return c.app.history(id).Chat(ctx, p.OwnerID, id)
}

// askedOf reads what a stored question asked for.
func askedOf(question storage.Message) Asked {
	if asked := messageView(question).Asked; asked != nil {
		return *asked
	}
	return Asked{}
}

// wishes turns a question's wishes, and what another try changes of them, into
// options. A whole document was asked for by name: then even a trial model
// reads it.
func wishes(asked Asked, formulate bool, mode string) answerOptions {
	switch {
	case mode == modeAuto:
		asked = Asked{}
	case mode != "":
		asked.Mode = mode
		if mode != modeTable {
			asked.Table = nil
		}
	}
	return answerOptions{formulate: formulate || asked.Mode == modeWhole, mode: asked.Mode, table: asked.Table}
}
