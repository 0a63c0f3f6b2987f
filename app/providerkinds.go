package app

import (
	"net/url"
	"slices"
	"strings"

	"kontor/llm/openai"
)

// kindAnthropic speaks the messages API; all other kinds are dialects of
// package openai.
const kindAnthropic = "anthropic"

// How far away a provider is.
const (
	placeHere    = "this_computer"
	placeCompany = "company"
	placeHosted  = "hosted"
)

// places in the order in which they are farther away.
func places() []string { return []string{placeHere, placeCompany, placeHosted} }

// Classes of documents, and of what a provider may get.
const (
	classPublic       = "public"
	classInternal     = "internal"
	classConfidential = "confidential"
)

// classes in the order in which they are to be kept closer.
func classes() []string { return []string{classPublic, classInternal, classConfidential} }

// above says that a class is to be kept closer than another one.
func above(class, other string) bool {
	return slices.Index(classes(), class) > slices.Index(classes(), other)
}

func providerKinds() []ProviderKind {
	return []ProviderKind{
		{Kind: string(openai.LMStudio), Address: "http://127.0.0.1:1234/v1"},
		{Kind: string(openai.LlamaCpp), Address: "http://127.0.0.1:8080/v1"},
		{Kind: string(openai.VLLM), Address: "http://127.0.0.1:8000/v1"},
		{Kind: string(openai.SGLang), Address: "http://127.0.0.1:30000/v1"},
		{Kind: string(openai.TGI), Address: "http://127.0.0.1:3000/v1"},
		{Kind: string(openai.Ollama), Address: "http://127.0.0.1:11434/v1"},
		{Kind: string(openai.Mistral), Address: "https://api.mistral.ai/v1", Hosted: true},
		{Kind: string(openai.OpenAI), Address: "https://api.openai.com/v1", Hosted: true},
		{Kind: string(openai.DeepSeek), Address: "https://api.deepseek.com/v1", Hosted: true},
		{Kind: kindAnthropic, Address: "https://api.anthropic.com/v1", Hosted: true},
		{Kind: string(openai.Other), Address: "http://127.0.0.1:8000/v1"},
	}
}

// placeOf says how far away a provider is: by its address where that is this
// computer, else by its kind and, for those that could be anywhere, by whether
// the name can be one of the internet. What is taken for the company's is held
// to a private address when it is connected to.
func placeOf(kind, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return placeHosted
	}
	host := u.Hostname()
	if _, loopback := loopbackAddress(host); loopback {
		return placeHere
	}
	for _, k := range providerKinds() {
		known, _ := url.Parse(k.Address) // ours
		if k.Hosted && (k.Kind == kind || strings.EqualFold(known.Hostname(), host)) {
			return placeHosted
		}
	}
	return placeCompany
}

// proposedClass is what a provider at a place may get unless somebody decides otherwise.
func proposedClass(place string) string {
	return map[string]string{placeHere: classConfidential, placeCompany: classInternal, placeHosted: classPublic}[place]
}
