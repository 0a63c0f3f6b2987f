package main

import (
	"context"
	"os/exec"
)

// measurement gives one or more figures of a subject.
type measurement struct {
	name    string
	figures []figure
	// missing says what this run lacks for it, "" for nothing.
	missing func(options) string
	run     func(ctx context.Context, b *bench, r *results) error
}

// measurements lists all, in the order of the table.
func measurements() []measurement {
	return []measurement{
		{name: "first-token", missing: needsRuntime, run: measureFirstToken, figures: []figure{
			{ID: "first_token_overhead", Title: "first token through Kontor minus raw runtime, median", Unit: "ms", Target: atMost(20)},
			{ID: "rate_ratio", Title: "tokens/s through Kontor ÷ raw runtime", Target: atLeast(0.97)},
		}},
		{name: "start", missing: needsProgram, run: measureStart, figures: []figure{
			{ID: "edge_start", Title: "edge server, start to first page, without the runtime", Unit: "ms", Target: atMost(400)},
			{ID: "edge_memory", Title: "memory of Kontor alone, empty, edge server", Unit: "MB", Target: atMost(80)},
		}},
		{name: "window", missing: needsDesktop, run: measureWindow, figures: []figure{
			{ID: "window_ratio", Title: "window, DOM ready ÷ a bare Wails window", Target: atMost(1.5)},
		}},
		{name: "feel", missing: needsBrowser, run: measureFeel, figures: []figure{
			{ID: "feel_open", Title: "open a chat of 2,000 messages, from the click until it can be used, median", Unit: "ms", Target: atMost(300)},
			{ID: "feel_tasks", Title: "tasks over 50 ms while an answer of 4,000 words streams at 60 a second, median", Target: atMost(0)},
			{ID: "feel_own", Title: "  the same by the processor time of the page alone", Target: atMost(0)},
			{ID: "feel_shift", Title: "  layout shift meanwhile, median", Target: atMost(.01)},
			{ID: "feel_scripts", Title: "scripts of the first screen, gzip", Unit: "KB", Target: atMost(220)},
			{ID: "feel_lazy", Title: "  the largest that plain chat never loads", Unit: "KB"},
		}},
		{name: "vectors", missing: needsRuntime, run: measureVectors, figures: []figure{
			{ID: "vectors_ready", Title: "50,000 stored vectors ready after start", Unit: "s", Target: atMost(1.5)},
			{ID: "retrieval_p95", Title: "one retrieval among 50,000, without embedding the question, p95", Unit: "ms", Target: atMost(120)},
		}},
		{name: "scale", missing: needsRuntime, run: measureScale, figures: scaleFigures()},
		{name: "folders", missing: needsProgram, run: measureFolders, figures: []figure{
			{ID: "resync", Title: "a linked folder of 10,000 unchanged files, looked at again", Unit: "s", Target: atMost(3)},
		}},
		{name: "deletion", missing: needsRuntime, run: measureDeletion, figures: []figure{
			{ID: "delete_document", Title: "delete a document of 100 or more passages from 100,000, everywhere", Unit: "ms", Target: atMost(100)},
		}},
		{name: "chat-search", missing: needsTexts, run: measureChatSearch, figures: []figure{
			{ID: "history_search", Title: "search over 10,000 chats with 200,000 messages, first 20 with snippets, p95", Unit: "ms", Target: atMost(25)},
			{ID: "history_scan", Title: "a LIKE scan of the same messages ÷ this search", Target: atLeast(10)},
		}},
		{name: "pinned", missing: needsRuntime, run: measurePinned, figures: []figure{
			{ID: "pinned_second", Title: "pinned document, first token of the second question ÷ first", Target: atMost(0.05)},
			{ID: "pinned_titled", Title: "the same after the chat got its title", Target: atMost(0.05)},
			{ID: "pinned_between", Title: "the same after the title, an embedding run, another model and back", Target: atMost(0.05)},
		}},
		{name: "memory", missing: needsRuntime, run: measureMemory, figures: []figure{
			{ID: "memory_estimate", Title: "memory a model takes: estimate against the runtime's own figure, worst", Unit: "%", Target: atMost(10)},
		}},
		{name: "yielding", missing: needsRuntime, run: measureYielding, figures: []figure{
			{ID: "busy_rate_ratio", Title: "tokens/s of an answer while indexing runs ÷ idle", Target: atLeast(0.80)},
			{ID: "busy_first_token", Title: "first token while indexing runs minus idle, p95", Unit: "ms", Target: atMost(500)},
			{ID: "indexing_resumes", Title: "indexing resumes after the answer, longest", Unit: "s", Target: atMost(2)},
		}},
		{name: "embedding", missing: needsRuntime, run: measureEmbedding, figures: []figure{
			{ID: "embed_question", Title: "vector of a short question, warm, median", Unit: "ms", Target: atMost(40)},
			{ID: "embed_rate", Title: "embedding passages with e5-small on one core", Unit: "tokens/s", Target: atLeast(650)},
		}},
		{name: "indexing", missing: needsRuntime, run: measureIndexing, figures: []figure{
			{ID: "indexing_ratio", Title: "indexing ÷ the raw runtime embedding the same chunks in batches", Target: atMost(1.15)},
		}},
		{name: "retrieval", missing: needsEval, run: measureRetrieval, figures: retrievalFigures()},
		{name: "parsing", missing: needsProgram, run: measureParsing, figures: []figure{
			{ID: "parse_speed", Title: "PDF of 1,000 pages of text, pages a second on one core", Target: atLeast(60)},
			{ID: "parse_memory", Title: "peak of the process that reads it", Unit: "MB", Target: atMost(400)},
		}},
		{name: "sentences", missing: needsProgram, run: measureSentences, figures: citationFigures()},
		{name: "citations", missing: needsCorpus, run: measurePreviews, figures: []figure{
			{ID: "citations_open", Title: "citations whose opened place holds the passage", Target: atLeast(1)},
		}},
		{name: "questions", missing: needsQuestions, run: measureQuestions, figures: questionFigures()},
		{name: "corpus", missing: needsCorpus, run: measureCorpus, figures: []figure{
			{ID: "corpus_files", Title: "documents of the corpus tried, hostile ones among them"},
			{ID: "corpus_texts", Title: "expected texts of the corpus at their place", Target: atLeast(1)},
			{ID: "corpus_right", Title: "documents of the corpus read as expected", Target: atLeast(1)},
			{ID: "corpus_hostile", Title: "hostile documents answered as expected", Target: atLeast(1)},
			{ID: "corpus_crashes", Title: "crashes while reading the corpus", Target: atMost(0)},
			{ID: "corpus_hangs", Title: "hangs while reading the corpus", Target: atMost(0)},
			{ID: "corpus_errors", Title: "unexpected errors while reading the corpus", Target: atMost(0)},
		}},
		{name: "tests", missing: needsNothing, run: measureTests, figures: append(testFigures(), []figure{
			{ID: "tests_warm", Title: "go run ./build test, warm cache", Unit: "min", Target: atMost(12)},
			{ID: "conformance", Title: "providers × checks of the conformance suite passed", Target: atLeast(1)},
			{ID: "tests_empty", Title: "go run ./build test, empty cache", Unit: "min", Target: atMost(35)},
		}...)},
	}
}

