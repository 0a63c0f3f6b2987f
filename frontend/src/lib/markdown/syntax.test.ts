import { describe, expect, it } from 'vitest';
import { Splitter, closeOpen, splitBlocks } from './blocks';
import { renderMarkdown } from './render';

function render(markdown: string): HTMLElement {
  const box = document.createElement('div');
  for (const block of splitBlocks(markdown)) box.append(renderMarkdown(block.source));
  return box;
}

const formulas = (markdown: string) =>
  [...render(markdown).querySelectorAll('code')].map((code) => [code.className, code.textContent]);

describe('formulas', () => {
  it.each([
    ['Es gilt $a^2 + b^2 = c^2$.', [['math', 'a^2 + b^2 = c^2']]],
    ['Inline \\(x < y\\) too', [['math', 'x < y']]],
    ['$$\n\\frac{1}{2}\n$$', [['math-block', '\\frac{1}{2}']]],
    ['Text\n\\[\nx_1 * y_1 * z\n\\]\nmore', [['math-block', 'x_1 * y_1 * z']]],
    ['Mid $$e = mc^2$$ sentence', [['math-block', 'e = mc^2']]],
    ['$$a\n\nb$$', [['math-block', 'a\n\nb']]],
  ])('%j is found', (markdown, expected) => {
    expect(formulas(markdown)).toEqual(expected);
  });

  it.each([
    'It costs $5 and $10 a month',
    'US$5 bis US$10',
    'between $20,000 and $30,000',
    'set $HOME and $PATH first',
    'a price of 5 $ or 6 $ each',
  ])('money and names are none: %j', (markdown) => {
    expect(formulas(markdown)).toEqual([]);
    expect(render(markdown).textContent.trim()).toBe(markdown);
  });

  it('stay text in code', () => {
    expect(formulas('`$a$` and\n\n```\n$$b$$\n```')).toEqual([
      ['', '$a$'],
      ['', '$$b$$\n'],
    ]);
  });

  it('that are still being written show as what they are', () => {
    const open = closeOpen('$$\n\\frac{1}{');
    expect(render(open).querySelector('code.math-block')?.textContent).toBe('\\frac{1}{');
  });

  it('hold no markup', () => {
    const box = render('$<img src=x onerror=alert(1)>$');
    expect(box.querySelector('img')).toBeNull();
    expect(box.querySelector('code')?.textContent).toBe('<img src=x onerror=alert(1)>');
  });
});

describe('footnotes', () => {
  it('are referred to and stand below', () => {
    const box = render(
      'A claim.[^1] Another.[^note]\n\n[^1]: The **first** source.\n[^note]: https://example.com/a',
    );
    expect([...box.querySelectorAll('sup.footnote-ref')].map((one) => one.textContent)).toEqual([
      '1',
      'note',
    ]);
    const notes = [...box.querySelectorAll('p.footnote')];
    expect(notes.map((one) => one.textContent)).toEqual([
      '1 The first source.',
      'note https://example.com/a',
    ]);
    expect(notes[0]?.querySelector('strong')?.textContent).toBe('first');
  });

  it('hold no markup in their names', () => {
    const box = render('x[^<img/src=x>]\n\n[^<b>]: y');
    expect(box.querySelector('img, b')).toBeNull();
  });
});

it('growing text splits as the whole does', () => {
  const text = 'One $a$.\n\n$$\nb\n$$\n\nTwo.[^1]\n\n[^1]: Note\n\n| a |\n|---|\n| $c$ |\n';
  const splitter = new Splitter();
  for (let end = 1; end <= text.length; end += 1) splitter.split(text.slice(0, end));
  expect(splitter.split(text)).toEqual(splitBlocks(text));
});
