// Measures how the window feels, with the real server and a model that says
// what is wanted, for `go run ./build bench --only feel`. By hand:
// `node e2e/measure.mjs 5`, with the environment of the browser tests. One
// line of JSON comes out.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Server, Session, startBrowser } from './harness.mjs';
import { importChats, longChat, pieces } from './longchat.mjs';
import { startScripted } from './scripted.mjs';

const messages = 2000;
const opens = 7;
const streams = Number(process.argv[2] ?? 5);
const tokens = 4000;
const pace = 1000 / 60; // milliseconds between tokens

/** answer is Markdown of so many words, as a model writes it. */
function answer() {
  const words = [];
  for (let i = 0; words.length < tokens; i += 1)
    words.push(...`${pieces[i % pieces.length]}\n\n`.match(/\s*\S+\s*/g));
  return words.slice(0, tokens).join('');
}

const say = (text) => process.stderr.write(`${text}\n`);

// In the page: what hindered it since the last call.
const watch = () => {
  window.hindered = { tasks: [], shift: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.hindered.tasks.push(entry.duration);
  }).observe({ type: 'longtask' });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.hindered.shift += entry.value;
  }).observe({ type: 'layout-shift' });
};

const takeHindered = (page) =>
  page.evaluate(() => {
    const found = window.hindered;
    window.hindered = { tasks: [], shift: 0 };
    return found;
  });

/** openings measures from the click until the last answer is painted and the page is idle. */
async function openings(session, page) {
  const times = [];
  for (let i = 0; i < opens; i += 1) {
    await session.goto('#/chat');
    await page.locator('.welcome').waitFor();
    times.push(
      await page.evaluate(
        async (end) =>
          new Promise((resolve) => {
            const row = [...document.querySelectorAll('nav a, .side a')].find((one) =>
              one.textContent.includes('Ein langer Chat'),
            );
            const began = performance.now();
            row.click();
            const look = () => {
              const there = document.querySelector('[data-testid="messages"]')?.textContent.includes(end);
              if (!there) return requestAnimationFrame(look);
              return requestAnimationFrame(() =>
                requestIdleCallback(() => resolve(performance.now() - began)),
              );
            };
            look();
          }),
        `Antwort ${messages - 1}.`,
      ),
    );
  }
  return times;
}

/** scrolling goes up through the chat, a piece with each picture. */
async function scrolling(page) {
  await takeHindered(page);
  const gaps = await page.evaluate(
    async () =>
      new Promise((resolve) => {
        const view = document.querySelector('.messages');
        const gaps = [];
        let last = performance.now();
        const step = () => {
          const now = performance.now();
          gaps.push(now - last);
          last = now;
          if (gaps.length >= 300) return resolve(gaps);
          view.scrollTop -= 120;
          return requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
  );
  const { tasks } = await takeHindered(page);
  return {
    longest: Math.max(...gaps),
    tasks: tasks.length,
    shown: await page.locator('[data-message]').count(),
  };
}

/**
 * ownTime gives the tasks of the page's thread by the time the processor spent
 * on them, in milliseconds: on a busy machine a task is long as well when it
 * waits for other programs.
 */
function ownTime(trace) {
  const { traceEvents } = JSON.parse(trace.toString());
  const thread = (event) => `${event.pid} ${event.tid}`;
  const pages = new Map(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map((event) => [thread(event), []]),
  );
  for (const event of traceEvents)
    if (event.name.endsWith('RunTask') && event.tdur) pages.get(thread(event))?.push(event.tdur / 1000);
  // The one that worked most is the page; another waits for the next one.
  return [...pages.values()].sort((a, b) => b.length - a.length)[0] ?? [];
}

async function streaming(browser, page) {
  const tasks = [];
  const own = [];
  const longest = [];
  const shifts = [];
  for (let i = 0; i < streams; i += 1) {
    await page.getByRole('button', { name: 'Neuer Chat' }).click();
    await page.locator('.welcome').waitFor();
    await page.fill('#composer', 'Bitte ausführlich');
    await browser.startTracing(page, { categories: ['toplevel'] });
    await takeHindered(page);
    await page.keyboard.press('Enter');
    await page.locator('.answer-row').last().waitFor({ timeout: 300_000 });
    const found = await takeHindered(page);
    const times = ownTime(await browser.stopTracing());
    own.push(times.filter((time) => time > 50).length);
    longest.push(Math.max(0, ...times));
    tasks.push(found.tasks.length);
    shifts.push(found.shift);
    say(
      `streamed: ${found.tasks.length} long tasks, ${own.at(-1)} of them by the page's own time (longest ${longest.at(-1).toFixed(0)} ms), CLS ${found.shift.toFixed(4)}`,
    );
  }
  return { tasks, own, longest, shifts };
}

/** scripts weighs what the first screen loads, and the largest that plain chat never loads. */
function scripts(loaded) {
  const folder = fileURLToPath(new URL('../dist/assets/', import.meta.url));
  const sizes = readdirSync(folder)
    .filter((name) => /\.m?js$/.test(name))
    .map((name) => ({ name, bytes: gzipSync(readFileSync(folder + name), { level: 9 }).length }));
  const first = sizes.filter(({ name }) => loaded.has(name));
  const lazy = sizes.filter(({ name }) => !loaded.has(name)).sort((a, b) => b.bytes - a.bytes);
  return { first: first.reduce((sum, { bytes }) => sum + bytes, 0), lazy: lazy[0] };
}

const text = answer();
const model = await startScripted(() => ({ text, pace }));
const server = await new Server({ args: ['--runtime-url', model.url] }).start();
const browser = await startBrowser();
try {
  const session = new Session(browser, server);
  const page = await session.open({ language: 'de' });
  await page.context().addInitScript(watch);
  await importChats(session, [longChat(messages)]);
  const loaded = new Set();
  page.on('response', (response) => loaded.add(new URL(response.url()).pathname.split('/').at(-1)));
  await page.reload();
  await page.getByText('Ein langer Chat').first().waitFor();
  const weight = scripts(loaded);
  const opened = await openings(session, page);
  say(`opened: ${opened.map(Math.round).join(' ')} ms`);
  const scrolled = await scrolling(page);
  say(`scrolled: ${JSON.stringify(scrolled)}`);
  const streamed = await streaming(browser, page);
  const plain = scripts(loaded); // with what plain chats have loaded meanwhile
  const result = {
    openedMs: opened,
    scrolled,
    tasks: streamed.tasks,
    ownTasks: streamed.own,
    longestOwnMs: streamed.longest,
    shifts: streamed.shifts,
    firstBytes: weight.first,
    plainBytes: plain.first,
    lazy: plain.lazy,
    faults: session.faults,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  await browser.close();
  await server.stop();
  await model.stop();
}
