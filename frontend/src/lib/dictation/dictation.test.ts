import { describe, expect, it, vi } from 'vitest';
import { insertAtCaret, spaced } from './caret';
import { reasonOf } from './session.svelte';
import { base64Of, wavOf } from './wav';

describe('wavOf', () => {
  it('writes a header and samples of 16 bits', () => {
    const file = wavOf(new Float32Array([0, 0.5, -1, 2]));
    const view = new DataView(file.buffer);
    expect(new TextDecoder('latin1').decode(file.slice(0, 16))).toBe('RIFF\x2c\0\0\0WAVEfmt ');
    expect([view.getUint16(22, true), view.getUint32(24, true), view.getUint16(34, true)]).toEqual([
      1, 16000, 16,
    ]);
    expect(view.getUint32(40, true)).toBe(8);
    expect([0, 1, 2, 3].map((i) => view.getInt16(44 + 2 * i, true))).toEqual([0, 16384, -32767, 32767]);
  });
});

describe('base64Of', () => {
  it('is whole for long files', () => {
    const bytes = Uint8Array.from({ length: 100_001 }, (_, i) => i % 251);
    expect(Uint8Array.from(atob(base64Of(bytes)), (char) => char.charCodeAt(0))).toEqual(bytes);
  });
});

describe('spaced', () => {
  it.each([
    ['', 'Hello.', '', 'Hello.'],
    ['Dear', 'Hello.', '', ' Hello.'],
    ['Dear ', 'Hello.', 'You', 'Hello. '],
    ['(', 'yes', ')', 'yes'],
    ['a\n', 'yes', ', no', 'yes'],
  ])('%j + %j + %j', (before, words, after, want) => {
    expect(spaced(before, words, after)).toBe(want);
  });
});

describe('insertAtCaret', () => {
  it('tells the field where the browser cannot type', () => {
    document.execCommand = () => false;
    const field = document.createElement('textarea');
    const heard = vi.fn();
    field.addEventListener('input', heard);
    field.value = 'one three';
    field.setSelectionRange(3, 3);
    insertAtCaret(field, 'two');
    expect([field.value, field.selectionStart, heard.mock.calls.length]).toEqual(['one two three', 7, 1]);
  });
});

describe('reasonOf', () => {
  it('tells a refusal from a microphone that is not there', () => {
    expect(reasonOf(new DOMException('', 'NotAllowedError'))).toBe('refused');
    expect(reasonOf(new DOMException('', 'NotFoundError'))).toBe('missing');
    expect(reasonOf({ name: 'OverconstrainedError' })).toBe('missing');
    expect(reasonOf(new DOMException('', 'NotReadableError'))).toBe('broken');
    expect(reasonOf(new Error('other'))).toBe('broken');
  });
});
