/** cellsOf reads a table as text, row by row. */
export function cellsOf(table: HTMLTableElement): string[][] {
  return Array.from(table.rows, (row) => Array.from(row.cells, (cell) => plain(cell)));
}

// The numbers of citations and what is only read aloud are no part of a cell.
function plain(cell: Element): string {
  const copy = cell.cloneNode(true) as Element;
  for (const extra of copy.querySelectorAll('.citations, .visually-hidden, .katex-html')) extra.remove();
  return copy.textContent.replace(/\s+/g, ' ').trim();
}

/** tabbed writes cells as a spreadsheet takes them from the clipboard. */
export function tabbed(cells: readonly (readonly string[])[]): string {
  return cells.map((row) => row.map(harmless).join('\t')).join('\n');
}

/**
 * commaSeparated writes cells as CSV with a byte order mark, without which
 * Excel misreads umlauts. Where the comma is the decimal sign, Excel expects
 * semicolons.
 */
export function commaSeparated(cells: readonly (readonly string[])[], language: string): string {
  const separator = language === 'de' ? ';' : ',';
  const quoted = (cell: string) => (/[",;\n\t]/.test(cell) ? `"${cell.replace(/"/g, '""')}"` : cell);
  const rows = cells.map((row) => row.map((cell) => quoted(harmless(cell))).join(separator));
  return `\uFEFF${rows.join('\r\n')}\r\n`;
}

/** tableHtml is the table alone, without anything of the page. */
export function tableHtml(cells: readonly (readonly string[])[]): string {
  const table = document.createElement('table');
  for (const row of cells) {
    const line = table.insertRow();
    for (const cell of row) line.insertCell().textContent = cell;
  }
  return table.outerHTML;
}

// A cell that begins like a formula would be run by a spreadsheet; a number is none.
function harmless(cell: string): string {
  if (!/^[=+\-@]/.test(cell) || /^[+-]?[\d.,\s]+\s*(?:%|€|\$)?$/.test(cell)) return cell;
  return `'${cell}`;
}
