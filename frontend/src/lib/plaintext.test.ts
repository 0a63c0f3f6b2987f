import { describe, expect, it } from 'vitest';
import { languageOfText, sentencesOf } from './aloud.svelte';
import { textWithin } from './plaintext';

describe('textWithin', () => {
  it('leaves out citations and buttons, and keeps lines', () => {
    const part = document.createElement('div');
    part.innerHTML =
      '<p>Drei Monate.<span class="citations"><button>1</button></span></p><ul><li>Miete</li><li>Kaution</li></ul>' +
      '<table><tr><td>a</td><td>b</td></tr></table><pre>code</pre>';
    expect(textWithin(part)).toBe('Drei Monate.\nMiete\nKaution\na b\ncode');
    expect(textWithin(part, 'pre')).not.toContain('code');
  });
});

describe('reading aloud', () => {
  it('tells German from English', () => {
    expect(languageOfText('Die Frist beträgt drei Monate und der Mieter zahlt.')).toBe('de');
    expect(languageOfText('The notice period is three months and the tenant pays.')).toBe('en');
  });

  it('cuts long texts into pieces that voices can bear', () => {
    const pieces = sentencesOf(`${'Ein Satz mit Worten. '.repeat(30)}${'wort '.repeat(100)}`);
    expect(pieces.length).toBeGreaterThan(3);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(240);
    expect(pieces.join(' ').split(/\s+/)).toHaveLength(220);
  });
});
