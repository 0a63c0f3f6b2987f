package localrag

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// TestAnalyseMeets lists texts and questions that must share a term.
func TestAnalyseMeets(t *testing.T) {
	a := NewAnalyser()
	for _, c := range []struct{ language, text, question string }{
		{"de", "Die Straße ist gesperrt.", "Strasse"},
		{"de", "Herr Müller", "Mueller"},
		{"de", "Herr Müller", "Muller"},
		{"de", "Übung und Ärzte", "Uebung"},
		{"de", "Mietverträge", "Mietvertrag"},
		{"de", "Die Kündigungsfristen betragen", "Frist"},
		{"de", "Die Kündigungsfristen betragen", "Kündigung"},
		{"de", "Arbeitsunfähigkeitsbescheinigung", "Bescheinigung"},
		{"de", "Wohngeldantrag", "Antrag auf Wohngeld"},
		{"de", "Beraterinnen", "Berater"},
		{"de", "Mitarbeiter:innen", "Mitarbeiter"},
		{"de", "Bürger*innen", "Bürgerin"},
		{"de", "E-Mail", "Email"},
		{"de", "Online-Antrag", "Onlineantrag"},
		{"de", "Kündi\u00adgung", "Kündigung"},
		{"de", "die Kündi-\ngung", "Kündigung"},
		{"de", "Mu\u0308ller", "Müller"},
		{"de", "die ﬁnanzielle Lage", "finanziell"},
		{"de", "§ 573c BGB", "Was steht in § 573c BGB?"},
		{"de", "§ 573 c Abs. 1 BGB", "§ 573c BGB"},
		{"de", "1.234.567,89 Euro", "1,234,567.89"},
		{"de", "IBAN DE89 3704 0044 0532 0130 00", "DE89370400440532013000"},
		{"en", "applications were received", "apply application"},
		{"en", "Zürich", "Zurich"},
		{"en", "Zürich", "Zuerich"},
		{"en", "the company's workers", "company worker"},
		{"en", "COVID-19", "covid-19"},
		{"", "Kündigungsfrist", "Frist"},
		{"", "applications", "application"},
		{"de", "IT-Abteilung", "IT Abteilung"},
	} {
		language := c.language
		text, question := a.Terms(language, c.text), a.Terms(language, c.question)
		if !slices.ContainsFunc(question, func(term string) bool { return slices.Contains(text, term) }) {
			t.Errorf("%q %v does not meet %q %v", c.text, text, c.question, question)
		}
	}
}

// TestIdentifiers lists what must be found exactly.
func TestIdentifiers(t *testing.T) {
	a := NewAnalyser()
	for question, want := range map[string]string{
		"Was steht in § 573c BGB?":                 "par573c_bgb",
		"Was steht in § 573c Abs. 1 Satz 2 BGB?":   "par573c_bgb",
		"Was sagt Paragraph 15 KSchG":              "par15_kschg",
		"Was regelt Art. 6 Abs. 1 lit. f DSGVO?":   "art6_dsgvo",
		"Was steht in §§ 5 und 6 EntgFG?":          "par6_entgfg",
		"What does section 4.2.1 say?":             "4_2_1",
		"Abschnitt 4.2":                            "sec4_2",
		"Wo finde ich num_ctx?":                    "num_ctx",
		"Wem gehört max.mueller@firma.de?":         "max_mueller_firma_de",
		"Was kostet der A380?":                     "a380",
		"Öffne bericht-2024.pdf":                   "bericht_2024_pdf",
		"Rechtssache C-311/18":                     "c_311_18",
		"Verordnung (EU) 2016/679":                 "2016_679",
		"Konto DE89 3704 0044 0532 0130 00 gehört": "de89370400440532013000",
	} {
		_, terms, identifiers := a.QueryTerms(question)
		if !slices.Contains(identifiers, want) {
			t.Errorf("%q: identifiers %v lack %q", question, identifiers, want)
		}
		if !slices.Contains(terms, want) {
			t.Errorf("%q: terms %v lack %q", question, terms, want)
		}
	}
	heading := a.Terms("de", "Mindesturlaubsgesetz (BUrlG) › § 3 Dauer des Urlaubs")
	if !slices.Contains(heading, "par3_burlg") {
		t.Errorf("law and section of a path of headings apart: %v", heading)
	}
	for _, question := range []string{"Wie viele Punkte gab es im Jahr 2015?", "Wer gewann 3 Spiele?", "What is the notice period?", "Wie hoch ist die Miete?", "What happened in the 1970s and the 19th century?", "Wie weit sind 5km?"} {
		if _, _, identifiers := a.QueryTerms(question); len(identifiers) > 0 {
			t.Errorf("%q: took %v for identifiers", question, identifiers)
		}
	}
}

