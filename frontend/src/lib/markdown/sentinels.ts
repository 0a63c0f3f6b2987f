import type { Sentence } from '$lib/api.gen';
import type { Block } from './blocks';

// Two private-use characters per sentence mark its start and end while the
// Markdown becomes a page. They have no meaning in Markdown or HTML and are
// removed from the text before, so what is found afterwards is ours.
const first = 0xe000;
const last = 0xf8ff;
const most = (last - first + 1) / 2;
const pattern = /[\uE000-\uF8FF]/g;

// Characters that mean something at the edge of a Markdown line or word.
const leading = /[\s>#\-+*_~|`]/;
const trailing = /[\s*_~|`]/;

export interface Sentinel {
  sentence: number;
  kind: 'start' | 'end';
}

export function sentinelOf(char: string): Sentinel | undefined {
  const code = char.charCodeAt(0);
  if (code < first || code > last) return undefined;
  return { sentence: (code - first) >> 1, kind: (code - first) % 2 === 0 ? 'start' : 'end' };
}

export function withoutSentinels(text: string): string {
  return text.replace(pattern, '');
}

export function sentinelsIn(text: string): string {
  return (text.match(pattern) ?? []).join('');
}

/** hasSentinels is for the fast path: most text nodes have none. */
export function hasSentinels(text: string): boolean {
  return /[\uE000-\uF8FF]/.test(text);
}

/** Placed is a block's source with sentinels, and the sentences that end in it. */
export interface Placed {
  source: string;
  ending: number[];
}

/**
 * placeSentinels puts the marks of the sentences that touch a block into its
 * source. Marks keep away from Markdown's own characters, so the text renders
 * as it would without them.
 */
export function placeSentinels(block: Block, sentences: readonly Sentence[]): Placed {
  const clean = block.source.replace(pattern, '\uFFFD');
  const marks: { at: number; char: string }[] = [];
  const ending: number[] = [];
  sentences.slice(0, most).forEach((sentence, index) => {
    if (sentence.end <= block.start || sentence.start >= block.end || sentence.end <= sentence.start) return;
    const start = forward(clean, Math.max(0, sentence.start - block.start));
    const end = backward(clean, Math.min(clean.length, sentence.end - block.start));
    if (sentence.end <= block.end) ending.push(index);
    if (start >= end) return;
    marks.push({ at: start, char: String.fromCharCode(first + 2 * index) });
    marks.push({ at: end, char: String.fromCharCode(first + 2 * index + 1) });
  });
  // Ends come before starts at the same place, so that sentences never overlap.
  marks.sort((a, b) => a.at - b.at || (b.char.charCodeAt(0) % 2) - (a.char.charCodeAt(0) % 2));
  let source = '';
  let from = 0;
  for (const mark of marks) {
    source += clean.slice(from, mark.at) + mark.char;
    from = mark.at;
  }
  return { source: source + clean.slice(from), ending };
}

function forward(text: string, at: number): number {
  let place = at;
  const lineStart = place === 0 || text[place - 1] === '\n' || /^[ \t]*$/.test(lineBefore(text, place));
  while (place < text.length && leading.test(text.charAt(place))) place += 1;
  if (lineStart) {
    const number = /^\d{1,9}[.)][ \t]+/.exec(text.slice(place));
    if (number) {
      place += number[0].length;
      while (place < text.length && leading.test(text.charAt(place))) place += 1;
    }
    const task = /^\[[ xX]\][ \t]+/.exec(text.slice(place));
    if (task) place += task[0].length;
  }
  return whole(text, place);
}

function backward(text: string, at: number): number {
  let place = at;
  while (place > 0 && trailing.test(text.charAt(place - 1))) place -= 1;
  // Behind the full stop after a bare link a mark would draw the stop into the link.
  const link = /(?:https?:\/\/|www\.)[^\s<]*?([.,;:!?'")\]]+)$/.exec(text.slice(0, place));
  return whole(text, place - (link?.[1]?.length ?? 0));
}

// Between the halves of a surrogate pair there is no place for a mark.
function whole(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff && at > 0 ? at - 1 : at;
}

function lineBefore(text: string, at: number): string {
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
}
