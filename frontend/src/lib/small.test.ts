import { describe, expect, it } from 'vitest';
import { commandOf, pressed, readBindings, refusal, shown, writeBindings } from './keys';
import { markedParts } from './marks';
import { Translator } from './i18n';
import { texts as german } from './texts/de';
import { placeOf, plain } from './passages';
import { samplePassages } from './backend/samples';

describe('markedParts', () => {
  it.each([
    [[], ['abcdef']],
    [[{ start: 1, end: 3 }], ['a', '[bc]', 'def']],
    [
      [
        { start: 4, end: 99 },
        { start: 0, end: 2 },
      ],
      ['[ab]', 'cd', '[ef]'],
    ],
    [
      [
        { start: 1, end: 4 },
        { start: 2, end: 5 },
      ],
      ['a', '[bcd]', '[e]', 'f'],
    ],
    [[{ start: 3, end: 3 }], ['abcdef']],
  ])('%j', (marks, parts) => {
    expect(markedParts('abcdef', marks).map((part) => (part.marked ? `[${part.text}]` : part.text))).toEqual(
      parts,
    );
  });
});

describe('plain', () => {
  it.each([
    ['Vertrag\u202Efdp.exe', 'Vertragfdp.exe'],
    ['a\u200Bb\u0007c\uFEFF', 'abc'],
    ['x\u{E0041}y', 'xy'],
    ['Größe – 2024 👍.pdf', 'Größe – 2024 👍.pdf'],
  ])('%j', (name, shown) => {
    expect(plain(name)).toBe(shown);
  });
});

describe('placeOf', () => {
  const de = new Translator('de', german);
  const t = de.text.bind(de);
  it('says as much as is known', () => {
    const [first, second] = samplePassages();
    expect(first && placeOf(first, t)).toBe('Seite 2 · § 3 Probezeit und Kündigung');
    expect(second && placeOf(second, t)).toBe('Seite 14');
    expect(second && placeOf({ ...second, page: 0, sheet: 'Preise', row: 7 }, t)).toBe(
      'Blatt Preise · Zeile 7',
    );
    expect(second && placeOf({ ...second, part: 'Vertrag.pdf' }, t)).toBe('in „Vertrag.pdf“ · Seite 14');
  });
});

const usual = readBindings('');

describe('commandOf', () => {
  const press = (key: string, change: KeyboardEventInit = {}) =>
    commandOf(new KeyboardEvent('keydown', { key, ...change }), usual);
  it.each([
    ['n', { ctrlKey: true }, 'new'],
    ['K', { metaKey: true }, 'palette'],
    ['F', { ctrlKey: true, shiftKey: true }, 'search'],
    ['3', { ctrlKey: true }, 'chat3'],
    [',', { ctrlKey: true }, 'settings'],
    ['?', { shiftKey: true }, 'keys'],
    ['Escape', {}, 'close'],
    ['n', {}, undefined],
    ['n', { ctrlKey: true, altKey: true }, undefined],
    ['c', { ctrlKey: true }, undefined],
    ['a', { ctrlKey: true, isComposing: true }, undefined],
  ])('%s %j', (key, change, command) => {
    expect(press(key, change)).toBe(command);
  });

  it('lets people write a question mark', () => {
    const field = document.createElement('textarea');
    document.body.append(field);
    let command: string | undefined = 'none';
    field.addEventListener('keydown', (event) => (command = commandOf(event, usual)));
    field.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true }));
    expect(command).toBeUndefined();
  });
});

describe('shortcuts', () => {
  it('are read and written without the usual ones', () => {
    const changed = { ...usual, new: 'mod+alt+n', keys: 'mod+:' };
    expect(readBindings(writeBindings(changed))).toEqual(changed);
    expect(writeBindings(usual)).toBe('');
    expect(readBindings('nonsense new: %zz:mod+q stop')).toEqual(usual);
  });

  it('do what was chosen, and no longer what they did', () => {
    const bindings = readBindings('sidebar:alt+s');
    const press = (key: string, change: KeyboardEventInit) =>
      commandOf(new KeyboardEvent('keydown', { key, ...change }), bindings);
    expect(press('s', { altKey: true })).toBe('sidebar');
    expect(press('b', { ctrlKey: true })).toBeUndefined();
  });

  it('are refused where they would take something away', () => {
    expect(refusal(usual, 'stop', 'x')).toBe('plain');
    expect(refusal(usual, 'stop', 'shift+x')).toBe('plain');
    expect(refusal(usual, 'stop', 'mod+c')).toBe('fixed');
    expect(refusal(usual, 'stop', 'mod+k')).toBe('palette');
    expect(refusal(usual, 'stop', 'mod+.')).toBeUndefined();
    expect(refusal(usual, 'stop', 'f8')).toBeUndefined();
  });

  it('are read from the keyboard and for people', () => {
    expect(pressed(new KeyboardEvent('keydown', { key: 'Shift', shiftKey: true }))).toBe('');
    expect(pressed(new KeyboardEvent('keydown', { key: 'F', shiftKey: true, ctrlKey: true }))).toBe(
      'mod+shift+f',
    );
    expect(shown('mod+shift+f')).toBe('Ctrl+⇧F');
    expect(shown('mod++')).toBe('Ctrl++');
  });
});
