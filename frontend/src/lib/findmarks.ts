/** folded is a text as it is compared; each letter stays where it is. */
function folded(text: string): string {
  const lower = text.toLowerCase();
  return (lower.length === text.length ? lower : text).replace(/\s/g, ' ');
}

/** placesIn finds words in what an element shows of a question or an answer, also across bold and code. */
export function placesIn(element: Element, words: string): Range[] {
  const wanted = folded(words.trim()).replace(/ +/g, ' ');
  if (wanted === '') return [];
  const found: Range[] = [];
  for (const part of element.querySelectorAll('.bubble, .markdown')) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    const nodes: { node: Node; start: number }[] = [];
    let text = '';
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      nodes.push({ node, start: text.length });
      text += folded(node.nodeValue ?? '');
    }
    const place = (offset: number) => {
      const at = nodes.findLast(({ start }) => start <= offset);
      return at ? ([at.node, offset - at.start] as const) : undefined;
    };
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      const from = place(at);
      const to = place(at + wanted.length - 1);
      if (!from || !to) continue;
      const range = document.createRange();
      range.setStart(...from);
      range.setEnd(to[0], to[1] + 1);
      found.push(range);
    }
  }
  return found;
}

const names = { all: 'kontor-find', current: 'kontor-find-current' };

/** paint marks places on the page without changing it; an older browser shows none. */
export function paint(all: Range[], current: Range[]): void {
  if (!('highlights' in CSS)) return;
  for (const [name, ranges] of [
    [names.all, all],
    [names.current, current],
  ] as const) {
    if (ranges.length === 0) CSS.highlights.delete(name);
    else CSS.highlights.set(name, new Highlight(...ranges));
  }
}
