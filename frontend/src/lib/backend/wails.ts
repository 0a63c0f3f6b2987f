import type { Document, Event, EventsResult } from '$lib/api.gen';
import { ProblemError } from './backend';
import type { Backend, Connection, MethodName, Request, Result } from './backend';
import { problemIn } from './http';

interface Bridge {
  /** Open gives the capability of this launch, once. */
  Open(): Promise<string>;
  Call(capability: string, id: string, name: string, request: string): Promise<string>;
  Cancel(id: string): Promise<void>;
}

interface WailsRuntime {
  EventsOn(name: string, callback: (payload: string) => void): (() => void) | undefined;
  OnFileDrop?(callback: () => void, useDropTarget: boolean): void;
}

declare global {
  interface Window {
    go?: { desktop?: { Bridge?: Bridge } };
    runtime?: WailsRuntime;
  }
}

/** inWindow tells whether the page runs in Kontor's own window. */
export function inWindow(): boolean {
  return window.go?.desktop?.Bridge !== undefined;
}

/** WailsBackend talks to the program that owns the window. */
export class WailsBackend implements Backend {
  readonly shell = 'window' as const;
  readonly #bridge: Bridge;
  readonly #capability: Promise<string>;
  #calls = 0;

  constructor() {
    const bridge = window.go?.desktop?.Bridge;
    if (!bridge) throw new Error('not in the window');
    this.#bridge = bridge;
    this.#capability = bridge.Open();
    // Registers the listeners that hand paths of dropped files to the program;
    // they come back as the event filesDropped.
    window.runtime?.OnFileDrop?.(() => undefined, false);
  }

  async call<M extends MethodName>(name: M, request: Request<M>, signal?: AbortSignal): Promise<Result<M>> {
    signal?.throwIfAborted();
    const capability = await this.#capability;
    this.#calls += 1;
    const id = `c${String(this.#calls)}`;
    const cancel = () => void this.#bridge.Cancel(id);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const answer: unknown = JSON.parse(
        await this.#bridge.Call(capability, id, name, JSON.stringify(request)),
      );
      signal?.throwIfAborted();
      const problem = problemIn(answer);
      if (problem) throw new ProblemError(problem);
      if (typeof answer === 'object' && answer !== null && 'result' in answer) {
        return answer.result as Result<M>;
      }
      throw new ProblemError({ code: 'internal' });
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  events(
    after: number,
    onEvents: (events: Event[]) => void,
    onState: (state: Connection) => void,
  ): () => void {
    let last = after;
    let stopped = false;
    // Live events wait while a replay is on its way, so that order holds.
    let waiting: Event[] | undefined = [];

    const take = (events: Event[]) => {
      const fresh = events.filter((event) => event.seq > last);
      if (fresh.length === 0 || stopped) return;
      last = fresh.at(-1)?.seq ?? last;
      onEvents(fresh);
    };
    const replay = async () => {
      let result: EventsResult;
      try {
        result = await this.call('events.after', { after: last });
      } catch {
        onState('resync');
        return;
      }
      if (stopped) return;
      if (result.resync) {
        onState('resync');
        return;
      }
      take(result.events);
      const live = waiting ?? [];
      waiting = undefined;
      take(live);
      onState('connected');
    };
    const off = window.runtime?.EventsOn('kontor', (payload) => {
      const events = JSON.parse(payload) as Event[];
      if (waiting) {
        waiting.push(...events);
        return;
      }
      const first = events.find((event) => event.seq > last);
      if (first && first.seq > last + 1) {
        waiting = events;
        void replay();
        return;
      }
      take(events);
    });
    void replay();
    return () => {
      stopped = true;
      off?.();
    };
  }

  upload(): Promise<Document> {
    // The window adds files by path (documents.add); bytes never cross the bridge.
    return Promise.reject(new ProblemError({ code: 'not_allowed' }));
  }

  async bytes(url: string, signal?: AbortSignal): Promise<ArrayBuffer> {
    const response = await fetch(url, { signal: signal ?? null });
    if (!response.ok) throw new ProblemError({ code: 'original_missing' });
    return response.arrayBuffer();
  }

  async openLink(url: string): Promise<void> {
    await this.call('system.openLink', { url });
  }
}
