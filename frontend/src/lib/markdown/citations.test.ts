import { describe, expect, it } from 'vitest';
import type { Sentence } from '$lib/api.gen';
import { splitBlocks } from './blocks';
import { applyCitations } from './citations';
import { renderMarkdown } from './render';
import { placeSentinels } from './sentinels';

const texts = { source: (n: number) => `Source ${String(n)}`, unsupported: 'not found' };

/** A sentence of the text, found by its words. */
function sentence(text: string, words: string, citations: number[] = [1]): Sentence {
  const start = text.indexOf(words);
  if (start < 0) throw new Error(`"${words}" is not in the text`);
  return { start, end: start + words.length, citations, supported: citations.length > 0 };
}

/** Renders as the page does: block by block. */
function page(text: string, sentences: Sentence[]): HTMLElement {
  const box = document.createElement('div');
  for (const block of splitBlocks(text)) {
    const placed = placeSentinels(block, sentences);
    const fragment = renderMarkdown(placed.source);
    applyCitations(fragment, sentences, placed.ending, texts);
    box.append(fragment);
  }
  return box;
}

function numbers(box: HTMLElement): (string | undefined)[] {
  return [...box.querySelectorAll<HTMLElement>('button.citation')].map((button) => button.dataset.citation);
}

/** What the page looks like without the buttons and notes. */
function bare(box: HTMLElement): string {
  const copy = box.cloneNode(true) as HTMLElement;
  for (const extra of copy.querySelectorAll('.citations, .visually-hidden')) extra.remove();
  for (const span of copy.querySelectorAll('.unsupported')) span.replaceWith(...span.childNodes);
  copy.normalize();
  return copy.innerHTML;
}

describe('citations', () => {
  it('stand right behind their sentence, with a name', () => {
    const text = 'Die Frist beträgt vier Wochen. Danach endet sie.';
    const box = page(text, [sentence(text, 'Die Frist beträgt vier Wochen.', [2, 1, 2])]);
    expect(numbers(box)).toEqual(['2', '1']);
    expect(box.querySelector('.citations')?.previousSibling?.textContent).toBe(
      'Die Frist beträgt vier Wochen.',
    );
    expect(box.querySelector('button')?.getAttribute('aria-label')).toBe('Source 2');
  });

  it('mark what no passage supports, once for the keyboard', () => {
    const text = 'Das **steht** nirgends. Das schon.';
    const box = page(text, [sentence(text, 'Das **steht** nirgends.', []), sentence(text, 'Das schon.')]);
    const marked = [...box.querySelectorAll<HTMLElement>('.unsupported')];
    expect(marked.map((span) => span.firstChild?.textContent).join('')).toBe('Das steht nirgends.');
    expect(marked[0]?.tabIndex).toBe(0);
    expect(marked[0]?.textContent).toContain('not found');
    expect(numbers(box)).toEqual(['1']);
  });

  const layouts: [string, string, string[]][] = [
    [
      'lists',
      '- Eins gilt.\n- Zwei gilt.\n\n1. Drei gilt.\n2. Vier gilt.',
      ['- Eins gilt.', '2. Vier gilt.'],
    ],
    ['tasks', '- [x] Eins gilt.\n- [ ] Zwei gilt.', ['- [x] Eins gilt.', 'Zwei gilt.']],
    ['headings', '## Eins gilt.\n\nZwei gilt.', ['## Eins gilt.', 'Zwei gilt.']],
    ['quotes', '> Eins gilt.\n> Zwei gilt.', ['> Eins gilt.', '> Zwei gilt.']],
    ['emphasis', '**Eins gilt.** _Zwei gilt._ Drei.', ['**Eins gilt.**', '_Zwei gilt._']],
    ['tables', '| a | b |\n|---|---|\n| Eins gilt. | Zwei gilt. |', ['| Eins gilt.', 'Zwei gilt. |']],
    ['code spans', 'Nutzen Sie `a.b`. Dann `c`.', ['Nutzen Sie `a.b`.', 'Dann `c`.']],
    [
      'links',
      'Siehe [Seite zwei.](https://example.com/x) Ende.',
      ['Siehe [Seite zwei.](https://example.com/x)'],
    ],
    ['bare links', 'Siehe https://example.com/x.\nEnde.', ['Siehe https://example.com/x.']],
    ['surrogates', 'Gut 👍. Schlecht 👎.', ['Gut 👍.', 'Schlecht 👎.']],
    ['two lines', 'Eins geht\nweiter hier. Zwei.', ['Eins geht\nweiter hier.']],
  ];
  it.each(layouts)('change nothing else in %s', (_, text, words) => {
    const sentences = words.map((part, index) => sentence(text, part, [index + 1]));
    const box = page(text, sentences);
    expect(bare(box)).toBe(bare(page(text, [])));
    expect(numbers(box)).toEqual(words.map((_word, index) => String(index + 1)));
  });

  it('never stand inside links or code, and reach no address', () => {
    const text = 'Ein [Link. Zwei](https://example.com/a.b) und `Code. Drei` da.';
    const inside = [
      { start: 0, end: text.indexOf('Link.') + 5, citations: [1], supported: true },
      { start: text.indexOf('a.b'), end: text.indexOf('a.b') + 2, citations: [2], supported: true },
      { start: text.indexOf('`Code') + 1, end: text.indexOf('Code.') + 5, citations: [3], supported: true },
    ];
    const box = page(text, inside);
    expect(box.querySelectorAll('a button, code button')).toHaveLength(0);
    expect(box.querySelector('a')?.getAttribute('href')).toBe('https://example.com/a.b');
    expect(numbers(box).sort()).toEqual(['1', '2', '3']);
    expect(box.textContent).not.toMatch(/[\uE000-\uF8FF]/);
  });

  it('survive in a code block, behind it', () => {
    const text = '```js\nlet a = 1;\nlet b = 2;\n```';
    const box = page(text, [sentence(text, 'let a = 1;')]);
    expect(box.querySelector('code')?.textContent).toBe('let a = 1;\nlet b = 2;\n');
    expect(numbers(box)).toEqual(['1']);
  });

  it('are not fooled by private-use characters in the answer', () => {
    const text = 'Böse \uE000\uE001 Zeichen. Gut.';
    const box = page(text, [sentence(text, 'Gut.')]);
    expect(numbers(box)).toEqual(['1']);
    expect(box.textContent).toContain('Böse \uFFFD\uFFFD Zeichen.');
  });

  it('survive offsets that are wrong', () => {
    const text = 'Kurz.';
    const broken = [
      { start: 3, end: 2, citations: [1], supported: true },
      { start: -5, end: 99, citations: [2], supported: true },
      { start: 50, end: 60, citations: [3], supported: true },
    ];
    expect(page(text, broken).textContent).toContain('Kurz.');
  });
});
