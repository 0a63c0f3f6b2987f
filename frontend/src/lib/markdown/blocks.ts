import { Lexer } from 'marked';
import { syntax } from './syntax';

const grammar = syntax().defaults;

/** Block is a top-level piece of Markdown with its place in the source, in UTF-16 units. */
export interface Block {
  source: string;
  start: number;
  end: number;
}

/**
 * splitBlocks cuts Markdown into top-level blocks that render on their own.
 * While text is appended all blocks but the last stay as they are.
 */
export function splitBlocks(markdown: string, from = 0): Block[] {
  const blocks: Block[] = [];
  let at = from;
  for (const token of new Lexer(grammar).blockTokens(evenLineEnds(markdown), [])) {
    const end = at + token.raw.length;
    const previous = blocks.at(-1);
    if (token.type === 'space' && previous) {
      // Blank lines belong to the block before, so that a sentence that ends there is found.
      previous.end = end;
    } else if (token.type !== 'space') {
      blocks.push({ source: token.raw, start: at, end });
    }
    at = end;
  }
  return blocks;
}

/**
 * Splitter splits growing text and looks again only at its tail: the last two
 * blocks can still change, because a list may go on after a blank line.
 */
export class Splitter {
  #text = '';
  #blocks: Block[] = [];

  split(text: string): Block[] {
    if (text === this.#text) return this.#blocks;
    const kept = text.startsWith(this.#text) ? this.#blocks.slice(0, -2) : [];
    const from = kept.at(-1)?.end ?? 0;
    this.#blocks = [...kept, ...splitBlocks(text.slice(from), from)];
    this.#text = text;
    return this.#blocks;
  }
}

// Same length as before, because offsets of sentences point into the text.
function evenLineEnds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n/g, ' \n').replace(/\r/g, '\n') : text;
}

/**
 * closeOpen makes half-written Markdown look the way it will when it is
 * finished: it closes emphasis and code and hides markers that mean nothing yet.
 */
export function closeOpen(source: string): string {
  if (insideFence(source)) return source;
  if (insideFormula(source)) return source.trimStart().startsWith('$') ? `${source}\n$$` : `${source}\n\\]`;
  let text = source
    // A line of only marker characters would turn the line above into a heading.
    .replace(/(^|\n)[ \t]*(?:[-=*_+#>~]+|\d+[.)]?|\||`{1,3}[\w-]*)[ \t]*$/, '$1')
    // A link whose target is still being written shows as its text.
    .replace(/!?\[([^\]\n]*)\]\([^)\n]*$/, '$1')
    .replace(/!?\[([^\]\n]*)$/, '$1');
  const line = text.slice(text.lastIndexOf('\n\n') + 1);
  const prose = line.replace(/`[^`\n]*`/g, '');
  if (count(prose, '`') % 2 === 1) return `${text}\``;
  const closers = [
    ['**', /\*\*/g],
    ['__', /__/g],
    ['~~', /~~/g],
  ] as const;
  let rest = prose;
  for (const [mark, pattern] of closers) {
    const open = (rest.match(pattern) ?? []).length % 2 === 1;
    rest = rest.replace(pattern, '');
    if (open) text = endsWithMark(text, mark) ? text.slice(0, -mark.length) : `${text.trimEnd()}${mark}`;
  }
  const stars = (rest.match(/(?<![\s*])\*|\*(?![\s*])/g) ?? []).length;
  if (stars % 2 === 1) text = text.endsWith('*') ? text.slice(0, -1) : `${text.trimEnd()}*`;
  return text;
}

function endsWithMark(text: string, mark: string): boolean {
  return text.trimEnd().endsWith(mark);
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function insideFence(source: string): boolean {
  const fence = /^ {0,3}(`{3,}|~{3,})[^\n]*\n/.exec(source);
  return fence !== null;
}

function insideFormula(source: string): boolean {
  return /^ {0,3}(?:\$\$(?![\s\S]*\$\$)|\\\[(?![\s\S]*\\\]))/.test(source);
}
