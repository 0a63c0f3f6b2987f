package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"kontor/app"
	"kontor/localrag"
	"kontor/storage"
)

// What chats are searched for. A scan of all texts takes so long that it is
// asked only each scanStep-th search.
const (
	historyChats    = 10_000
	historyMessages = 20 // of each chat
	chatSearches    = 500
	scanStep        = 8
	// historyVersion changes when the same texts give other chats.
	historyVersion = 1
)

// scanTest of storage searches the same data by LIKE: SQL stays where the
// schema is.
const (
	scanPackage = "./storage"
	scanTest    = "TestScanOfChats"
)

// measureChatSearch fills a history with chats of real sentences, searches it
// through the program as somebody types, and compares with a scan by LIKE.
func measureChatSearch(ctx context.Context, b *bench, r *results) error {
	texts, err := readSentences(b.options.eval)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("bench/history-%d-%d-%d-%d", historyChats, historyVersion, localrag.AnalyserVersion, len(texts.sentences))
	folder, built, err := b.cache.Ensure(ctx, name, func(ctx context.Context, folder string) error { return fillHistory(ctx, b, folder, texts) })
	if err != nil {
		return err
	}
	b.say("history of %d chats, made anew: %v", historyChats, built)
	data, err := b.scratch("history")
	if err != nil {
		return err
	}
	if err := os.CopyFS(data, os.DirFS(folder)); err != nil {
		return err
	}
	searches := texts.searches(chatSearches)
	k, err := b.startKontor(ctx, data, nil, nil)
	if err != nil {
		return err
	}
	raw := samples{}
	err = searchHistory(ctx, k, searches, raw)
	k.stop()
	if err != nil {
		return err
	}
	p95 := quantile(raw["search_ms"], .95)
	r.set("history_search", p95, raw, fmt.Sprintf("median %.1f ms, longest %.0f ms; half of %d are prefixes; real sentences from %d documents put together anew, median message %d characters",
		median(raw["search_ms"]), quantile(raw["search_ms"], 1), chatSearches, texts.documents, int(texts.medianLength())))
	scanned, err := b.scanHistory(ctx, data, searches)
	if err != nil {
		return err
	}
	same := raw.every("search_ms", scanStep)
	r.set("history_scan", quantile(scanned, .95)/quantile(same, .95), samples{"scan_ms": scanned, "search_ms": same},
		fmt.Sprintf("p95 %.0f and %.1f ms, medians %.0f and %.1f ms, the same %d searches; the scan within the database, the search through the program",
			quantile(scanned, .95), quantile(same, .95), median(scanned), median(same), len(scanned)))
	return nil
}

// searchHistory asks twice: the first round fills the caches of the machine.
func searchHistory(ctx context.Context, k *kontor, searches []string, raw samples) error {
	found := 0
	for round := range 2 {
		for _, query := range searches {
			var result app.ChatSearchResult
			began := time.Now()
			if err := k.call(ctx, "chats.search", app.ChatSearchRequest{Query: query, Limit: 20}, &result); err != nil {
				return err
			}
			if round == 0 {
				continue
			}
			raw.add("search_ms", milliseconds(time.Since(began)))
			found += len(result.Hits)
		}
	}
	if found < len(searches) { // each is made of words that are there
		return fmt.Errorf("%d searches found only %d chats", len(searches), found)
	}
	return nil
}

// every gives each step-th value.
func (s samples) every(name string, step int) []float64 {
	var values []float64
	for i := 0; i < len(s[name]); i += step {
		values = append(values, s[name][i])
	}
	return values
}

// scanHistory lets the database look through all texts, in milliseconds.
func (b *bench) scanHistory(ctx context.Context, data string, searches []string) ([]float64, error) {
	var asked [][]string
	for i := 0; i < len(searches); i += scanStep {
		asked = append(asked, strings.Fields(searches[i]))
	}
	encoded, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	in, out := filepath.Join(b.folder, "scan.json"), filepath.Join(b.folder, "scanned.json")
	if err := os.WriteFile(in, encoded, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout=30m", "-run", "^"+scanTest+"$", scanPackage)
	cmd.Env = append(cleanEnvironment(), "KONTOR_SCAN_DATA="+data, "KONTOR_SCAN_OWNER="+app.New(app.Config{}).Owner().OwnerID,
		"KONTOR_SCAN_IN="+in, "KONTOR_SCAN_OUT="+out)
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, said)
	}
	content, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	var times []float64
	return times, json.Unmarshal(content, &times)
}

