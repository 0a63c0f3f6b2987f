import type { Document, Event, Problem } from '$lib/api.gen';
import { ProblemError, isAbort } from './backend';
import type { Backend, Connection, MethodName, Request, Result } from './backend';
import { SseParser } from './sse';

const firstDelay = 500;
const longestDelay = 8_000;

/** HttpBackend talks to the edge server that delivered the page. */
export class HttpBackend implements Backend {
  readonly shell = 'edge' as const;

  async call<M extends MethodName>(name: M, request: Request<M>, signal?: AbortSignal): Promise<Result<M>> {
    const body = JSON.stringify(request);
    const response = await reach(`/api/call/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Kontor': '1' },
      body,
      // A draft is stored even while the page goes away; browsers allow 64 KiB for that.
      keepalive: name === 'drafts.save' && body.length < 16_000,
      signal: signal ?? null,
    });
    return (await read(response)) as Result<M>;
  }

  events(
    after: number,
    onEvents: (events: Event[]) => void,
    onState: (state: Connection) => void,
  ): () => void {
    const stop = new AbortController();
    void follow(after, onEvents, onState, stop.signal);
    return () => stop.abort();
  }

  async upload(file: File, name: string, collectionId: string, signal?: AbortSignal): Promise<Document> {
    const query = new URLSearchParams({ collection: collectionId, name });
    const response = await reach(`/api/upload?${query.toString()}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream', 'X-Kontor': '1' },
      body: file,
      signal: signal ?? null,
    });
    return (await read(response)) as Document;
  }

  async bytes(url: string, signal?: AbortSignal): Promise<ArrayBuffer> {
    const response = await reach(url, { signal: signal ?? null });
    if (!response.ok) await read(response);
    return response.arrayBuffer();
  }

  openLink(url: string): Promise<void> {
    window.open(url, '_blank', 'noopener,noreferrer');
    return Promise.resolve();
  }
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { credentials: 'same-origin', cache: 'no-store', ...init });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ProblemError({ code: 'unreachable' });
  }
}

async function read(response: Response): Promise<unknown> {
  if (response.status === 401) throw new ProblemError({ code: 'session_unknown' });
  let body: unknown;
  try {
    body = await response.json();
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ProblemError({ code: response.ok ? 'unreachable' : 'internal' });
  }
  if (response.ok) return body;
  throw new ProblemError(problemIn(body) ?? { code: 'internal' });
}

export function problemIn(body: unknown): Problem | undefined {
  if (typeof body !== 'object' || body === null || !('problem' in body)) return undefined;
  const problem = body.problem;
  if (typeof problem !== 'object' || problem === null || !('code' in problem)) return undefined;
  return typeof problem.code === 'string' ? (problem as Problem) : undefined;
}

// Reconnects with a growing delay and goes on behind the last event it saw.
async function follow(
  after: number,
  onEvents: (events: Event[]) => void,
  onState: (state: Connection) => void,
  signal: AbortSignal,
): Promise<void> {
  let last = after;
  let delay = firstDelay;
  while (!signal.aborted) {
    try {
      const response = await reach(`/api/events?after=${String(last)}`, {
        headers: { Accept: 'text/event-stream', 'X-Kontor': '1' },
        signal,
      });
      if (response.status === 401) {
        onState('signed_out');
        return;
      }
      if (response.ok && response.body) {
        delay = firstDelay;
        onState('connected');
        const resync = await drain(response.body, (events) => {
          last = events.at(-1)?.seq ?? last;
          onEvents(events);
        });
        if (resync) {
          if (!signal.aborted) onState('resync');
          return;
        }
      }
    } catch {
      // The connection is gone or never came up; both are answered by trying again.
    }
    if (signal.aborted) return;
    onState('reconnecting');
    await pause(delay, signal);
    delay = Math.min(delay * 2, longestDelay);
  }
}

async function drain(body: ReadableStream<Uint8Array>, take: (events: Event[]) => void): Promise<boolean> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return false;
    const frames = parser.push(decoder.decode(value, { stream: true }));
    const events: Event[] = [];
    for (const frame of frames) {
      if (frame.event === 'resync') {
        await reader.cancel();
        return true;
      }
      if (frame.data !== '') events.push(JSON.parse(frame.data) as Event);
    }
    if (events.length > 0) take(events);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const wake = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', wake, { once: true });
    // A laptop that wakes up or finds its network again should not wait out the delay.
    window.addEventListener('online', wake, { once: true });
    document.addEventListener('visibilitychange', wake, { once: true });
  });
}