func TestQueryTermsDropsFunctionWords(t *testing.T) {
	language, terms, _ := NewAnalyser().QueryTerms("Wie lange ist die Kündigungsfrist für den Mieter?")
	if language != "de" || strings.Join(terms, " ") != "lang kundigungsfr kundig frist miet" && !slices.Contains(terms, "frist") {
		t.Errorf("%s %v", language, terms)
	}
	for _, term := range []string{"wie", "ist", "die", "fur", "den"} {
		if slices.Contains(terms, term) {
			t.Errorf("kept %q", term)
		}
	}
	if _, terms, _ := NewAnalyser().QueryTerms("Who is it?"); len(terms) != 0 {
		t.Errorf("terms of function words: %v", terms)
	}
}

func TestCompounds(t *testing.T) {
	c := newCompounds()
	for word, want := range map[string]string{
		"Kündigungsfrist":            "Kündigung Frist",
		"Krankenversicherungskarte":  "Krankenversicherung Karte",
		"Grundstücksverkehr":         "Grundstück Verkehr",
		"Versicherungsgesellschaft":  "Versicherung Gesellschaft",
		"Rechnungsprüfungsausschuss": "Rechnung Prüfung Ausschuss",
		"Haus":                       "",
		"Arbeit":                     "",
		"Geschwindigkeit":            "",
		"Verantwortung":              "",
		"Erinnerung":                 "",
	} {
		var parts []string
		for word := range strings.FieldsSeq(want) {
			parts = append(parts, stemGerman(foldGerman(strings.ToLower(word))))
		}
		var got []string
		for _, part := range c.split(foldGerman(strings.ToLower(word))) {
			got = append(got, stemGerman(part))
		}
		if !slices.Equal(got, parts) {
			t.Errorf("%s: %q, want %q", word, got, parts)
		}
	}
}

// FuzzTerms holds the promise to the index: letters, digits, underscores.
func FuzzTerms(f *testing.F) {
	f.Add("de", "§ 573c Abs. 1 BGB, z. B. 1.234,5 €; E-Mail: a@b.de – num_ctx")
	f.Add("en", "don't U.S. 4.2.1 \u0301x ½ x² ﬁ Ǆ İ \xff")
	f.Add("", "日本語 Привет مرحبا 12:30 C-311/18")
	a := NewAnalyser()
	f.Fuzz(func(t *testing.T, language, text string) {
		for _, l := range []string{"de", "en", "", language} {
			terms := a.Terms(l, text)
			for _, term := range terms {
				if term == "" || len([]rune(term)) > maxTermRunes {
					t.Fatalf("term %q of %q", term, text)
				}
				for _, r := range term {
					if r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r) {
						t.Fatalf("term %q of %q holds %q", term, text, r)
					}
				}
			}
			if got := a.Analyse(l, text); got != strings.Join(terms, " ") {
				t.Fatalf("not repeatable: %q, %q", got, terms)
			}
		}
	})
}

func BenchmarkAnalyse(b *testing.B) {
	a := NewAnalyser()
	text := strings.Repeat("Die Kündigungsfrist beträgt nach § 573c Abs. 1 BGB drei Monate zum Monatsende und gilt für beide Vertragsparteien. ", 9)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		a.Analyse("de", text)
	}
}
