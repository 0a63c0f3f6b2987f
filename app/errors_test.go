package app

import (
	"slices"
	"testing"

	"kontor/app/prompts"
	"kontor/app/text"
	"kontor/llm"
	"kontor/localrag"
	"kontor/storage"
)

// Every code of every package has a sentence and a next step in both
// languages; a code without one would reach people as a bare word.
func TestEveryProblemHasWords(t *testing.T) {
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	var errs []error
	for _, code := range Problems() {
		errs = append(errs, &Error{Code: code})
	}
	for _, code := range llm.Codes() {
		errs = append(errs, &llm.Error{Code: code})
	}
	for _, code := range localrag.Codes() {
		errs = append(errs, &localrag.Error{Code: code})
	}
	for _, code := range storage.Codes() {
		errs = append(errs, &storage.Error{Code: code})
	}
	if len(errs) < 50 {
		t.Fatalf("only %d codes", len(errs))
	}
	for _, code := range llm.Codes() {
		if code != llm.CodeCancelled && slices.Contains(Problems(), string(code)) {
			t.Errorf("%s means two things", code)
		}
	}
	for _, err := range errs {
		code := AsError(err).Code
		for _, language := range text.Languages() {
			for _, part := range []string{"message", "hint"} {
				if key := "problem." + code + "." + part; !catalogue.Has(language, key) {
					t.Errorf("%s has no %s", language, key)
				}
			}
		}
	}
}

func TestPromptsExist(t *testing.T) {
	for _, name := range prompts.Names() {
		for _, language := range text.Languages() {
			if prompts.Text(name, language) == "" {
				t.Errorf("%s is empty in %s", name, language)
			}
		}
	}
}
