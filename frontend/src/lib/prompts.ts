import type { Prompt, PromptField } from './api.gen';

/** slashAt gives what is searched for by a "/" at the very start, undefined without one. */
export function slashAt(text: string, caret: number): string | undefined {
  const typed = text.slice(0, caret);
  return typed.startsWith('/') && !/[\n/]/.test(typed.slice(1)) ? typed.slice(1) : undefined;
}

/** promptsFor lists the prompts whose title or purpose holds all words, titles first. */
export function promptsFor(prompts: Prompt[], query: string): Prompt[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const titled = prompts.filter((prompt) => holds(prompt.title));
  const rest = prompts.filter(
    (prompt) => !titled.includes(prompt) && holds(`${prompt.title} ${prompt.about}`),
  );
  return [...titled, ...rest];
}

/**
 * filled puts values into the places of a prompt. A line that held nothing but
 * optional places that stayed empty, with a label before them, is left out.
 */
export function filled(text: string, fields: PromptField[], values: readonly string[]): string {
  const byPlace = new Map<string, { value: string; optional: boolean }>();
  fields.forEach((field, index) => {
    const value = (values[index] ?? '').trim();
    for (const place of field.places) byPlace.set(place, { value, optional: field.optional });
  });
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const places = line.match(/\{\{[^{}\n]+\}\}/g) ?? [];
    const known = places.flatMap((place) => byPlace.get(place) ?? []);
    if (known.length > 0 && known.every(({ value, optional }) => optional && value === '')) continue;
    // One pass: what a person typed may look like a place itself.
    lines.push(line.replace(/\{\{[^{}\n]+\}\}/g, (place) => byPlace.get(place)?.value ?? place));
  }
  return lines.join('\n');
}
