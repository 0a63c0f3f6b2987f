import { expect, it } from 'vitest';
import { cellsOf, commaSeparated, tabbed, tableHtml } from './tables';

const cells = [
  ['Monat', 'Summe; "netto"'],
  ['Mai', '-1.234,50'],
  ['=1+1', '@cmd'],
];

it('a table is read as text, without the numbers of its sources', () => {
  const table = document.createElement('table');
  const row = table.insertRow();
  row.insertCell().textContent = ' two\n words ';
  const cited = row.insertCell();
  cited.append('24');
  const mark = document.createElement('span');
  mark.className = 'citations';
  mark.textContent = '1';
  cited.append(mark);
  expect(cellsOf(table)).toEqual([['two words', '24']]);
});

it('cells that look like formulas are text, numbers stay numbers', () => {
  expect(tabbed(cells)).toBe('Monat\tSumme; "netto"\nMai\t-1.234,50\n\'=1+1\t\'@cmd');
});

it('CSV has the separator of the language and its quotes', () => {
  expect(commaSeparated(cells, 'de')).toBe(
    '\uFEFFMonat;"Summe; ""netto"""\r\nMai;"-1.234,50"\r\n\'=1+1;\'@cmd\r\n',
  );
  expect(commaSeparated([['a', 'b']], 'en')).toBe('\uFEFFa,b\r\n');
});

it('the form for documents holds text only', () => {
  expect(tableHtml([['<b>x</b>']])).toBe(
    '<table><tbody><tr><td>&lt;b&gt;x&lt;/b&gt;</td></tr></tbody></table>',
  );
});
