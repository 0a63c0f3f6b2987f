package localrag

import "testing"

func TestDetectLanguage(t *testing.T) {
	for text, want := range map[string]string{
		"Wie lange ist die Kündigungsfrist?": "de",
		"Was steht in § 573c BGB?":           "de",
		"Kündigungsfristen":                  "de",
		"Speditionsvertrag (HGB)":            "de",
		"How long is the notice period?":     "en",
		"notice period of the contract":      "en",
		"What is in the warranty?":           "en",
		"Was ist in der Garantie?":           "de",
		"Was übersetzte Marlee Matlin?":      "de",
		"Was she born in Newcastle?":         "en",
		"Who won?":                           "en",
		"Wer gewann?":                        "de",
		"ISO 9001":                           "",
		"4.2.1":                              "",
		"":                                   "",
		"Müller":                             "de",
		"Bitte fasse das Dokument zusammen.": "de",
		"Please summarise the document.":     "en",
		"Wat is de opzegtermijn van dit contract en hoe kan ik het beëindigen als de huurder niet betaalt?":                                    "",
		"Le délai de préavis est de trois mois à compter de la réception de la lettre par le bailleur, sauf dans les cas prévus par la loi.":   "",
		"El plazo de preaviso es de tres meses desde la fecha en que el arrendador reciba la carta, salvo los casos previstos por la ley.":     "",
		"Bildirim süresi, mektubun ev sahibi tarafından alındığı tarihten itibaren üç aydır ve yasada belirtilen haller bunun dışındadır.":     "",
		"Il termine di preavviso è di tre mesi dal ricevimento della lettera da parte del locatore, salvo i casi previsti dalla legge.":        "",
		"Okres wypowiedzenia wynosi trzy miesiące od dnia otrzymania pisma przez wynajmującego, z wyjątkiem przypadków określonych w ustawie.": "",
	} {
		if got := DetectLanguage(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
