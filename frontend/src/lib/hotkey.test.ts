// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { recorded, refused } from './hotkey';

const press = (init: KeyboardEventInit) => recorded(new KeyboardEvent('keydown', init));

describe('recorded', () => {
  it('names what is held in one order', () => {
    expect(press({ key: 'k', code: 'KeyK', altKey: true, ctrlKey: true })).toBe('ctrl+alt+k');
    expect(press({ key: 'K', code: 'KeyK', shiftKey: true, metaKey: true })).toBe('shift+super+k');
    expect(press({ key: ' ', code: 'Space', ctrlKey: true, shiftKey: true })).toBe('ctrl+shift+space');
    expect(press({ key: 'F12', code: 'F12', altKey: true })).toBe('alt+f12');
  });

  it('takes what stands on the key, and its place only where Alt writes something else', () => {
    expect(press({ key: 'z', code: 'KeyY', ctrlKey: true, altKey: true })).toBe('ctrl+alt+z');
    expect(press({ key: '˚', code: 'KeyK', altKey: true, metaKey: true })).toBe('alt+super+k');
    expect(press({ key: '!', code: 'Digit1', ctrlKey: true, shiftKey: true })).toBe('ctrl+shift+1');
  });

  it('waits while only held keys are down, and knows no other keys', () => {
    expect(press({ key: 'Control', code: 'ControlLeft', ctrlKey: true })).toBe('');
    expect(press({ key: 'ä', code: 'Quote', ctrlKey: true, altKey: true })).toBeUndefined();
    expect(press({ key: 'F13', code: 'F13', ctrlKey: true })).toBeUndefined();
  });
});

describe('refused', () => {
  it('keeps the shortcuts of other programs and what AltGr writes', () => {
    expect(['k', 'ctrl+k', 'alt+space', 'f5', 'shift+k'].map(refused)).toEqual(Array(5).fill('few'));
    expect(['ctrl+alt+q', 'ctrl+alt+7'].map(refused)).toEqual(Array(2).fill('altgr'));
    expect(['ctrl+alt+k', 'super+k', 'alt+f9', 'ctrl+alt+shift+q'].map(refused)).toEqual(
      Array(4).fill(undefined),
    );
  });
});
