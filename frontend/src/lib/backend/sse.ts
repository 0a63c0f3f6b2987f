/** Frame is one server-sent event. */
export interface Frame {
  event: string;
  data: string;
}

/** SseParser cuts a stream of text into server-sent events; frames may arrive in pieces. */
export class SseParser {
  #rest = '';

  push(text: string): Frame[] {
    this.#rest += text;
    const frames: Frame[] = [];
    for (;;) {
      const end = /\r?\n\r?\n/.exec(this.#rest);
      if (!end) return frames;
      const frame = parse(this.#rest.slice(0, end.index));
      this.#rest = this.#rest.slice(end.index + end[0].length);
      if (frame) frames.push(frame);
    }
  }
}

function parse(block: string): Frame | undefined {
  let event = 'message';
  const data: string[] = [];
  let content = false;
  for (const line of block.split(/\r?\n/)) {
    if (line === '' || line.startsWith(':')) continue;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') {
      event = value;
      content = true;
    } else if (field === 'data') {
      data.push(value);
      content = true;
    }
  }
  return content ? { event, data: data.join('\n') } : undefined;
}