// sentenceTexts are sentences of real documents in their order.
type sentenceTexts struct {
	sentences []string
	documents int
}

// sentenceEnd is good enough to cut texts for filling: an abbreviation makes a
// sentence shorter.
var sentenceEnd = regexp.MustCompile(`[.!?]["“)]? +|\n+`)

// readSentences reads the documents of all sets below a folder.
func readSentences(folder string) (sentenceTexts, error) {
	var t sentenceTexts
	for _, set := range []string{"xquad-de", "xquad-en", "omos-de-dev", "omos-en-dev", "gesetze-dev"} {
		loaded, err := localrag.LoadEvalSet(filepath.Join(folder, set))
		if err != nil {
			return t, err
		}
		for _, document := range loaded.Documents {
			t.documents++
			for len(document.Text) > 0 {
				end := len(document.Text)
				if found := sentenceEnd.FindStringIndex(document.Text); found != nil {
					end = found[1]
				}
				if sentence := strings.TrimSpace(document.Text[:end]); utf8.RuneCountInString(sentence) >= 20 {
					t.sentences = append(t.sentences, sentence)
				}
				document.Text = document.Text[end:]
			}
		}
	}
	if len(t.sentences) < 1000 {
		return t, errors.New("the sets hold too few sentences")
	}
	return t, nil
}

// message is number n of the history: sentences that follow each other, from a
// place by chance on, between 200 and 800 characters and the end of the last.
func (t sentenceTexts) message(n int) string {
	random := rand.New(rand.NewPCG(uint64(n), historyVersion))
	at, least := random.IntN(len(t.sentences)), 200+random.IntN(600)
	var b strings.Builder
	for b.Len() < least {
		b.WriteString(t.sentences[at])
		b.WriteByte(' ')
		at = (at + 1) % len(t.sentences)
	}
	return strings.TrimSpace(b.String())
}

func (t sentenceTexts) medianLength() float64 {
	var lengths []float64
	for n := range 2001 {
		lengths = append(lengths, float64(utf8.RuneCountInString(t.message(n))))
	}
	return median(lengths)
}

// searchable are words that somebody would look for.
var searchable = regexp.MustCompile(`\p{L}{4,}`)

// searches are one to three words of a message; every other one ends in the
// middle of a word of which at least three letters are there.
func (t sentenceTexts) searches(count int) []string {
	random := rand.New(rand.NewPCG(500, historyVersion))
	var list []string
	for len(list) < count {
		words := searchable.FindAllString(t.message(random.IntN(historyChats*historyMessages)), -1)
		most := 1 + random.IntN(3)
		if len(words) < most {
			continue
		}
		at := random.IntN(len(words) - most + 1)
		query := words[at : at+most]
		if last := []rune(query[most-1]); len(list)%2 == 1 {
			query[most-1] = string(last[:3+random.IntN(len(last)-3)])
		}
		list = append(list, strings.Join(query, " "))
	}
	return list
}

func fillHistory(ctx context.Context, b *bench, folder string, texts sentenceTexts) (err error) {
	analyser := localrag.NewAnalyser()
	db := storage.New(storage.Options{Folder: folder, Analyse: analyser.Analyse, AnalyserVersion: localrag.AnalyserVersion})
	if err := db.Open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	owner := app.New(app.Config{}).Owner().OwnerID
	id := func(kind, n int) string { return fmt.Sprintf("00000000-0000-7000-8%03x-%012x", kind, n) }
	for c := range historyChats {
		at := int64(1_700_000_000_000 + c*60_000)
		chat := storage.ImportedChat{Chat: storage.Chat{ID: id(1, c), OwnerID: owner, TitleSource: "user", CreatedAt: at, UpdatedAt: at}}
		var messages []storage.Message
		for m := range historyMessages {
			n := c*historyMessages + m
			message := storage.Message{
				ID: id(2, n), ChatID: chat.ID, ParentID: chat.ActiveLeaf, Role: []string{"user", "assistant"}[m%2], Status: storage.MessageComplete,
				Parts: []storage.Part{{Type: "text", Text: texts.message(n)}}, CreatedAt: at + int64(m), UpdatedAt: at + int64(m),
			}
			chat.ActiveLeaf = message.ID
			messages = append(messages, message)
		}
		title := strings.Fields(messages[0].Parts[0].Text)
		chat.Title = strings.Join(title[:min(6, len(title))], " ")
		if _, err := db.ImportChat(ctx, owner, chat, messages); err != nil {
			return err
		}
		if c%1000 == 999 {
			b.say("%d of %d chats stored", c+1, historyChats)
		}
	}
	return nil
}
