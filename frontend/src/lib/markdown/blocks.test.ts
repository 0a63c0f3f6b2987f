import { describe, expect, it } from 'vitest';
import { Splitter, closeOpen, splitBlocks } from './blocks';

const text = `# Fristen

Ein Absatz mit **fettem** Text.
Zweite Zeile.

- eins
- zwei

  mit Absatz

\`\`\`go
a := 1

b := 2
\`\`\`

| a | b |
|---|---|
| 1 | 2 |

Ende.`;

describe('splitBlocks', () => {
  it('covers the whole text without gaps', () => {
    const blocks = splitBlocks(text);
    expect(blocks[0]?.start).toBe(0);
    expect(blocks.at(-1)?.end).toBe(text.length);
    blocks.forEach((block, index) => {
      expect(text.slice(block.start, block.start + block.source.length)).toBe(block.source);
      if (index > 0) expect(block.start).toBe(blocks[index - 1]?.end);
    });
    expect(blocks).toHaveLength(6);
  });

  it('keeps offsets with the line ends of other systems', () => {
    const windows = 'Eins.\r\n\r\nZwei.\rDrei.';
    const blocks = splitBlocks(windows);
    expect(blocks.at(-1)?.end).toBe(windows.length);
    expect(windows.slice(blocks[1]?.start)).toMatch(/^Zwei/);
  });
});

describe('Splitter', () => {
  it('agrees with a full split after every character', () => {
    const splitter = new Splitter();
    for (let end = 0; end <= text.length; end += 1) {
      const part = text.slice(0, end);
      expect(splitter.split(part)).toEqual(splitBlocks(part));
    }
  });

  it('keeps finished blocks as the same objects', () => {
    const splitter = new Splitter();
    const before = splitter.split('A.\n\nB.\n\nC.\n\nD');
    const after = splitter.split('A.\n\nB.\n\nC.\n\nD goes on');
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toBe(before[1]);
  });

  it('starts anew when the text was replaced', () => {
    const splitter = new Splitter();
    splitter.split('A.\n\nB.');
    expect(splitter.split('C.')).toEqual(splitBlocks('C.'));
  });
});

describe('closeOpen', () => {
  it.each([
    ['Die **Frist', 'Die **Frist**'],
    ['Die **', 'Die '],
    ['Die *Frist', 'Die *Frist*'],
    ['Ein `cod', 'Ein `cod`'],
    ['Ein ~~alt', 'Ein ~~alt~~'],
    ['Siehe [Seite](https://exa', 'Siehe Seite'],
    ['Siehe [Sei', 'Siehe Sei'],
    ['Bild ![x](https://', 'Bild x'],
    ['Titel\n-', 'Titel\n'],
    ['Titel\n===', 'Titel\n'],
    ['Liste:\n1.', 'Liste:\n'],
    ['Text\n#', 'Text\n'],
    ['Text\n```', 'Text\n'],
    ['**a** und **b**', '**a** und **b**'],
    ['2 * 3 = 6', '2 * 3 = 6'],
  ])('%j', (half, whole) => {
    expect(closeOpen(half)).toBe(whole);
  });

  it('leaves code that is being written alone', () => {
    const code = '```js\nconst a = `x';
    expect(closeOpen(code)).toBe(code);
  });
});
