import { describe, expect, it } from 'vitest';
import { SseParser } from './sse';

const stream = ': keep-alive\n\nid: 7\ndata: {"seq":7}\n\nevent: resync\ndata: \n\ndata: a\ndata: b\r\n\r\n';

describe('SseParser', () => {
  it('reads frames and passes over comments', () => {
    expect(new SseParser().push(stream)).toEqual([
      { event: 'message', data: '{"seq":7}' },
      { event: 'resync', data: '' },
      { event: 'message', data: 'a\nb' },
    ]);
  });

  it('reads the same in pieces of any size', () => {
    for (let size = 1; size < 9; size += 1) {
      const parser = new SseParser();
      const frames = [];
      for (let at = 0; at < stream.length; at += size)
        frames.push(...parser.push(stream.slice(at, at + size)));
      expect(frames).toEqual(new SseParser().push(stream));
    }
  });
});
