package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"kontor/app/policy"
	"kontor/llm"
	"kontor/storage"
)

// A provider's model is named "@provider/model" here: no server has such names
// of its own.
const providerMark = "@"

func providerModel(id, model string) string { return providerMark + id + "/" + model }

// splitProviderModel is the reverse; false for a model of this computer's runtime.
func splitProviderModel(name string) (id, model string, ok bool) {
	rest, marked := strings.CutPrefix(name, providerMark)
	id, model, cut := strings.Cut(rest, "/")
	return id, model, marked && cut
}

// ofProvider reports whether a model runs at a provider.
func ofProvider(name string) bool {
	_, _, ok := splitProviderModel(name)
	return ok
}

// client returns a provider that may be used now.
func (p *Providers) client(id string) (Provider, *providerClient, error) {
	provider, ok := p.byID(id)
	if !ok {
		return provider, nil, &Error{Code: ProblemProviderUnknown}
	}
	args := map[string]string{"provider": provider.Name}
	switch {
	case !provider.Allowed:
		return provider, nil, &Error{Code: ProblemProviderDenied, Args: args}
	case !provider.Enabled:
		return provider, nil, &Error{Code: ProblemProviderOff, Args: args}
	}
	p.mu.Lock()
	client := p.clients[id]
	p.mu.Unlock()
	if client != nil {
		return provider, client, nil
	}
	opened, err := p.open(provider, p.key(provider))
	if err != nil {
		return provider, nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clients[id] == nil {
		p.clients[id] = &providerClient{Provider: opened}
	}
	return provider, p.clients[id], nil
}

// How long a provider's list of models is taken as it is, and how long a
// person waits for one.
const (
	providerListFresh = time.Minute
	providerListWait  = 3 * time.Second
)

// models lists a provider's chat models. A list that is old is used once more
// while a new one is asked for behind it.
func (p *Providers) models(ctx context.Context, id string) ([]llm.Model, error) {
	provider, client, err := p.client(id)
	if err != nil {
		return nil, err
	}
	client.mu.Lock()
	list, stale, asking := client.models, time.Since(client.asked) > providerListFresh, client.asking
	if stale && list != nil && !asking {
		client.asking = true
	}
	client.mu.Unlock()
	switch {
	case list == nil:
		ctx, cancel := context.WithTimeout(ctx, providerListWait)
		defer cancel()
		return p.ask(ctx, provider, client)
	case stale && !asking && !p.app.closing():
		p.app.background.Go(func() {
			ctx, cancel := context.WithTimeout(p.app.life, time.Minute)
			defer cancel()
			if _, err := p.ask(ctx, provider, client); err != nil {
				p.app.log.Debug("list a provider's models", "error", err)
			}
		})
	}
	return list, nil
}

func (p *Providers) ask(ctx context.Context, provider Provider, client *providerClient) ([]llm.Model, error) {
	models, err := client.Models(ctx)
	if err != nil && ctx.Err() != nil {
		err = &llm.Error{Code: llm.CodeTimedOut, Cause: ctx.Err()}
	}
	err = providerError(provider, err)
	client.mu.Lock()
	defer client.mu.Unlock()
	client.asking, client.problem = false, problemOf(err)
	if err != nil {
		return nil, err
	}
	client.speech = slices.DeleteFunc(slices.Clone(models), func(m llm.Model) bool { return !m.Transcription })
	// The list stays the client's own.
	client.models, client.asked = slices.DeleteFunc(slices.Clone(models), func(m llm.Model) bool { return !m.Chat }), time.Now()
	if client.models == nil {
		client.models = []llm.Model{}
	}
	return client.models, nil
}

// inUse are the providers that may be asked now.
func (p *Providers) inUse() []Provider {
	p.mu.Lock()
	defer p.mu.Unlock()
	providers := make([]Provider, 0, len(p.list))
	for _, provider := range p.all() {
		if v := p.view(provider); v.Enabled && v.Allowed {
			providers = append(providers, v)
		}
	}
	return providers
}

// listed is what can be chosen of all providers in use; one that does not
// answer is left out and shows its problem in the settings.
func (p *Providers) listed(ctx context.Context) []Model {
	return askEach(p.inUse(), func(provider Provider) (part []Model) {
		models, err := p.models(ctx, provider.ID)
		if err != nil {
			p.app.log.Debug("list a provider's models", "error", err)
		}
		for _, m := range models {
			part = append(part, Model{
				Name: providerModel(provider.ID, m.Name), Label: m.Name, Bytes: m.Bytes, Quantization: m.Quantization, Context: m.ContextLength,
				Images: true, Languages: []string{}, External: true, Provider: provider.Name, Place: provider.Place, DataClass: provider.DataClass,
			})
		}
		return part
	})
}

// askEach asks all providers at once and keeps their order.
func askEach[T any](providers []Provider, ask func(Provider) []T) []T {
	parts := make([][]T, len(providers))
	var asked sync.WaitGroup
	for i, provider := range providers {
		asked.Go(func() { parts[i] = ask(provider) })
	}
	asked.Wait()
	return slices.Concat([]T{}, slices.Concat(parts...))
}

// forChat is the model of a name, if the provider may get what the chat holds.
func (p *Providers) forChat(ctx context.Context, name string, chat storage.Chat) (chatModel, error) {
	id, wanted, _ := splitProviderModel(name)
	provider, _, err := p.client(id)
	if err != nil {
		return chatModel{}, err
	}
	class, err := p.app.chatClass(ctx, chat)
	if err != nil {
		return chatModel{}, err
	}
	if above(class, provider.DataClass) {
		code := map[string]string{classInternal: ProblemProviderInternal, classConfidential: ProblemProviderConfidential}[class]
		return chatModel{}, &Error{Code: code, Args: map[string]string{"provider": provider.Name}}
	}
	models, err := p.models(ctx, id)
	if err != nil {
		return chatModel{}, err
	}
	for _, m := range models {
		if m.Name == wanted {
			return chatModel{sees: true, name: name, digest: name, context: m.ContextLength, parameters: m.Parameters, provider: provider.Name, place: provider.Place}, nil
		}
	}
	return chatModel{}, &Error{Code: string(llm.CodeModelMissing), Args: map[string]string{"model": wanted}}
}

// router sends each request to where its model runs.
type router struct {
	llm.Provider // this computer's runtime
	providers    *Providers
}

// route finds the provider and its own name of the model.
func (r router) route(model string) (Provider, llm.Provider, string, error) {
	id, own, elsewhere := splitProviderModel(model)
	if !elsewhere {
		return Provider{}, r.Provider, model, nil
	}
	provider, client, err := r.providers.client(id)
	return provider, client, own, err
}

// Chat implements [llm.Provider].
func (r router) Chat(ctx context.Context, request llm.Request, emit func(llm.Delta) error) (llm.Result, error) {
	provider, client, own, err := r.route(request.Model)
	if err != nil {
		return llm.Result{}, err
	}
	elsewhere := own != request.Model
	request.Model = own
	if !elsewhere {
		defer r.providers.app.models.use.begin(request.Model)()
	}
	result, err := client.Chat(ctx, request, emit)
	if elsewhere && err != nil {
		err = providerError(provider, err)
	}
	return result, err
}

// Continues implements [llm.Continuer].
func (r router) Continues(ctx context.Context, request llm.Request) bool {
	_, client, own, err := r.route(request.Model)
	if err != nil {
		return false
	}
	if p, wrapped := client.(*providerClient); wrapped {
		client = p.Provider
	}
	request.Model = own
	continuer, can := client.(llm.Continuer)
	return can && continuer.Continues(ctx, request)
}

// CountTokens implements [llm.Provider].
func (r router) CountTokens(ctx context.Context, request llm.Request) (llm.TokenCount, error) {
	provider, client, own, err := r.route(request.Model)
	if err != nil {
		return llm.TokenCount{}, err
	}
	elsewhere := own != request.Model
	request.Model = own
	count, err := client.CountTokens(ctx, request)
	if elsewhere && err != nil {
		err = providerError(provider, err)
	}
	return count, err
}

// Load implements [llm.Provider].
func (r router) Load(ctx context.Context, model string, window int) error {
	_, client, own, err := r.route(model)
	if err != nil {
		return err
	}
	return client.Load(ctx, own, window)
}

// chatClass is the class of what a question of the chat would send along: its
// collections, and the documents that earlier answers used.
func (a *App) chatClass(ctx context.Context, chat storage.Chat) (string, error) {
	owner := chat.OwnerID
	if owner == "" {
		owner = a.owner.OwnerID
	}
	collections, err := a.db.Collections(ctx, owner)
	if err != nil {
		return "", err
	}
	of := map[string]string{}
	for _, c := range collections {
		of[c.ID] = a.collectionClass(c)
	}
	highest := classPublic
	take := func(ids []string) {
		for _, id := range ids {
			class, known := of[id]
			if !known {
				class = classConfidential // a collection that is gone
			}
			if above(class, highest) {
				highest = class
			}
		}
	}
	take(chat.CollectionIDs)
	documents, unknown := a.earlierDocuments(ctx, owner, chat.ID)
	if unknown {
		return classConfidential, nil
	}
	if chat.PinnedDocumentID != "" {
		documents = append(documents, chat.PinnedDocumentID)
	}
	for _, id := range documents {
		record, err := a.db.Document(ctx, owner, id, storage.EmbedderKey{})
		if storage.CodeOf(err) == storage.CodeNotFound || err == nil && len(record.CollectionIDs) == 0 {
			return classConfidential, nil // nobody can tell any more
		}
		if err != nil {
			return "", err
		}
		take(record.CollectionIDs)
	}
	return highest, nil
}

// earlierDocuments are those that answers of the chat used; unknown if an
// answer used some without naming them.
func (a *App) earlierDocuments(ctx context.Context, owner, chatID string) (ids []string, unknown bool) {
	if chatID == "" {
		return nil, false
	}
	stored, err := a.history(chatID).Messages(ctx, owner, chatID)
	if err != nil {
		return nil, !errors.Is(err, context.Canceled) && storage.CodeOf(err) != storage.CodeNotFound
	}
	for _, m := range stored {
		view := messageView(m)
		if view.Role == "assistant" && view.Text != "" && view.Mode != "" && len(view.Passages) == 0 {
			unknown = true
		}
		for _, passage := range view.Passages {
			if !slices.Contains(ids, passage.DocumentID) {
				ids = append(ids, passage.DocumentID)
			}
		}
	}
	return ids, unknown
}

// collectionClass is how closely a collection is kept.
func (a *App) collectionClass(c storage.Collection) string {
	if slices.Contains(classes(), c.DataClass) {
		return c.DataClass
	}
	return a.policy.Text(policy.DataClass)
}

// shown is the model's name for people, with the provider that runs it.
func (m chatModel) shown() string {
	if m.provider == "" {
		return m.name
	}
	_, own, _ := splitProviderModel(m.name)
	return own + " (" + m.provider + ")"
}

// known is a model's name as people know it.
func (m *Models) known(name string) string {
	model := chatModel{name: name}
	if id, _, elsewhere := splitProviderModel(name); elsewhere {
		if provider, ok := m.app.providers.byID(id); ok {
			model.provider = provider.Name
		}
	}
	return model.shown()
}

// named finds a model by the name people saw, as an answer keeps it; otherwise
// is taken if there is none any more.
func (m *Models) named(ctx context.Context, shown, otherwise string) string {
	if list, err := m.models(ctx); err == nil {
		for _, candidate := range list {
			if candidate.Name == shown {
				return candidate.Name
			}
		}
	}
	if strings.HasSuffix(shown, ")") {
		for _, view := range m.app.providers.listed(ctx) {
			if (chatModel{name: view.Name, provider: view.Provider}).shown() == shown {
				return view.Name
			}
		}
	}
	return otherwise
}

// classed is the chat with all collections that its question may look into: a
// question about named documents, or about everything, has none of its own.
func (j *answering) classed(ctx context.Context) storage.Chat {
	chat := j.chat
	documents := slices.Concat(j.options.documents, j.options.filter.DocumentIDs)
	if len(documents) == 0 && !j.options.filter.limits() {
		return chat
	}
	chat.CollectionIDs = slices.Clone(chat.CollectionIDs)
	for _, id := range documents {
		record, err := j.app.db.Document(ctx, j.principal.OwnerID, id, storage.EmbedderKey{})
		if err != nil {
			chat.CollectionIDs = append(chat.CollectionIDs, "") // unknown: kept closest
			continue
		}
		chat.CollectionIDs = append(chat.CollectionIDs, record.CollectionIDs...)
	}
	if len(chat.CollectionIDs) == 0 {
		collections, err := j.app.db.Collections(ctx, j.principal.OwnerID)
		if err != nil {
			chat.CollectionIDs = []string{""}
		}
		for _, c := range collections {
			chat.CollectionIDs = append(chat.CollectionIDs, c.ID)
		}
	}
	return chat
}
