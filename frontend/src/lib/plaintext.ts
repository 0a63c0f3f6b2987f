/** What stands on the page for eyes and clicks, and is no part of what was written. */
const aside = '.citations, button, svg, .katex-mathml, [aria-hidden="true"], .visually-hidden';
const blocks = 'p, li, h1, h2, h3, h4, h5, h6, pre, blockquote, tr, br';

/** textWithin is the text of a part of the page in lines, without citations, buttons and what else is `without`. */
export function textWithin(part: DocumentFragment | Element, without = ''): string {
  const copy = document.createElement('div');
  copy.append(part.cloneNode(true));
  for (const element of copy.querySelectorAll(without === '' ? aside : `${aside}, ${without}`))
    element.remove();
  for (const cell of copy.querySelectorAll('td, th')) cell.append(' ');
  for (const block of copy.querySelectorAll(blocks)) block.after('\n');
  return (copy.textContent || '')
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n');
}
