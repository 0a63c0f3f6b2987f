package localrag

import (
	"strings"
	"testing"
)

// Each case marks the borders with ¦; the text is the case without the marks.
var germanSentenceCases = []string{
	"Das ist ein Satz.¦Das ist noch einer.",
	"Wir liefern z. B. Schrauben und Muttern.¦Die Rechnung folgt.",
	"Wir liefern z.B. Schrauben.",
	"Nach Art. 6 Abs. 1 DSGVO ist das erlaubt.¦Art. 7 regelt die Einwilligung.",
	"Gemäß § 573c Abs. 1 Satz 2 i. V. m. Art. 229 EGBGB gilt die Frist.",
	"Bitte wenden Sie sich an Hrn. Müller oder Fr. Schmidt.¦Sie helfen gern.",
	"Die Müller GmbH & Co. KG sitzt in Köln.¦Der Umsatz stieg.",
	"Die Vereinbarung mit der Bau AG & Co. KG endete am 3. März 2024.",
	"Am 1. Januar 2025 tritt die Regelung in Kraft.¦Am 2. Februar endet sie.",
	"Das 1. Quartal war gut.¦Das 2. Quartal war schlecht.",
	"Es waren 12.¦Danach kamen weitere.",
	"Das Gesetz stammt aus dem Jahr 2015.¦Es wurde 2020 geändert.",
	"Im 19. Jahrhundert war das anders.",
	"Kaiser Wilhelm II. Friedrich regierte lange.",
	"Papst Johannes XXIII.¦Er starb 1963.",
	"Der Verein Hilfe e. V. Sitz München berät kostenlos.",
	"Beratung bietet der Donna Mobile e. V.¦Die Adresse steht unten.",
	"Es gibt Äpfel, Birnen usw.¦Die Preise sind gleich.",
	"Es gibt Äpfel, Birnen usw. in allen Größen.",
	"Siehe §§ 5 ff. BGB.¦Dort steht mehr.",
	"Siehe S. 12 und Nr. 5 der Anlage.",
	"Der Preis beträgt ca. 3,5 Mio. Euro.¦Das ist viel.",
	"„Kommen Sie herein!“, sagte er.¦Sie kam.",
	"„Was wollen Sie?“¦Er schwieg.",
	"Er sagte: „Das geht nicht.“¦Dann ging er.",
	"Kostet das etwas?¦Nein!¦Es ist kostenlos.",
	"Die Sprechzeiten sind Mo. bis Fr. von 8.30 bis 12.00 Uhr.¦Am Freitag ist geschlossen.",
	"Dr. med. Anna Weber leitet die Praxis.¦Prof. Dr. Klein vertritt sie.",
	"J. S. Bach wurde in Eisenach geboren.¦Er starb in Leipzig.",
	"Die Frist beträgt max. 14 Tage.¦Bzw. 10 Tage.",
	"Das gilt u. a. für Verträge, d. h. auch für Mietverträge.",
	"I. d. R. dauert das zwei Wochen.",
	"Die Datei heißt bericht.pdf.¦Sie liegt unter kontor.de.",
	"Version 4.2.1 ist neu.¦Version 4.3 folgt.",
	"Der Wert liegt bei 3.5.¦Das ist zu hoch.",
	"Termin: 5. 3. 2024 um 10 Uhr.¦Ort: Rathaus.",
	"Rufen Sie an (Tel. 089 1234).¦Wir helfen.",
	"Er kam (wie immer zu spät).¦Dann ging er.",
	"Das steht im Vertrag.[1]¦Der Vertrag liegt bei.[2, 3]",
	"Na ja …¦Das war's.",
	"Erster Absatz ohne Punkt¦\n\nZweiter Absatz.",
	"Nötig sind:¦\n- Ausweis¦\n- Meldebescheinigung",
	"Schritt 1¦\n1. Formular ausfüllen¦\n2. Unterschreiben",
	"Eine Zeile, die\nim Satz umbricht. ¦Und noch eine.",
	"Wir danken Ihnen!¦Mit freundlichen Grüßen",
	"Die Str. 5 ist gesperrt.",
	"Das Haus steht in der Hauptstr.¦Es ist rot.",
	"Vitamin C.¦Es ist gesund.",
	"Stand: 31.12.2023.¦Alle Angaben ohne Gewähr.",
	"Gem. Ziff. 4.2 Buchst. a Doppelbuchst. bb gilt nichts anderes.",
	"Der 100. Geburtstag wird gefeiert.",
	"Lt. Vertrag v. 3. 5. 2021 zzgl. MwSt. ist zu zahlen.",
	"Vgl. BGH, Urt. v. 12. 3. 2019, Az. VIII ZR 12/18, Rn. 17.",
}

