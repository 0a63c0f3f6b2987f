package localrag

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

var citedPassages = []Passage{
	{Document: "Mietvertrag", Chunk: Chunk{Language: "de", Heading: "Mietvertrag › § 4 Kündigung", Text: "Das Mietverhältnis kann von beiden Seiten mit einer Frist von drei Monaten zum Monatsende gekündigt werden. Die Kündigung muss schriftlich erfolgen; eine E-Mail genügt nicht. Bei Zahlungsverzug von mehr als zwei Monatsmieten ist der Vermieter zur fristlosen Kündigung berechtigt."}},
	{Document: "Mietvertrag", Chunk: Chunk{Language: "de", Heading: "Mietvertrag › § 5 Miete", Text: "Die monatliche Kaltmiete beträgt 1.250,00 Euro. Hinzu kommen Nebenkosten in Höhe von 230 Euro als Vorauszahlung. Die Miete ist spätestens am dritten Werktag eines Monats zu zahlen. Die Kaution beläuft sich auf drei Kaltmieten und ist bis zum 1. März 2024 zu hinterlegen."}},
	{Document: "Hausordnung", Chunk: Chunk{Language: "de", Heading: "Hausordnung › Ruhezeiten", Text: "Die Ruhezeiten gelten täglich von 22 bis 6 Uhr sowie von 13 bis 15 Uhr. Musikinstrumente dürfen höchstens zwei Stunden am Tag gespielt werden. Haustiere sind nach Zustimmung des Vermieters erlaubt. Das Grillen auf dem Balkon mit Holzkohle ist verboten."}},
	{Document: "Urlaubsrichtlinie", Chunk: Chunk{Language: "de", Heading: "Personalhandbuch › Urlaub", Text: "Jeder Mitarbeiter hat Anspruch auf 30 Arbeitstage Urlaub im Kalenderjahr. Urlaubsanträge sind mindestens vier Wochen vorher bei der Teamleitung einzureichen. Nicht genommener Urlaub verfällt am 31. März des Folgejahres. Schwerbehinderte Menschen erhalten fünf zusätzliche Tage."}},
	{Document: "Datenschutz", Chunk: Chunk{Language: "de", Heading: "Datenschutzhinweise", Text: "Verantwortlich für die Verarbeitung ist die Muster GmbH & Co. KG in Köln. Die Rechtsgrundlage ist Art. 6 Abs. 1 lit. b DSGVO. Bewerbungsunterlagen werden sechs Monate nach Abschluss des Verfahrens gelöscht. Eine Übermittlung in Drittländer findet nicht statt. Den Datenschutzbeauftragten erreichen Sie unter datenschutz@muster.de."}},
	{Document: "Handbook", Chunk: Chunk{Language: "en", Heading: "Employee handbook › Remote work", Text: "Employees may work remotely up to three days per week. Core hours are from 10 a.m. to 3 p.m. Central European Time. Working from outside the European Union requires written approval by Human Resources. Equipment worth up to 800 euros is provided by the company."}},
	{Document: "Warranty", Chunk: Chunk{Language: "en", Heading: "Pump P-200 manual › Warranty", Text: "The warranty period for the P-200 pump is 24 months from the date of delivery. The warranty does not cover damage caused by improper installation. Claims must be reported in writing within 14 days. Spare parts are available for ten years."}},
	{Document: "Minutes", Chunk: Chunk{Language: "en", Heading: "Minutes of the board meeting", Text: "The board met on 12 May 2023 in Hamburg. Revenue rose by 8.5 percent to 42.3 million euros. Maria Keller was elected chair of the audit committee. The proposal to open an office in Vienna was rejected."}},
	{Document: "Preise", Chunk: Chunk{Language: "de", Heading: "Preisliste 2024", Text: "Artikel | Preis | Lieferzeit\nSchraube M8 | 0,12 € | 3 Tage\nMutter M8 | 0,08 € | 3 Tage\nPumpe P-200 | 1.499,00 € | 2 Wochen"}},
}

