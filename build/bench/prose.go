package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strings"
)

// prose writes German office text that is the same for the same seed. Half of
// its nouns are compounds of common words, half are from a large vocabulary, so
// that the analyser, the keyword index and the embedder meet what they meet in
// an office. The measure is how many passages the words of a question hit: the
// shares of passages with each of them sum up to .27 in the middle here, to .07
// in German laws, .1 in encyclopaedia articles and .36 in municipal pages. Its
// sense does not matter to what is measured.
type prose struct {
	random *rand.Rand
	heads  []float64 // cumulated frequency of bases
	names  []float64 // of firsts
	rare   []float64 // and of the large vocabulary
}

// proseVersion changes when the same seed gives another text.
const proseVersion = 2

// vocabulary is the number of words that are put together from syllables.
const vocabulary = 30_000

func newProse(seed uint64) *prose {
	return &prose{
		random: rand.New(rand.NewPCG(seed, 7)),
		heads:  zipf(len(bases), 60), names: zipf(len(firsts), 60), rare: zipf(vocabulary, 200),
	}
}

// zipf cumulates 1/rank, flattened at the top by an offset: the most frequent
// words of a language are no nouns.
func zipf(n, offset int) []float64 {
	sums, sum := make([]float64, n), 0.0
	for i := range sums {
		sum += math.Pow(float64(i+offset), -1)
		sums[i] = sum
	}
	return sums
}

func (p *prose) pick(words []string, sums []float64) string {
	return words[sort.SearchFloat64s(sums, p.random.Float64()*sums[len(sums)-1])]
}

func (p *prose) one(words []string) string { return words[p.random.IntN(len(words))] }

// noun is a compound such as "Mietvertrag" or a word such as "Grolmensal".
func (p *prose) noun() string {
	if p.random.IntN(10) < 8 {
		return coined(sort.SearchFloat64s(p.rare, p.random.Float64()*p.rare[len(p.rare)-1]))
	}
	base := p.pick(bases, p.heads)
	if p.random.IntN(4) == 0 {
		return base
	}
	return p.pick(firsts, p.names) + strings.ToLower(base)
}