var englishSentenceCases = []string{
	"This is one.¦This is two.",
	"Dr. Smith met Mr. Jones at 5 p.m. on Monday.¦They talked.",
	"He works for Acme Inc. in Boston.¦She does not.",
	"He works for Acme Inc.¦She works for Beta Corp.¦They met.",
	"See Fig. 3 and No. 5.¦Then go on.",
	"Is it free?¦No.¦It costs 5.50 dollars.",
	"The U.S. Army was there.",
	"He was born in the U.S.¦He moved later.",
	"It happened in 1999.¦Nobody knew.",
	"There were 12.¦Then came more.",
	"J. R. R. Tolkien wrote it.¦It sold well.",
	"\"Stop!\" he said.¦She stopped.",
	"He said \"stop.\"¦Then he left.",
	"Use e.g. restic, i.e. a backup tool.¦It is fast.",
	"Notice must be given under Sec. 4 of the Act.¦Notice is free.",
	"1. Introduction",
	"Bring papers, photos, etc.¦We will help.",
	"The file is called main.go.¦Open it.",
	"Pay by Jan. 5.¦Late fees apply.",
	"Smith et al. found this.¦Others did not.",
}

func TestSentences(t *testing.T) {
	for language, cases := range map[string][]string{"de": germanSentenceCases, "en": englishSentenceCases} {
		for _, c := range cases {
			text := strings.ReplaceAll(c, "¦", " ")
			var want []string
			for part := range strings.SplitSeq(c, "¦") {
				want = append(want, strings.TrimSpace(part))
			}
			checkSpans(t, text, Sentences(language, text), want)
		}
	}
}

func checkSpans(t *testing.T, text string, spans []Span, want []string) {
	t.Helper()
	var got []string
	for _, s := range spans {
		got = append(got, text[s.Start:s.End])
	}
	if strings.Join(got, "¦") != strings.Join(want, "¦") {
		t.Errorf("%q\n got %q\nwant %q", text, got, want)
	}
}

func TestMarkdownSentences(t *testing.T) {
	for _, c := range []struct {
		name, markdown string
		want           []string
	}{
		{"paragraph", "Die Frist beträgt **drei Monate.** Sie beginnt am 1. März.", []string{"Die Frist beträgt **drei Monate.**", "Sie beginnt am 1. März."}},
		{"heading", "# Kündigung\n\nDie Frist endet.\n\nUnterschrift\n------\nMehr.", []string{"Die Frist endet.", "Mehr."}},
		{"list", "Nötig sind:\n- Ausweis\n- *Antrag* auf Papier. Er ist kostenlos.\n  Und eilig.\n1. Erstens\n2) Zweitens", []string{"Nötig sind:", "Ausweis", "*Antrag* auf Papier.", "Er ist kostenlos.", "Und eilig.", "Erstens", "Zweitens"}},
		{"code", "Tippe:\n```sh\nls. Das ist Code.\n```\nFertig.", []string{"Tippe:", "Fertig."}},
		{"open code", "Tippe:\n```sh\nls", []string{"Tippe:"}},
		{"table", "| Stadt | Preis |\n|---|---:|\n| Köln | 5 € |\n| Bonn | 7 € |\n\nEnde.", []string{"Köln | 5 €", "Bonn | 7 €", "Ende."}},
		{"quote", "> Das Gesetz sagt\n> nichts. Gar nichts.\n\nSo ist es.", []string{"Das Gesetz sagt\n> nichts.", "Gar nichts.", "So ist es."}},
		{"bold title", "**Zusammenfassung:**\nAlles gut.", []string{"Alles gut."}},
		{"bold sentence", "**Alles ist gut.**\nWirklich.", []string{"**Alles ist gut.**", "Wirklich."}},
		{"rule", "Eins.\n\n***\n\nZwei.", []string{"Eins.", "Zwei."}},
		{"citation", "Das steht fest. [1] Mehr nicht [2].", []string{"Das steht fest. [1]", "Mehr nicht [2]."}},
		{"date line", "Am\n3. März war Schluss. Gut.", []string{"Am\n3. März war Schluss.", "Gut."}},
		{"crlf", "Eins.\r\n\r\n- Zwei\r\n", []string{"Eins.", "Zwei"}},
		{"task", "- [x] Erledigt\n- [ ] Offen", []string{"Erledigt", "Offen"}},
		{"empty", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkSpans(t, c.markdown, MarkdownSentences("de", c.markdown), c.want)
		})
	}
}

func FuzzSentences(f *testing.F) {
	for _, c := range germanSentenceCases {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, spans := range [][]Span{Sentences("de", text), Sentences("en", text), MarkdownSentences("", text)} {
			last := 0
			for _, s := range spans {
				if s.Start < last || s.End <= s.Start || s.End > len(text) {
					t.Fatalf("span %v after %d in %q", s, last, text)
				}
				last = s.End
			}
		}
		at := 0
		for _, s := range Sentences("de", text) {
			if strings.TrimSpace(text[at:s.Start]) != "" {
				t.Fatalf("lost %q", text[at:s.Start])
			}
			at = s.End
		}
		if strings.TrimSpace(text[at:]) != "" {
			t.Fatalf("lost %q", text[at:])
		}
	})
}