// The labels: passage numbers that support the sentence, "-" for a claim that
// nothing supports, "0" for a sentence without a claim.
const citedSentences = `
1 | Die Kündigungsfrist beträgt drei Monate zum Monatsende.
1 | Beide Seiten können das Mietverhältnis mit einer Frist von **3 Monaten** kündigen.
1 | Die Kündigung muss schriftlich erfolgen.
1 | Eine E-Mail genügt für die Kündigung nicht.
1 | Bei einem Zahlungsverzug von mehr als zwei Monatsmieten darf der Vermieter fristlos kündigen.
- | Die Kündigungsfrist beträgt sechs Monate zum Monatsende.
- | Eine E-Mail genügt für die Kündigung.
- | Die Kündigung muss nicht schriftlich erfolgen.
- | Der Mieter muss bei Auszug die Wohnung frisch gestrichen übergeben.
2 | Die Kaltmiete beträgt 1250 Euro im Monat.
2 | Zusätzlich fallen Nebenkosten von 230 Euro als Vorauszahlung an.
2 | Die Miete muss spätestens am dritten Werktag des Monats gezahlt werden.
2 | Die Kaution beträgt drei Kaltmieten und muss bis zum 01.03.2024 hinterlegt werden.
- | Die Kaltmiete beträgt 1.350 Euro im Monat.
- | Die Kaution muss bis zum 1. April 2024 hinterlegt werden.
- | Die Miete wird jährlich um zwei Prozent erhöht.
3 | Die Ruhezeiten gelten von 22 bis 6 Uhr und von 13 bis 15 Uhr.
3 | Musikinstrumente darf man höchstens zwei Stunden täglich spielen.
3 | Haustiere sind mit Zustimmung des Vermieters erlaubt.
3 | Grillen mit Holzkohle auf dem Balkon ist verboten.
- | Haustiere sind nicht erlaubt.
- | Die Ruhezeiten gelten von 20 bis 7 Uhr.
- | Fahrräder müssen im Keller abgestellt werden.
4 | Mitarbeitende haben Anspruch auf 30 Arbeitstage Urlaub pro Kalenderjahr.
4 | Der Urlaubsantrag ist mindestens vier Wochen vorher bei der Teamleitung einzureichen.
4 | Nicht genommener Urlaub verfällt am 31. März des Folgejahres.
4 | Schwerbehinderte Menschen bekommen fünf zusätzliche Urlaubstage.
- | Jeder Mitarbeiter hat Anspruch auf 28 Arbeitstage Urlaub.
- | Der Urlaub wird von der Geschäftsführung in Berlin genehmigt.
- | Nicht genommener Urlaub verfällt nicht.
5 | Verantwortlich ist die Muster GmbH & Co. KG in Köln.
5 | Rechtsgrundlage ist Art. 6 Abs. 1 lit. b DSGVO.
5 | Bewerbungsunterlagen werden nach sechs Monaten gelöscht.
5 | Eine Übermittlung in Drittländer findet nicht statt.
5 | Der Datenschutzbeauftragte ist unter datenschutz@muster.de erreichbar.
- | Bewerbungsunterlagen werden nach zwölf Monaten gelöscht.
- | Eine Übermittlung in Drittländer findet statt.
- | Rechtsgrundlage ist Art. 9 Abs. 2 DSGVO.
- | Die Daten werden auf Servern in Frankfurt gespeichert.
6 | Employees may work remotely up to three days a week.
6 | Core hours are 10 a.m. to 3 p.m. Central European Time.
6 | Working outside the European Union needs written approval from Human Resources.
6 | The company provides equipment worth up to 800 euros.
- | Employees may work remotely up to five days per week.
- | Working outside the European Union does not require written approval by Human Resources.
- | Employees receive a monthly internet allowance.
7 | The warranty period of the P-200 pump is 24 months from delivery.
7 | Damage caused by improper installation is not covered by the warranty.
7 | Claims have to be reported in writing within 14 days.
7 | Spare parts are available for 10 years.
- | The warranty covers damage caused by improper installation.
- | The warranty period of the P-200 pump is 36 months from delivery.
- | The pump must be serviced every year by a certified technician.
8 | The board met in Hamburg on May 12, 2023.
8 | Revenue rose by 8.5 percent to 42.3 million euros.
8 | Maria Keller was elected chair of the audit committee [8].
8 | The proposal to open an office in Vienna was rejected.
- | Revenue rose by 9.5 percent to 42.3 million euros.
- | The board met in Munich on 13 May 2023.
- | Peter Braun became head of sales.
9 | Die Schraube M8 kostet 0,12 € und hat eine Lieferzeit von 3 Tagen.
9 | Die Pumpe P-200 kostet 1499 € bei einer Lieferzeit von zwei Wochen.
- | Die Schraube M8 kostet 0,15 €.
1 | Man kann das Mietverhältnis mit drei Monaten Frist zum Monatsende kündigen.
1 | Wer mit mehr als zwei Monatsmieten in Zahlungsverzug ist, dem darf der Vermieter fristlos kündigen.
2 | Spätestens am dritten Werktag ist die Miete zu zahlen.
2 | Als Vorauszahlung auf die Nebenkosten werden 230 Euro verlangt.
3 | Für Haustiere braucht man die Zustimmung des Vermieters.
4 | Sie haben 30 Arbeitstage Urlaub im Jahr.
4 | Urlaub, der nicht genommen wurde, verfällt am 31. März des folgenden Jahres.
5 | Die Bewerbungsunterlagen löscht man sechs Monate nach dem Ende des Verfahrens.
6 | Up to three days per week can be worked remotely.
6 | Human Resources must approve work from outside the European Union in writing.
7 | The warranty for the P-200 lasts 24 months from the delivery date.
8 | Revenue increased to 42.3 million euros, up 8.5 percent.
8 | The board rejected the proposal to open an office in Vienna.
- | Verantwortlich für die Verarbeitung ist die Beispiel AG in Köln.
- | Verantwortlich ist die Muster GmbH & Co. KG in Berlin.
- | The board met in Frankfurt on 12 May 2023.
- | Peter Braun was elected chair of the audit committee.
- | The proposal to open an office in Zurich was rejected.
- | Haustiere sind nach Zustimmung der Nachbarn erlaubt.
- | Urlaubsanträge sind mindestens vier Wochen vorher beim Betriebsrat einzureichen.
- | Spare parts are available for 12 years.
- | Die Miete ist per Lastschrift zu zahlen.
0 | Hier ist eine Zusammenfassung der Regeln:
0 | Gerne helfe ich Ihnen weiter.
0 | Haben Sie noch Fragen?
0 | Das geht aus den Dokumenten nicht hervor.
0 | Die Unterlagen enthalten keine Angaben zur Stellplatzmiete.
0 | Here is what I found:
0 | The documents do not mention a parking space.
0 | I hope this helps!
0 | Zusammenfassung
`

