import type { Passage, Sentence } from '$lib/api.gen';

/** sampleText is an answer with everything Markdown that answers use. */
export const sampleText = `Nach der Probezeit gilt eine **Kündigungsfrist von vier Wochen** zum Fünfzehnten oder zum Ende eines Monats. Während der Probezeit beträgt sie zwei Wochen.

Für längere Zugehörigkeit verlängert sich die Frist des Arbeitgebers:

| Zugehörigkeit | Frist |
|---|---|
| 2 Jahre | 1 Monat |
| 5 Jahre | 2 Monate |

- Die Kündigung muss schriftlich erfolgen.
- Eine E-Mail genügt nicht.

Üblich ist außerdem ein klärendes Gespräch.
`;

const supported: Record<string, number[]> = {
  'Nach der Probezeit gilt eine **Kündigungsfrist von vier Wochen** zum Fünfzehnten oder zum Ende eines Monats.':
    [1, 2],
  'Während der Probezeit beträgt sie zwei Wochen.': [1],
  'Die Kündigung muss schriftlich erfolgen.': [2],
  'Üblich ist außerdem ein klärendes Gespräch.': [],
};

/** sampleSentences finds the sample's sentences that are already written. */
export function sampleSentences(text: string): Sentence[] {
  return Object.entries(supported).flatMap(([sentence, citations]) => {
    const start = text.indexOf(sentence);
    if (start < 0) return [];
    return [{ start, end: start + sentence.length, citations, supported: citations.length > 0 }];
  });
}

export function samplePassages(): Passage[] {
  const passage = (n: number, change: Partial<Passage>): Passage => ({
    ...{
      n,
      documentId: `document-${String(n)}`,
      document: 'Arbeitsvertrag Muster.pdf',
      fileHash: 'a1',
      start: 10,
    },
    ...{ end: 60, score: 1 / n, cited: n < 3, text: '' },
    ...change,
  });
  return [
    passage(1, {
      page: 2,
      heading: '§ 3 Probezeit und Kündigung',
      text: 'Die ersten sechs Monate gelten als Probezeit. Während der Probezeit kann das Arbeitsverhältnis mit einer Frist von zwei Wochen gekündigt werden. Danach gilt eine Frist von vier Wochen zum Fünfzehnten oder zum Ende eines Kalendermonats.',
    }),
    passage(2, {
      document: 'bundesgesetzblatt-kuendigungsfristen-in-der-fassung-von-2024.pdf',
      page: 14,
      text: 'Das Arbeitsverhältnis eines Arbeiters oder eines Angestellten (Arbeitnehmers) kann mit einer Frist von vier Wochen zum Fünfzehnten oder zum Ende eines Kalendermonats gekündigt werden. Die Kündigung bedarf der Schriftform.',
    }),
    passage(3, {
      documentId: 'text',
      document: 'Notizen.md',
      heading: 'Offene Punkte',
      text: 'Mit Herrn Weber sprechen.',
    }),
    passage(4, { document: 'Handbuch.docx', heading: 'Personal', text: 'Siehe Arbeitsvertrag.' }),
    passage(5, { document: 'Protokoll.docx', text: 'Top 3 wurde vertagt.' }),
  ];
}

/** smallPdf is a valid PDF with three pages and one line of text on each. */
export function smallPdf(): ArrayBuffer {
  const objects: string[] = [];
  const pages = [1, 2, 3].map((n) => {
    const stream = `BT /F1 14 Tf 72 735 Td (Seite ${String(n)}: Die Frist betraegt vier Wochen.) Tj ET`;
    objects.push(`<< /Length ${String(stream.length)} >>\nstream\n${stream}\nendstream`);
    const content = objects.length + 3;
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${String(content)} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
    );
    return `${String(objects.length + 3)} 0 R`;
  });
  const all = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pages.join(' ')}] /Count 3 >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...objects,
  ];
  let pdf = '%PDF-1.4\n';
  const offsets = all.map((object, index) => {
    const at = pdf.length;
    pdf += `${String(index + 1)} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const xref = pdf.length;
  pdf += `xref\n0 ${String(all.length + 1)}\n0000000000 65535 f \n`;
  pdf += offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  pdf += `trailer\n<< /Size ${String(all.length + 1)} /Root 1 0 R >>\nstartxref\n${String(xref)}\n%%EOF\n`;
  return new TextEncoder().encode(pdf).buffer;
}
