/**
 * frameCode gives code blocks a bar with language and copy button, and tables
 * a frame of their own to scroll in. Colours come later, in their own chunk;
 * a block that is still being written stays plain.
 */
export function frameCode(root: DocumentFragment, copy: string, open: boolean): void {
  for (const table of root.querySelectorAll('table')) {
    const frame = document.createElement('div');
    frame.className = 'table';
    frame.tabIndex = 0;
    table.replaceWith(frame);
    frame.append(table);
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
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.copy = '';
    button.textContent = copy;
    bar.append(name, button);
    pre.replaceWith(frame);
    pre.tabIndex = 0;
    frame.append(bar, pre);
    if (!open && code.className !== '') codes.push(code);
  }
  if (codes.length > 0) {
    void import('./highlight').then(({ highlight }) => {
      for (const code of codes) highlight(code);
    });
  }
}
