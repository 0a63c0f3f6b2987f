// Long chats: only a part is on the page, and the reader does not notice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server, Session, startBrowser } from './harness.mjs';
import { importChats, longChat } from './longchat.mjs';
import { startScripted } from './scripted.mjs';

const count = 400;
const chat = longChat(count);
let model, server, browser, session, page;

before(async () => {
  model = await startScripted(() => ({ text: 'Gut.' }));
  server = await new Server({ args: ['--runtime-url', model.url] }).start();
  browser = await startBrowser();
  session = new Session(browser, server);
  page = await session.open({ language: 'de' });
  await importChats(session, [chat]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
  assert.deepEqual(session?.faults, []);
});

const message = (n) => page.locator(`[data-message="${chat.messages[n].id}"]`);

async function open() {
  await session.goto('#/chat');
  await page.locator('.welcome').waitFor();
  await session.goto(`#/chat/${chat.id}`);
  await message(count - 1).waitFor();
}

test('a plain chat needs little, and the texts of one language', async () => {
  const scripts = session.scripts();
  await page.reload();
  await page.locator('.welcome').waitFor();
  await session.ask('Geht das?');
  const { names, bytes } = await scripts();
  assert.ok(bytes <= 220_000, `${bytes} bytes of scripts, compressed: ${names.join(' ')}`);
  const spared = /^(?:en|pdf|math|highlight|diagrams|\w+Screen|\w+Panel|\w+Dialog)-/;
  assert.deepEqual(
    names.filter((name) => spared.test(name)),
    [],
  );
  assert.ok(names.some((name) => name.startsWith('de-')));
});

test('a long chat opens at its end, and going up keeps what is read in its place', async () => {
  await open();
  assert.equal(await message(0).count(), 0);
  await page.waitForFunction(() => {
    const view = document.querySelector('.messages');
    return view.scrollHeight - view.scrollTop - view.clientHeight < 4;
  });
  const shown = await page.locator('[data-message]').first().getAttribute('data-message');
  // What is in view is where it was, to the pixel, after messages have come above it.
  const moved = await page.evaluate(async (shown) => {
    const view = document.querySelector('.messages');
    const first = document.querySelector(`[data-message="${shown}"]`);
    view.scrollTop = 300;
    const before = first.getBoundingClientRect().top;
    await new Promise((resolve) => {
      const look = () =>
        document.querySelector('[data-message]').dataset.message === shown
          ? requestAnimationFrame(look)
          : resolve();
      look();
    });
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return first.getBoundingClientRect().top - before;
  }, shown);
  assert.ok(Math.abs(moved) < 2, `what was read moved by ${moved} px`);
});

test('the keyboard reaches earlier messages, and the page stays small', async () => {
  await open();
  for (let tries = 0; tries < 100 && (await message(0).count()) === 0; tries += 1) {
    const first = await page.locator('[data-message]').first().getAttribute('data-message');
    await page.getByRole('button', { name: /frühere Nachricht/ }).press('Enter');
    await page.waitForFunction(
      (first) => document.querySelector('[data-message]').dataset.message !== first,
      first,
    );
  }
  await message(0).waitFor();
  assert.ok((await page.locator('[data-message]').count()) <= 140);
  await page.getByRole('button', { name: 'Zum Ende' }).click();
  await message(count - 1).waitFor();
});

test('a message that was searched for is shown in the middle of the chat', async () => {
  await open();
  await page.keyboard.press('Control+Shift+F');
  await page.keyboard.type('Frage 120');
  await page.locator('.results .hit').first().click();
  await message(120).waitFor();
  await page.waitForFunction(() => document.activeElement?.classList.contains('reached'));
  assert.equal(await page.evaluate(() => document.activeElement.dataset.message), chat.messages[120].id);
  // A question that is asked from there is seen at the end.
  await page.fill('#composer', 'Und jetzt?');
  await page.keyboard.press('Enter');
  await page.locator('article.answer', { hasText: 'Gut.' }).waitFor();
  await message(count - 1).waitFor();
});

test('words are found in all of a chat, also where it is not loaded', async () => {
  await open();
  assert.equal(await message(121).count(), 0);
  await page.keyboard.press('Control+f');
  const bar = page.getByRole('search', { name: 'In diesem Chat suchen' });
  const field = bar.getByRole('textbox');
  const counted = (text) => bar.locator('.count', { hasText: text }).waitFor();
  await field.fill('antwort 12');
  // 121, 123 … 129: what is nearest after the reader's place counts first, else the last one.
  await counted('5 von 5');
  const inView = (n) =>
    page.waitForFunction((id) => {
      const box = document.querySelector(`[data-message="${id}"]`)?.getBoundingClientRect();
      const view = document.querySelector('.messages').getBoundingClientRect();
      return box && box.top < view.bottom && box.bottom > view.top;
    }, chat.messages[n].id);
  await inView(129);
  await field.press('Enter');
  await counted('1 von 5');
  await inView(121);
  await bar.getByRole('button', { name: 'Vorige Fundstelle' }).click();
  await counted('5 von 5');
  await field.press('Shift+Enter');
  await counted('4 von 5');
  await inView(127);
  const painted = () =>
    page.evaluate(() => [...(CSS.highlights.get('kontor-find-current') ?? [])].map(String));
  await page.waitForFunction(() => CSS.highlights.has('kontor-find-current'));
  assert.deepEqual(await painted(), ['Antwort 12']);
  await bar.getByRole('status').getByText('Nachricht 4 von 5 mit diesen Wörtern').waitFor();
  await field.fill('gibt es nicht');
  await counted('Nichts gefunden');
  // Across the marks of bold text.
  await field.fill('der Dauer der Überlassung. Für den Mieter');
  await counted(/von 200$/);
  await page.waitForFunction(() => CSS.highlights.has('kontor-find-current'));
  assert.deepEqual(await session.violations(), []);
  await session.pictures('find');
  await field.press('Escape');
  await bar.waitFor({ state: 'detached' });
  assert.deepEqual(await painted(), []);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'composer');
});
