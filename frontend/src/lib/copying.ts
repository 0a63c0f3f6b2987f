import type { Message, Passage } from '$lib/api.gen';
import { renderMarkdown } from '$lib/markdown/render';
import { cellsOf, tabbed } from '$lib/markdown/tables';

/** CopyWords are what a copy says beside the answer's own text. */
export interface CopyWords {
  sources: string;
  /** Where a passage stands: document and page. */
  source(passage: Passage): string;
}

const quoteLength = 240; // characters of a passage in its footnote
const opening = '\uE210'; // stand around the number of a source until the text is rendered
const closing = '\uE211';

/** markdownOf is the answer in Markdown with its sources as footnotes. */
export function markdownOf(message: Message, words: CopyWords): string {
  const notes = cited(message).map((passage) => `[^${String(passage.n)}]: ${note(passage, words)}`);
  return [numbered(message, (n) => `[^${String(n)}]`), ...notes].join('\n\n');
}

/** plainOf is the answer as text alone: lists with dashes, tables with tabs, sources numbered at the end. */
export function plainOf(message: Message, words: CopyWords): string {
  const notes = cited(message).map((passage) => `[${String(passage.n)}] ${note(passage, words)}`);
  const text = blocks(
    rendered(message, (n) => document.createTextNode(`[${String(n)}]`)),
    '',
  ).join('\n\n');
  return notes.length > 0 ? `${text}\n\n${words.sources}\n${notes.join('\n')}` : text;
}

/** htmlOf is the answer for word processors and mail: no classes, no scripts, nothing of the page. */
export function htmlOf(message: Message, words: CopyWords): string {
  const page = rendered(message, (n) => {
    const mark = document.createElement('sup');
    mark.textContent = `[${String(n)}]`;
    return mark;
  });
  const notes = cited(message);
  if (notes.length > 0) {
    page.append(document.createElement('hr'), paragraph(words.sources));
    for (const passage of notes) page.append(paragraph(`[${String(passage.n)}] ${note(passage, words)}`));
  }
  for (const element of page.querySelectorAll('*')) {
    for (const { name } of Array.from(element.attributes)) {
      if (!['href', 'colspan', 'rowspan', 'start'].includes(name)) element.removeAttribute(name);
    }
    if (element instanceof HTMLTableElement) element.setAttribute('border', '1');
  }
  const holder = document.createElement('div');
  holder.append(page);
  return holder.innerHTML.trim();
}

function paragraph(text: string): HTMLElement {
  const element = document.createElement('p');
  element.textContent = text;
  return element;
}

// The passages that sentences rest on, in the order of their numbers.
function cited(message: Message): Passage[] {
  const used = new Set(message.sentences.flatMap((sentence) => sentence.citations));
  return message.passages.filter((passage) => used.has(passage.n));
}

function note(passage: Passage, words: CopyWords): string {
  const text = passage.text.replace(/\s+/g, ' ').trim();
  const short = text.length > quoteLength ? `${text.slice(0, quoteLength).trimEnd()} …` : text;
  return `${words.source(passage)}: “${short}”`;
}

// The text with a mark for each source behind the sentence that rests on it.
function numbered(message: Message, mark: (n: number) => string): string {
  let text = message.text;
  const sentences = message.sentences.toSorted((a, b) => b.end - a.end);
  for (const { end, citations } of sentences) {
    if (citations.length === 0 || end > text.length) continue;
    text = text.slice(0, end) + citations.map(mark).join('') + text.slice(end);
  }
  return text;
}

function rendered(message: Message, mark: (n: number) => Node): DocumentFragment {
  const page = renderMarkdown(numbered(message, (n) => `${opening}${String(n)}${closing}`));
  const walker = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node instanceof Text && node.data.includes(opening)) found.push(node);
  }
  for (const node of found) {
    const parts = node.data.split(/\uE210(\d+)\uE211/);
    // Every second part is a number.
    node.replaceWith(...parts.map((part, at) => (at % 2 === 1 ? mark(Number(part)) : part)));
  }
  return page;
}

const containers = /^(?:DIV|BLOCKQUOTE|SECTION|DETAILS|LI)$/;
const block = /^(?:P|H[1-6]|UL|OL|TABLE|PRE|HR|DIV|BLOCKQUOTE|SECTION|DETAILS)$/;

// The blocks of a part of the page as text, each line of a list behind its indent.
function blocks(parent: Node, indent: string): string[] {
  const list: string[] = [];
  let loose = '';
  const flush = () => {
    if (loose.trim() !== '') list.push(loose.replace(/[ \t]+/g, ' ').trim());
    loose = '';
  };
  for (const node of parent.childNodes) {
    if (!(node instanceof Element) || !block.test(node.tagName)) {
      loose += inline(node);
      continue;
    }
    flush();
    if (node instanceof HTMLTableElement) list.push(tabbed(cellsOf(node)));
    else if (node.tagName === 'UL' || node.tagName === 'OL') list.push(entries(node, indent));
    else if (node.tagName === 'PRE') list.push(node.textContent.trimEnd());
    else if (node.tagName === 'HR') list.push('---');
    else if (containers.test(node.tagName)) list.push(...blocks(node, indent));
    else
      list.push(
        inline(node)
          .replace(/[ \t]+/g, ' ')
          .trim(),
      );
  }
  flush();
  return list.filter((text) => text !== '');
}

function entries(list: Element, indent: string): string {
  const start = list instanceof HTMLOListElement ? list.start : 0;
  return Array.from(list.children, (entry, at) => {
    const sign = start > 0 ? `${String(start + at)}.` : '-';
    const box = entry.querySelector(':scope > input, :scope > p > input');
    const done = box instanceof HTMLInputElement ? (box.checked ? '[x] ' : '[ ] ') : '';
    return `${indent}${sign} ${done}${blocks(entry, `${indent}  `).join('\n')}`;
  }).join('\n');
}

function inline(node: Node): string {
  if (node instanceof HTMLBRElement) return '\n';
  if (node instanceof Element && node.matches('button, svg, .katex-html, .visually-hidden')) return '';
  if (node.childNodes.length === 0) return (node.textContent ?? '').replace(/\s+/g, ' ');
  return Array.from(node.childNodes, inline).join('');
}
