import { describe, expect, it } from 'vitest';
import type { Message, Passage } from '$lib/api.gen';
import { htmlOf, markdownOf, plainOf } from './copying';

const passage = (n: number, text: string): Passage => ({
  ...{ n, documentId: 'd', document: 'Lease', fileHash: '', text, start: 0, end: 1, score: 0, cited: true },
});

const text =
  'It is **three months**. Nobody knows.\n\n- one\n- two\n  - three\n\n| a | b |\n| - | - |\n| 1 | =2+3 |\n\n<script>alert(1)</script>\n';
const message: Message = {
  ...{
    id: 'm',
    chatId: 'c',
    parentId: 'q',
    role: 'assistant',
    status: 'complete',
    text,
    model: 'x',
    createdAt: 0,
  },
  ...{
    mode: 'retrieval',
    siblings: [],
    passages: [passage(1, 'Not used.'), passage(2, 'Three\nmonths. '.repeat(40))],
  },
  sentences: [
    { start: 0, end: 'It is **three months**.'.length, citations: [2], supported: true },
    { start: 24, end: 37, citations: [], supported: false },
  ],
};
const words = { sources: 'Sources', source: (one: Passage) => `${one.document}, p. ${String(one.n)}` };

describe('a copied answer', () => {
  it('is Markdown with footnotes', () => {
    const copy = markdownOf(message, words);
    expect(copy).toContain('It is **three months**.[^2] Nobody knows.');
    expect(copy).toMatch(/\n\[\^2\]: Lease, p\. 2: “Three months\. Three .* …”$/);
    expect(copy).not.toContain('[^1]');
  });

  it('is plain text with numbers, lists and tabbed tables', () => {
    const copy = plainOf(message, words);
    expect(copy).toContain('It is three months.[2] Nobody knows.\n\n- one\n- two\n  - three\n\na\tb\n1\t');
    expect(copy).toContain("'=2+3"); // a spreadsheet would run it
    expect(copy).toMatch(/\n\nSources\n\[2\] Lease, p\. 2: “/);
  });

  it('is HTML of its own', () => {
    const copy = htmlOf(message, words);
    expect(copy).toContain('<strong>three months</strong>.<sup>[2]</sup> Nobody knows.');
    expect(copy).toContain('<table border="1">');
    expect(copy).not.toMatch(/class=|<script|style=|<button/);
  });

  it('has no sources where there are none', () => {
    const bare = { ...message, text: 'Yes.', sentences: [], passages: [] };
    expect(markdownOf(bare, words)).toBe('Yes.');
    expect(plainOf(bare, words)).toBe('Yes.');
    expect(htmlOf(bare, words)).toBe('<p>Yes.</p>');
  });
});
