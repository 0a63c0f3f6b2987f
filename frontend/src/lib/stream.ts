import type { AnswerDelta } from './api.gen';

/**
 * mergeDelta adds a delta to the text so far. A repeated delta changes nothing;
 * undefined means that text is missing in between.
 */
export function mergeDelta(text: string, delta: Pick<AnswerDelta, 'offset' | 'text'>): string | undefined {
  if (delta.offset > text.length) return undefined;
  const known = text.length - delta.offset;
  return known >= delta.text.length ? text : text + delta.text.slice(known);
}

/** Scheduler asks for a turn before the next picture; injected for tests. */
export type Scheduler = (run: () => void) => void;

/** nextFrame gives the turn before the next picture. */
export const nextFrame: Scheduler = (run) => {
  // A hidden page gets no frames, but its texts must still grow.
  if (document.hidden) setTimeout(run, 50);
  else requestAnimationFrame(run);
};

/** DeltaBuffer collects deltas and hands them on at most once per picture. */
export class DeltaBuffer {
  #pending: AnswerDelta[] = [];
  #scheduled = false;

  constructor(
    private readonly apply: (deltas: AnswerDelta[]) => void,
    private readonly schedule: Scheduler = nextFrame,
  ) {}

  add(delta: AnswerDelta): void {
    this.#pending.push(delta);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.schedule(() => this.flush());
  }

  /** flush applies what is waiting at once, before a later event overtakes it. */
  flush(): void {
    this.#scheduled = false;
    const deltas = this.#pending;
    if (deltas.length === 0) return;
    this.#pending = [];
    this.apply(deltas);
  }
}
