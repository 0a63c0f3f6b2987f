import { describe, expect, it } from 'vitest';
import type { PreviewBlock } from '$lib/api.gen';
import { columnName, plainMarkdown, rowOf, sectionsOf, within } from './groups';

function block(kind: PreviewBlock['kind'], text: string, change: Partial<PreviewBlock> = {}): PreviewBlock {
  return { kind, text, marks: [], ...change };
}

describe('sectionsOf', () => {
  it('joins rows, items and attachments', () => {
    const [section] = sectionsOf(
      [
        block('heading', 'Preise', { level: 1 }),
        block('table', 'a | b', {
          cells: [
            { column: 1, text: 'a' },
            { column: 3, text: 'b' },
          ],
        }),
        block('table', 'c | d'),
        block('list_item', '1. x'),
        block('list_item', '2. y'),
        block('attachment', 'x.pdf'),
      ],
      7,
      'docx',
    );
    expect(section?.parts.map((part) => part.type)).toEqual(['block', 'table', 'list', 'attachments']);
    const table = section?.parts[1];
    expect(table?.type === 'table' && table.columns).toBe(3);
    expect(table?.type === 'table' && table.rows.map((row) => row.at)).toEqual([8, 9]);
  });

  it('makes a card of each slide, with its notes apart', () => {
    const sections = sectionsOf(
      [
        block('heading', 'Ziele', { slide: 1 }),
        block('notes', 'Kurz halten', { slide: 1 }),
        block('paragraph', 'Zahlen', { slide: 2 }),
      ],
      0,
      'pptx',
    );
    expect(sections.map((section) => [section.slide, section.parts.length, section.notes.length])).toEqual([
      [1, 1, 1],
      [2, 1, 0],
    ]);
  });

  it('reads the header of a message', () => {
    const text = 'From: a@example.org\nDate: heute';
    const [section] = sectionsOf([block('mail_header', text, { marks: [{ start: 0, end: 10 }] })], 0, 'eml');
    const part = section?.parts[0];
    expect(part?.type === 'header' && part.fields).toEqual([
      { name: 'From', value: 'a@example.org', marks: [{ start: 0, end: 4 }] },
      { name: 'Date', value: 'heute', marks: [] },
    ]);
  });
});

describe('rows', () => {
  it('cuts a row without cells at its bars and keeps the marks', () => {
    expect(rowOf(block('table', '| M8 | 0,12 € |', { marks: [{ start: 0, end: 15 }] }))).toEqual([
      { text: 'M8', marks: [{ start: 0, end: 2 }] },
      { text: '0,12 €', marks: [{ start: 0, end: 6 }] },
    ]);
  });

  it('keeps only what is inside', () => {
    expect(within([{ start: 2, end: 8 }], 5, 20)).toEqual([{ start: 0, end: 3 }]);
    expect(within([{ start: 2, end: 5 }], 5, 20)).toEqual([]);
  });
});

describe('plainMarkdown', () => {
  it('takes the signs out and moves the marks', () => {
    const text = '## Die **Frist** beträgt `3` Monate, siehe [hier](x.md)';
    const plain = plainMarkdown(block('heading', text, { marks: [{ start: 9, end: 14 }] }));
    expect(plain.text).toBe('Die Frist beträgt 3 Monate, siehe hier');
    const [mark] = plain.marks ?? [];
    expect(plain.text.slice(mark?.start, mark?.end)).toBe('Frist');
  });

  it('leaves code and rows alone', () => {
    expect(plainMarkdown(block('code', '**x**')).text).toBe('**x**');
  });
});

it('names columns as spreadsheets do', () => {
  expect([1, 26, 27, 52, 703].map(columnName)).toEqual(['A', 'Z', 'AA', 'AZ', 'AAA']);
});
