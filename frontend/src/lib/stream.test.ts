import { describe, expect, it, vi } from 'vitest';
import { DeltaBuffer, mergeDelta } from './stream';

describe('mergeDelta', () => {
  it.each([
    ['', { offset: 0, text: 'Die ' }, 'Die '],
    ['Die ', { offset: 4, text: 'Frist' }, 'Die Frist'],
    ['Die Frist', { offset: 4, text: 'Frist' }, 'Die Frist'],
    ['Die Frist', { offset: 0, text: 'Die ' }, 'Die Frist'],
    ['Die Fr', { offset: 4, text: 'Frist endet' }, 'Die Frist endet'],
    ['👍', { offset: 2, text: '!' }, '👍!'],
    ['Die', { offset: 9, text: 'x' }, undefined],
  ])('%j and %j', (text, delta, merged) => {
    expect(mergeDelta(text, delta)).toBe(merged);
  });
});

describe('DeltaBuffer', () => {
  it('applies at most once per picture, in order, and at once when asked', () => {
    const frames: (() => void)[] = [];
    const apply = vi.fn();
    const buffer = new DeltaBuffer(apply, (run) => frames.push(run));
    const delta = (offset: number) => ({ messageId: 'm', offset, text: 'x' });
    buffer.add(delta(0));
    buffer.add(delta(1));
    expect(frames).toHaveLength(1);
    expect(apply).not.toHaveBeenCalled();
    frames[0]?.();
    expect(apply).toHaveBeenCalledWith([delta(0), delta(1)]);
    buffer.add(delta(2));
    buffer.flush();
    frames[1]?.();
    expect(apply).toHaveBeenCalledTimes(2);
  });
});