// TestMatchSentenceQuality measures the matcher on the labelled sentences.
func TestMatchSentenceQuality(t *testing.T) {
	m := NewMatcher(citedPassages)
	var right, shown, wanted, neutralRight, neutral, cases int
	for line := range strings.SplitSeq(strings.TrimSpace(citedSentences), "\n") {
		label, sentence, _ := strings.Cut(line, " | ")
		cases++
		got := m.MatchSentence("", sentence)
		verdict := "-"
		switch {
		case got.Neutral:
			verdict = "0"
		case got.Supported:
			verdict = fmt.Sprint(got.Citations[0])
			shown++
		}
		if label == "0" {
			neutral++
			if got.Neutral {
				neutralRight++
			}
		} else if label != "-" {
			wanted++
			if verdict == label {
				right++
			}
		}
		if verdict != label {
			t.Logf("want %s, got %s %v (%.2f): %s", label, verdict, got.Citations, got.Score, sentence)
		}
	}
	precision, recall := float64(right)/float64(shown), float64(right)/float64(wanted)
	f1 := 2 * precision * recall / (precision + recall)
	t.Logf("%d sentences: precision %.3f recall %.3f F1 %.3f, neutral %d of %d", cases, precision, recall, f1, neutralRight, neutral)
	if f1 < .93 || precision < .9 || neutralRight < neutral {
		t.Errorf("precision %.3f recall %.3f F1 %.3f, want .93 and .9; neutral %d of %d", precision, recall, f1, neutralRight, neutral)
	}
}

