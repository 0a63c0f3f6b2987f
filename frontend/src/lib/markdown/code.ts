import { isDark } from '$lib/theme.svelte';

/** FrameTexts are the words on blocks of code, tables and diagrams. */
export interface FrameTexts {
  copy: string;
  copyTable: string;
  saveTable: string;
  diagram: string;
  table: string;
}

/**
 * frameCode gives code blocks a bar with language and copy button, and tables
 * a frame of their own to scroll in. Colours, formulas and diagrams come later,
 * each in its own chunk; a block that is still being written stays plain.
 */
export function frameCode(root: DocumentFragment, texts: FrameTexts, open: boolean): void {
  for (const table of root.querySelectorAll('table')) frameTable(table, texts, open);
  for (const reference of root.querySelectorAll<HTMLElement>('sup.footnote-ref')) {
    const link = button(reference.textContent, 'footnote', reference.textContent);
    reference.replaceChildren(link);
  }
  const codes: HTMLElement[] = [];
  for (const pre of root.querySelectorAll('pre')) {
    const code = pre.querySelector('code');
    if (!code) continue;
    const frame = document.createElement('div');
    frame.className = 'code';
    const bar = document.createElement('div');
    bar.className = 'code-bar';
    const name = document.createElement('span');
    name.textContent = /language-([\w+#-]+)/.exec(code.className)?.[1] ?? '';
    bar.append(name, button(texts.copy, 'copy'));
    pre.replaceWith(frame);
    pre.tabIndex = 0;
    frame.append(bar, pre);
    if (open) continue;
    if (code.className === 'language-mermaid') drawDiagram(frame, code.textContent, texts);
    else if (code.className !== '') codes.push(code);
  }
  if (codes.length > 0) {
    void import('./highlight').then(({ highlight }) => {
      for (const code of codes) highlight(code);
    });
  }
  const formulas = [...root.querySelectorAll<HTMLElement>('code.math, code.math-block')];
  if (formulas.length > 0) {
    void import('./math').then(({ setFormula }) => {
      for (const formula of formulas) setFormula(formula);
    });
  }
}

function button(text: string, kind: string, value = ''): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.dataset[kind] = value;
  made.textContent = text;
  return made;
}

function frameTable(table: HTMLTableElement, texts: FrameTexts, open: boolean): void {
  const frame = document.createElement('div');
  frame.className = 'table-frame';
  const scroller = document.createElement('div');
  scroller.className = 'table';
  scroller.tabIndex = 0;
  scroller.setAttribute('role', 'group');
  scroller.setAttribute('aria-label', texts.table);
  table.replaceWith(frame);
  scroller.append(table);
  frame.append(scroller);
  const bar = document.createElement('div');
  bar.className = 'table-bar';
  // The room is kept from the start, so that nothing moves when the table is complete.
  if (!open) bar.append(button(texts.copyTable, 'copyTable'), button(texts.saveTable, 'saveTable'));
  frame.append(bar);
}

// Text that is no diagram stays what it is: code.
function drawDiagram(frame: HTMLElement, source: string, texts: FrameTexts): void {
  const dark = isDark();
  void import('./diagrams')
    .then(({ diagrams }) => diagrams.draw(source, dark))
    .then((address) => {
      if (address === undefined) return;
      const picture = document.createElement('img');
      picture.src = address;
      picture.alt = texts.diagram;
      const figure = document.createElement('div');
      figure.className = dark ? 'diagram dark' : 'diagram';
      figure.tabIndex = 0;
      figure.setAttribute('role', 'group');
      figure.setAttribute('aria-label', texts.diagram);
      figure.append(picture);
      const source = document.createElement('details');
      const name = document.createElement('summary');
      name.textContent = 'mermaid';
      source.append(name, ...frame.childNodes);
      frame.append(figure, source);
    });
}
