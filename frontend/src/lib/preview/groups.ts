import type { PreviewBlock, Span } from '$lib/api.gen';

/** Numbered is a block with its place in the document. */
export interface Numbered {
  block: PreviewBlock;
  at: number;
}

/** Cell is a cell of a row as it is drawn; empty ones have no text. */
export interface Cell {
  text: string;
  marks: Span[];
}

export type Part =
  | { type: 'block'; item: Numbered }
  | { type: 'table'; rows: { at: number; cells: Cell[]; marked: boolean }[]; columns: number }
  | { type: 'list'; items: Numbered[] }
  | { type: 'header'; item: Numbered; fields: { name: string; value: string; marks: Span[] }[] }
  | { type: 'attachments'; items: Numbered[] };

/** Section is what stands together: a slide, or all of a text. */
export interface Section {
  /** From 1; 0 where there are no slides. */
  slide: number;
  parts: Part[];
  notes: Part[];
}

/**
 * sectionsOf puts blocks together the way people see them: rows become tables,
 * items lists, and what belongs to a slide a card.
 */
export function sectionsOf(blocks: readonly PreviewBlock[], first: number, format: string): Section[] {
  const sections: Section[] = [];
  blocks.forEach((block, index) => {
    const slide = block.slide ?? 0;
    let section = sections.at(-1);
    if (!section || section.slide !== slide) {
      section = { slide, parts: [], notes: [] };
      sections.push(section);
    }
    const item = { block: format === 'md' ? plainMarkdown(block) : block, at: first + index };
    add(block.kind === 'notes' ? section.notes : section.parts, item);
  });
  return sections;
}

function add(parts: Part[], item: Numbered): void {
  const last = parts.at(-1);
  switch (item.block.kind) {
    case 'table': {
      const cells = rowOf(item.block);
      if (cells.length < 2) break;
      const row = { at: item.at, cells, marked: (item.block.marks ?? []).length > 0 };
      if (last?.type === 'table') {
        last.rows.push(row);
        last.columns = Math.max(last.columns, cells.length);
      } else parts.push({ type: 'table', rows: [row], columns: cells.length });
      return;
    }
    case 'list_item':
      if (last?.type === 'list') last.items.push(item);
      else parts.push({ type: 'list', items: [item] });
      return;
    case 'attachment':
      if (last?.type === 'attachments') last.items.push(item);
      else parts.push({ type: 'attachments', items: [item] });
      return;
    case 'mail_header':
      parts.push({ type: 'header', item, fields: fieldsOf(item.block) });
      return;
    default:
  }
  parts.push({ type: 'block', item });
}

/** rowOf gives all cells of a row, the empty ones included, up to the last with text. */
export function rowOf(block: PreviewBlock): Cell[] {
  const cells: Cell[] = [];
  for (const cell of block.cells ?? splitRow(block)) {
    while (cells.length < cell.column - 1) cells.push({ text: '', marks: [] });
    cells.push({ text: cell.text, marks: cell.marks ?? [] });
  }
  return cells;
}

// A row whose cells the parser does not know is cut at its bars.
function splitRow(block: PreviewBlock): { column: number; text: string; marks: Span[] }[] {
  const text = block.text.replace(/^\||\|\s*$/g, ' ');
  const cells = [];
  let start = 0;
  for (const [index, piece] of text.split('|').entries()) {
    const from = start + (piece.length - piece.trimStart().length);
    const trimmed = piece.trim();
    if (trimmed !== '') {
      cells.push({
        column: index + 1,
        text: trimmed,
        marks: within(block.marks ?? [], from, from + trimmed.length),
      });
    }
    start += piece.length + 1;
  }
  return cells;
}

/** within is the part of the marks that lies between two places, counted from the first. */
export function within(marks: readonly Span[], from: number, to: number): Span[] {
  return marks.flatMap((mark) => {
    const start = Math.max(mark.start, from);
    const end = Math.min(mark.end, to);
    return start < end ? [{ start: start - from, end: end - from }] : [];
  });
}

function fieldsOf(block: PreviewBlock): { name: string; value: string; marks: Span[] }[] {
  let start = 0;
  return block.text.split('\n').map((line) => {
    const cut = /^([A-Za-z-]+): /.exec(line);
    const from = start + (cut?.[0].length ?? 0);
    const marks = within(block.marks ?? [], from, start + line.length);
    start += line.length + 1;
    return { name: cut?.[1] ?? '', value: line.slice(cut?.[0].length ?? 0), marks };
  });
}

const syntax = /^#{1,6}\s+|^[-*+]\s+(?:\[[ xX]\]\s+)?|\*\*|__|`+|(?<=\])\([^)\s]*\)|!?\[(?=[^\]]*\])|\]/gm;

/** plainMarkdown takes Markdown's own characters out of a block; its marks move along. */
export function plainMarkdown(block: PreviewBlock): PreviewBlock {
  if (block.kind === 'code' || block.kind === 'table') return block;
  const places: number[] = []; // new place of each old one
  let text = '';
  let at = 0;
  const keep = (to: number) => {
    for (; at < to; at += 1) {
      places.push(text.length);
      text += block.text[at] ?? '';
    }
  };
  for (const match of block.text.matchAll(syntax)) {
    keep(match.index);
    for (; at < match.index + match[0].length; at += 1) places.push(text.length);
  }
  keep(block.text.length);
  places.push(text.length);
  const marks = (block.marks ?? []).map((mark) => ({
    start: places[mark.start] ?? 0,
    end: places[mark.end] ?? text.length,
  }));
  return { ...block, text, marks };
}

/** columnName is the letter of a column, from 1: A … Z, AA … */
export function columnName(column: number): string {
  let name = '';
  for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
}
