import type { Span } from './api.gen';

/** Part is a piece of a text that is marked as a whole or not at all. */
export interface Part {
  text: string;
  marked: boolean;
}

/** markedParts cuts a text at its marks; marks may overlap or reach beyond it. */
export function markedParts(text: string, marks: readonly Span[]): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const mark of [...marks].sort((a, b) => a.start - b.start)) {
    const start = Math.max(at, mark.start);
    const end = Math.min(text.length, mark.end);
    if (end <= start) continue;
    if (start > at) parts.push({ text: text.slice(at, start), marked: false });
    parts.push({ text: text.slice(start, end), marked: true });
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at), marked: false });
  return parts;
}
