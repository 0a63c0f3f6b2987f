import type { Document, Event, Methods, Problem } from '$lib/api.gen';

export type MethodName = keyof Methods;
export type Request<M extends MethodName> = Methods[M][0];
export type Result<M extends MethodName> = Methods[M][1];

/**
 * How the stream of events is doing. `resync` means that events are gone and
 * everything has to be loaded again; `signed_out` that the session has ended.
 */
export type Connection = 'connected' | 'reconnecting' | 'resync' | 'signed_out';

/** ProblemError is a failed call; its problem has texts in the catalogue. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
    this.name = 'ProblemError';
  }
}

/** problemOf turns anything thrown into a problem that can be shown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (isAbort(error)) return { code: 'cancelled' };
  return { code: 'internal' };
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** Backend is the one surface of the program, whatever shell carries it. */
export interface Backend {
  readonly shell: 'window' | 'edge';
  call<M extends MethodName>(name: M, request: Request<M>, signal?: AbortSignal): Promise<Result<M>>;
  /** events follows the stream behind `after`, in order, until stopped. */
  events(
    after: number,
    onEvents: (events: Event[]) => void,
    onState: (state: Connection) => void,
  ): () => void;
  /** upload sends the bytes of a file; only a page in a browser needs it. */
  upload(file: File, name: string, collectionId: string, signal?: AbortSignal): Promise<Document>;
  /** bytes reads an original, for the preview. */
  bytes(url: string, signal?: AbortSignal): Promise<ArrayBuffer>;
  /** openLink opens a checked link outside of Kontor. */
  openLink(url: string): Promise<void>;
}