func TestMatchAnswerOffsets(t *testing.T) {
	answer := "# Kündigung\n\nHier ist die Antwort:\n\n- Die Frist beträgt **drei Monate** zum Monatsende. [1]\n- Die Kaltmiete beträgt 1.250 Euro.\n- Der Aufzug ist defekt.\n"
	var got []string
	for _, s := range MatchSentences(answer, citedPassages) {
		got = append(got, fmt.Sprintf("%s %v %v", answer[s.Start:s.End], s.Citations, s.Neutral))
	}
	want := []string{
		"Hier ist die Antwort: [] true",
		"Die Frist beträgt **drei Monate** zum Monatsende. [1] [1] false",
		"Die Kaltmiete beträgt 1.250 Euro. [2] false",
		"Der Aufzug ist defekt. [] false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestQuote(t *testing.T) {
	for _, c := range []struct {
		passage        int
		sentence, want string
	}{
		{1, "Eine E-Mail genügt nicht.", "Die Kündigung muss schriftlich erfolgen; eine E-Mail genügt nicht."},
		{2, "Die Nebenkosten betragen 230 Euro.", "Hinzu kommen Nebenkosten in Höhe von 230 Euro als Vorauszahlung."},
		{8, "Maria Keller chairs the audit committee.", "Maria Keller was elected chair of the audit committee."},
		{3, "Haustiere sind erlaubt, Grillen mit Holzkohle auf dem Balkon nicht.", "Haustiere sind nach Zustimmung des Vermieters erlaubt. Das Grillen auf dem Balkon mit Holzkohle ist verboten."},
	} {
		p := citedPassages[c.passage-1]
		start, end := Quote(p, c.sentence)
		if got := p.Text[start:end]; got != c.want {
			t.Errorf("%q: quoted %q, want %q", c.sentence, got, c.want)
		}
	}
	if s := NewMatcher(nil).Quote(1, "Nichts."); s != (Span{}) {
		t.Errorf("quoted %v of no passage", s)
	}
}

func TestFiguresIn(t *testing.T) {
	for _, c := range [][2]string{
		{"1.250,00 Euro", "1250 euros"}, {"1. März 2024", "01.03.2024"}, {"May 12, 2023", "12 May 2023"},
		{"drei Monate", "3 months"}, {"2024-03-01", "1.3.2024"}, {"3.50", "3,5"}, {"42.3 million", "42,3 Mio."},
	} {
		a, b := figuresIn(c[0]), figuresIn(c[1])
		if len(a) != len(b) || len(a) == 0 {
			t.Errorf("%q: %v, %q: %v", c[0], a, c[1], b)
		}
		for f := range a {
			if !holdsFigure(b, f) {
				t.Errorf("%q: %v, %q: %v", c[0], a, c[1], b)
			}
		}
	}
}

func BenchmarkMatchSentence(b *testing.B) {
	m := NewMatcher(append(citedPassages, citedPassages[:3]...))
	for b.Loop() {
		m.MatchSentence("de", "Die Kündigungsfrist beträgt drei Monate zum Monatsende.")
	}
}
