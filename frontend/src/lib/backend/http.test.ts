import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Event } from '$lib/api.gen';
import { ProblemError } from './backend';
import type { Connection } from './backend';
import { HttpBackend } from './http';

afterEach(() => vi.unstubAllGlobals());

function answer(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status });
}

function stubFetch(...answers: (Response | Error)[]): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(() => {
    const next = answers.shift();
    if (!next) return new Promise<Response>(() => undefined);
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  });
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

async function problem(action: Promise<unknown>): Promise<unknown> {
  try {
    await action;
  } catch (error) {
    return error instanceof ProblemError ? error.problem : error;
  }
  return undefined;
}

describe('HttpBackend.call', () => {
  it('posts JSON with the header that other sites cannot send', async () => {
    const fetched = stubFetch(answer(200, { id: 'c' }));
    await new HttpBackend().call('chats.restore', { id: 'c' });
    const [url, init] = fetched.mock.calls[0] as [string, RequestInit];
    expect(url).toBe('/api/call/chats.restore');
    expect(init.method).toBe('POST');
    expect(init.headers).toEqual({ 'Content-Type': 'application/json', 'X-Kontor': '1' });
    expect(init.body).toBe('{"id":"c"}');
  });

  it.each<[string, Response | Error, string]>([
    ['a problem', answer(409, { problem: { code: 'chat_busy' } }), 'chat_busy'],
    ['a lost session', answer(401, {}), 'session_unknown'],
    ['an answer that is none', new Response('<html>', { status: 502 }), 'internal'],
    ['no server', new TypeError('Failed to fetch'), 'unreachable'],
  ])('tells %s', async (_, response, code) => {
    stubFetch(response);
    expect(await problem(new HttpBackend().call('status.get', {}))).toMatchObject({ code });
  });
});

describe('HttpBackend.events', () => {
  function streamed(text: string): Response {
    return new Response(text, { status: 200, headers: { 'Content-Type': 'text/event-stream' } });
  }

  async function follow(...answers: (Response | Error)[]) {
    vi.useFakeTimers();
    const fetched = stubFetch(...answers);
    const seen: Event[] = [];
    const states: Connection[] = [];
    const stop = new HttpBackend().events(
      3,
      (events) => seen.push(...events),
      (state) => states.push(state),
    );
    await vi.advanceTimersByTimeAsync(20_000);
    stop();
    vi.useRealTimers();
    return { urls: fetched.mock.calls.map((call) => (call as [string])[0]), seen, states };
  }

  it('goes on behind the last event after the connection broke', async () => {
    const { urls, seen, states } = await follow(
      streamed('data: {"seq":4,"type":"chatRemoved"}\n\n'),
      new TypeError('Failed to fetch'),
      streamed('data: {"seq":5,"type":"chatRemoved"}\n\n'),
    );
    expect(urls.slice(0, 3)).toEqual(['/api/events?after=3', '/api/events?after=4', '/api/events?after=4']);
    expect(seen.map((event) => event.seq)).toEqual([4, 5]);
    expect(states.slice(0, 3)).toEqual(['connected', 'reconnecting', 'reconnecting']);
  });

  it('ends with a resync', async () => {
    const { urls, states } = await follow(streamed('event: resync\ndata: \n\n'));
    expect(states).toEqual(['connected', 'resync']);
    expect(urls).toHaveLength(1);
  });

  it('ends when the session is gone', async () => {
    const { states } = await follow(answer(401, {}));
    expect(states).toEqual(['signed_out']);
  });
});