// coined is word number n of the large vocabulary: always the same, and no two
// are alike.
func coined(n int) string {
	word := ""
	for range 3 { // 32 × 32 × 32 > vocabulary
		word += syllables[n%len(syllables)]
		n /= len(syllables)
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// sentence is one of a dozen forms.
func (p *prose) sentence() string {
	form := p.one(forms)
	for strings.Contains(form, "{") {
		switch {
		case strings.Contains(form, "{n}"):
			form = strings.Replace(form, "{n}", p.noun(), 1)
		case strings.Contains(form, "{v}"):
			form = strings.Replace(form, "{v}", p.one(verbs), 1)
		case strings.Contains(form, "{a}"):
			form = strings.Replace(form, "{a}", p.one(adjectives), 1)
		case strings.Contains(form, "{o}"):
			form = strings.Replace(form, "{o}", p.one(towns), 1)
		default:
			form = strings.Replace(form, "{z}", fmt.Sprint(2+p.random.IntN(190)), 1)
		}
	}
	return form
}

// document is Markdown with a heading for every few paragraphs, of about n
// characters.
func (p *prose) document(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s %s\n\n", p.noun(), p.one(towns))
	for section := 1; b.Len() < n; section++ {
		fmt.Fprintf(&b, "## § %d %s\n\n", section, p.noun())
		for range 3 + p.random.IntN(4) {
			for range 4 + p.random.IntN(5) {
				b.WriteString(p.sentence())
				b.WriteByte(' ')
			}
			b.WriteString("\n\n")
			if b.Len() >= n {
				break
			}
		}
	}
	return b.String()
}

// question asks for something a document may hold.
func (p *prose) question() string {
	switch p.random.IntN(4) {
	case 0:
		return fmt.Sprintf("Welche Frist gilt für %s bei %s?", p.noun(), p.noun())
	case 1:
		return fmt.Sprintf("Was steht in § %d zu %s?", 1+p.random.IntN(30), p.noun())
	case 2:
		return fmt.Sprintf("Wer entscheidet in %s über %s und %s?", p.one(towns), p.noun(), p.noun())
	default:
		return fmt.Sprintf("Wie hoch ist %s, wenn %s nicht %s wird?", p.noun(), p.noun(), p.one(verbs))
	}
}

// questions that differ from each other.
func (p *prose) questions(n int) []string {
	seen := map[string]bool{}
	var list []string
	for len(list) < n {
		if q := p.question(); !seen[q] {
			seen[q] = true
			list = append(list, q)
		}
	}
	return list
}

func words(text string) []string { return strings.Fields(text) }

var (
	bases = words(`Vertrag Antrag Frist Amt Gebühr Vereinbarung Leistung Bescheid Recht Pflicht Stelle Verfahren Kosten Zahlung
		Kündigung Prüfung Genehmigung Verordnung Anlage Behörde Unterlage Bescheinigung Beratung Förderung Entscheidung Sitzung
		Bericht Nachweis Haftung Versicherung Zeit Ordnung Plan Raum Dienst Meldung Erklärung Rechnung Beitrag Ausschuss Sicherheit
		Schutz Beginn Ende Dauer Höhe Anspruch Verwaltung Aufsicht Übersicht Liste Vorlage Quote Satzung Klausel Abgabe Lieferung
		Wartung Störung Auskunft Ausbildung Vergütung Zulage Urlaub Abnahme Gewähr Mangel Rüge Rücktritt Übergabe Karte Ausweis
		Register Eintrag Auszug Vollmacht Betrag Konto Bürgschaft Sperre Hinweis Bogen Formular Portal Bereich Gremium Beschluss`)
	firsts = words(`Miet Arbeits Dienst Kauf Werk Rahmen Bau Wohn Grund Steuer Lohn Verwaltungs Gemeinde Stadt Kreis Landes Bundes
		Personal Betriebs Unternehmens Kunden Liefer Wartungs Daten Informations Umwelt Verkehrs Schul Jugend Sozial Gesundheits
		Kranken Renten Pflege Unfall Haft Rechts Gerichts Handels Gesellschafts Vereins Wahl Melde Pass Führerschein Fahrzeug
		Abfall Wasser Strom Heizungs Energie Gas Netz Straßen Park Grünflächen Friedhofs Denkmal Brandschutz Hochwasser Katastrophen
		Notfall Rettungs Feuerwehr Polizei Sicherheits Zugangs Besucher Reise Fahrt Tagungs Fortbildungs Prüfungs Zeugnis Studien
		Forschungs Projekt Haushalts Finanz Kassen Rechnungs Mahn Vollstreckungs Insolvenz Erb Familien Ehe Kinder Eltern Unterhalts
		Aufenthalts Asyl Integrations Sprach Gewerbe Gaststätten Lebensmittel Tier Veterinär Forst Jagd Fischerei Landwirtschafts`)
	verbs = words(`erteilt geprüft abgelehnt bewilligt gekündigt verlängert eingereicht beantragt gezahlt erstattet festgesetzt
		aufgehoben veröffentlicht unterschrieben vorgelegt ergänzt berichtigt gespeichert gelöscht übermittelt abgerechnet gewartet
		ersetzt überwacht gemeldet angehört beschlossen vertagt bestätigt widerrufen`)
	adjectives = words(`schriftliche vorläufige endgültige zuständige ordentliche außerordentliche jährliche monatliche gesetzliche
		vertragliche örtliche überörtliche technische fachliche persönliche elektronische vollständige fehlende verspätete
		unverzügliche angemessene besondere allgemeine anteilige`)
	syllables = words(`bal ber bin dor dul fal fen gar gol hen hor jas kel kol lam lin mor mun nal nok pel pin rad rol sal sem tan
		tul ven vos wal zin`)
	towns = words(`Aachen Bochum Cottbus Dresden Erfurt Flensburg Gera Halle Ingolstadt Jena Kassel Lübeck Mainz Neuss Oldenburg
		Potsdam Regensburg Siegen Trier Ulm Villingen Wismar Xanten Zwickau`)
	forms = []string{
		"Die {a} {n} wird innerhalb von {z} Tagen durch die {n} in {o} {v}.",
		"Wenn die {n} nicht {v} wird, gilt die {n} nach § {z} als {v}.",
		"Für jede {n} ist eine {a} {n} vorzulegen, die nicht älter als {z} Monate sein darf.",
		"Über die {n} entscheidet die {n} der Stadt {o} nach Anhörung der Beteiligten.",
		"Eine {n} von mehr als {z} Euro bedarf der Zustimmung durch die {a} {n}.",
		"Die {n} und die {n} werden getrennt {v}, sofern nichts anderes vereinbart ist.",
		"Abweichend davon kann die {n} auf Antrag bis zu {z} Wochen nach der {n} {v} werden.",
		"Zuständig ist die {n}, in deren Bereich die {n} liegt.",
		"Wer eine {n} beantragt, hat die {a} {n} und die {n} beizufügen.",
		"Die Kosten der {n} trägt, wer die {n} veranlasst hat, höchstens jedoch {z} vom Hundert.",
		"Bei {a}r {n} ruht die {n}, bis die {n} {v} ist.",
		"Das Nähere regelt die {n} in der jeweils geltenden Fassung.",
	}
)