func needsNothing(options) string { return "" }

func needsProgram(o options) string {
	if o.program == "" {
		return "KONTOR_BIN does not name the program"
	}
	return ""
}

func needsRuntime(o options) string {
	if o.runtime == "" || o.starter == "" {
		return "KONTOR_RUNTIME_DIR and KONTOR_STARTER_DIR do not name the runtime and the starter pack"
	}
	return needsProgram(o)
}

func needsBrowser(o options) string {
	for _, name := range []string{"node", "chromium"} {
		if _, err := exec.LookPath(name); err != nil {
			return name + " is not installed"
		}
	}
	return needsRuntime(o)
}

func needsDesktop(o options) string {
	if o.desktop == "" {
		return "KONTOR_DESKTOP_BIN does not name the program with a window"
	}
	return ""
}

func needsEval(o options) string {
	if o.eval == "" {
		return "no --eval folder was given"
	}
	return needsRuntime(o)
}

func needsTexts(o options) string {
	if o.eval == "" {
		return "no --eval folder was given"
	}
	return needsProgram(o)
}

func needsQuestions(o options) string {
	if missing := needsCorpus(o); missing != "" {
		return missing
	}
	return needsRuntime(o)
}

func needsCorpus(o options) string {
	if o.corpus == "" {
		return "no --corpus folder was given"
	}
	return ""
}
