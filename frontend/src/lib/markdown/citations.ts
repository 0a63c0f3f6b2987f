import type { Sentence } from '$lib/api.gen';
import { hasSentinels, sentinelOf, withoutSentinels } from './sentinels';

/** CitationTexts are the words that citations need; they come from the catalogue. */
export interface CitationTexts {
  /** The name of a number's button, e.g. "Source 2: Contract.pdf, page 3". */
  source(n: number): string;
  unsupported: string;
}

/**
 * applyCitations replaces the sentinels in a rendered block by buttons with
 * passage numbers, and marks sentences that no passage supports. Buttons stay
 * outside of links and code. Sentences in `ending` whose end was lost, for
 * instance in the target of a link, get their numbers at the end of the block.
 */
export function applyCitations(
  root: DocumentFragment | Element,
  sentences: readonly Sentence[],
  ending: readonly number[],
  texts: CitationTexts,
): void {
  const closed = new Set<number>();
  let open: number | undefined;
  for (const node of textNodes(root)) {
    const text = node.data;
    if (!hasSentinels(text) && open === undefined) continue;
    const parts: Node[] = [];
    const after: Node[] = [];
    const island = node.parentElement?.closest('a, code') ?? undefined;
    let plain = '';
    const flush = () => {
      if (plain === '') return;
      const sentence = open === undefined ? undefined : sentences[open];
      parts.push(
        sentence && !sentence.supported && plain.trim() !== '' ? unsupported(plain) : plainText(plain),
      );
      plain = '';
    };
    for (const char of splitAtSentinels(text)) {
      const sentinel = char.length === 1 ? sentinelOf(char) : undefined;
      if (!sentinel) {
        plain += char;
        continue;
      }
      flush();
      if (sentinel.kind === 'start') {
        open = sentinel.sentence;
        continue;
      }
      if (open === sentinel.sentence) open = undefined;
      closed.add(sentinel.sentence);
      (island ? after : parts).push(...marks(sentences[sentinel.sentence], texts));
    }
    flush();
    node.replaceWith(...parts);
    island?.after(...after);
  }
  const lost = ending.filter((index) => !closed.has(index));
  if (lost.length > 0) {
    lastPlace(root).append(...lost.flatMap((index) => marks(sentences[index], texts)));
  }
  nameUnsupported(root, texts.unsupported);
}

function marks(sentence: Sentence | undefined, texts: CitationTexts): Node[] {
  const numbers = [...new Set(sentence?.citations ?? [])];
  if (numbers.length === 0) return [];
  const group = document.createElement('span');
  group.className = 'citations';
  for (const n of numbers) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'citation';
    button.dataset.citation = String(n);
    button.setAttribute('aria-label', texts.source(n));
    button.textContent = String(n);
    group.append(button);
  }
  return [group];
}

function unsupported(text: string): HTMLElement {
  const span = document.createElement('span');
  span.className = 'unsupported';
  span.textContent = text;
  return span;
}

// One stop for the keyboard per run of marked text, not one per piece of it.
function nameUnsupported(root: DocumentFragment | Element, note: string): void {
  let previous: Element | undefined;
  for (const span of root.querySelectorAll<HTMLElement>('.unsupported')) {
    if (previous && previous === span.previousElementSibling && previous.nextSibling === span) {
      previous = span;
      continue;
    }
    span.tabIndex = 0;
    span.dataset.note = note;
    const said = document.createElement('span');
    said.className = 'visually-hidden';
    said.textContent = ` (${note})`;
    span.append(said);
    previous = span;
  }
}

function lastPlace(root: DocumentFragment | Element): DocumentFragment | Element {
  let place: DocumentFragment | Element = root;
  for (;;) {
    const last: Element | null = place.lastElementChild;
    if (!last || !/^(?:P|LI|UL|OL|BLOCKQUOTE|H[1-6])$/.test(last.tagName)) return place;
    place = last;
  }
}

function textNodes(root: Node): Text[] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  while (walker.nextNode()) nodes.push(walker.currentNode as Text);
  return nodes;
}

function splitAtSentinels(text: string): string[] {
  return text.split(/([\uE000-\uF8FF])/).filter((part) => part !== '');
}

function plainText(plain: string): Text {
  return document.createTextNode(withoutSentinels(plain));
}
