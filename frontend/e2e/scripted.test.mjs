// What a person sees while answers are written, with a model that says what
// the test wants. Everything else is real.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server, Session, documents, highlightedText, startBrowser } from './harness.mjs';
import { startScripted } from './scripted.mjs';

const long = Array.from({ length: 400 }, (_, i) => `Wort${i}`).join(' ');
const hostile = [
  '<img src=x onerror="window.hacked=1"> <script>window.hacked=1</script>',
  '[a](javascript:window.hacked=1) [b](data:text/html,x) ![c](https://canary.invalid/p.png)',
  '<svg onload="window.hacked=1"></svg> <iframe srcdoc="<script>parent.hacked=1</script>"></iframe>',
  '[good](https://example.com/page)',
  '```js\nconst a = "<b>";\n```',
].join('\n\n');

const scripts = {
  Urlaub: {
    text: 'Der Urlaub beträgt jährlich **mindestens 24 Werktage**. Der Mond besteht bekanntlich aus grünem Käse und singt nachts laute Lieder.',
    pace: 5,
  },
  lange: { text: long, pace: 25 },
  Angriff: { text: hostile },
  kurz: { text: 'Eine kurze Antwort.' },
};

let model, server, browser, session, page;

before(async () => {
  model = await startScripted((prompt) => {
    const key = Object.keys(scripts).find((word) => prompt.includes(word));
    return key ? scripts[key] : { text: 'Gut.' };
  });
  server = await new Server({ args: ['--runtime-url', model.url] }).start();
  browser = await startBrowser();
  session = new Session(browser, server);
  page = await session.open({ language: 'de' });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
});

const last = () => page.locator('article.answer').last();
const send = () => page.getByRole('button', { name: 'Senden' });
const stop = () => page.getByRole('button', { name: 'Anhalten' });

async function newChat() {
  await page.getByRole('button', { name: 'Neuer Chat' }).click();
  await page.getByRole('heading', { name: 'Was möchten Sie wissen?' }).waitFor();
}

test('a number in the answer shows its passage, and opens it marked on the right page', async () => {
  await session.drop([documents.holidays]);
  await page.getByText('Meine Dokumente').waitFor();
  await session.goto('#/documents');
  await page
    .locator('[data-status="searchable"], [data-status="ready"]')
    .first()
    .waitFor({ timeout: 120_000 });
  await newChat();
  await session.useCollection('Meine Dokumente');
  const answer = await session.ask('Wie viele Tage Urlaub gibt es mindestens?');
  const number = answer.locator('button.citation').first();
  await number.hover();
  await page.locator('.card').getByText('24 Werktage').waitFor();
  await number.click();
  const marked = await highlightedText(page);
  assert.ok(marked.text.includes('mindestens 24 Werktage'), `marked is: ${marked.text}`);
  assert.equal(marked.page, 1);
  assert.ok(marked.inView);
  assert.match(await number.getAttribute('aria-label'), /Quelle 1.*Seite 1/);
});

test('what no passage supports carries a line and says so', async () => {
  const sentence = last().locator('.unsupported').first();
  assert.match(await sentence.innerText(), /Mond/);
  assert.match(await sentence.textContent(), /nicht in Ihren Dokumenten gefunden/);
  assert.equal(await sentence.evaluate((node) => getComputedStyle(node).textDecorationStyle), 'dotted');
  await page.keyboard.press('Escape');
  await page.locator('aside').waitFor({ state: 'detached' });
});

test('stop stands where send stood, and really stops the model', async () => {
  await newChat();
  const place = await send().boundingBox();
  await page.fill('#composer', 'Eine lange Antwort, bitte');
  await page.keyboard.press('Enter');
  await last().getByText('Wort5').waitFor();
  assert.deepEqual(await stop().boundingBox(), place);
  await page.keyboard.press('Control+.');
  await last().getByText('Sie haben diese Antwort angehalten.').waitFor();
  const text = await last().locator('.markdown').innerText();
  assert.match(text, /^Wort0 Wort1/);
  assert.ok(!text.includes('Wort399'));
  for (let i = 0; i < 50 && model.state.cancelled === 0; i += 1) await page.waitForTimeout(100);
  assert.equal(model.state.cancelled, 1);
  await send().waitFor();
});

test('a page that is loaded again goes on with the running answer', async () => {
  await newChat();
  await page.fill('#composer', 'Noch eine lange Antwort');
  await page.keyboard.press('Enter');
  await last().getByText('Wort20').waitFor();
  await page.reload();
  await last().getByText('Wort60').waitFor();
  await last().locator('.answer-row').waitFor({ timeout: 60_000 });
  const text = (await last().locator('.markdown').innerText()).replace(/\s+/g, ' ').trim();
  assert.equal(text, long);
});

test('while the reader has scrolled up the page stays where it is', async () => {
  await page.fill('#composer', 'Und noch eine lange Antwort');
  await page.keyboard.press('Enter');
  await last().getByText('Wort10').waitFor();
  const messages = page.locator('.messages');
  await messages.evaluate((node) => (node.scrollTop = 0));
  await last().getByText('Wort120').waitFor();
  assert.equal(await messages.evaluate((node) => node.scrollTop), 0);
  await page.getByRole('button', { name: 'Zum Ende' }).click();
  await page.keyboard.press('Control+.');
  await last().locator('.answer-row').waitFor();
});

test('an edited question becomes a branch, and both stay', async () => {
  await newChat();
  await session.ask('Eine kurz gefasste Antwort');
  await page.locator('#composer').press('ArrowUp');
  await page.getByText('Sie bearbeiten Ihre Frage.').waitFor();
  await page.fill('#composer', 'Eine andere kurz gefasste Antwort');
  await page.keyboard.press('Enter');
  await page.getByText('Eine andere kurz gefasste Antwort', { exact: true }).first().waitFor();
  await page.locator('article.question').getByText('2/2').waitFor();
  await page.getByRole('button', { name: 'Vorige Fassung' }).click();
  await page.locator('article.question').getByText('1/2').waitFor();
});

test('hostile answers run nothing, load nothing and link only to the web', async () => {
  await newChat();
  const answer = await session.ask('Ein Angriff');
  const links = await answer
    .locator('.markdown a')
    .evaluateAll((all) => all.map((link) => [link.href, link.title]));
  assert.deepEqual(links, [
    ['https://canary.invalid/p.png', 'https://canary.invalid/p.png'],
    ['https://example.com/page', 'https://example.com/page'],
  ]);
  assert.equal(await answer.locator('.markdown :is(img, script, svg, iframe)').count(), 0);
  await answer.locator('.code').getByRole('button', { name: 'Kopieren' }).waitFor();
  await answer.locator('.hljs-keyword').first().waitFor();
  assert.equal(await page.evaluate(() => window.hacked), undefined);
});

test('text that could not be stored stays in the field, with the reason', async () => {
  await newChat();
  const full = { status: 507, json: { problem: { code: 'disk_full' } } };
  await page.route('**/api/call/chats.send', (route) => route.fulfill(full), { times: 1 });
  await page.fill('#composer', 'Eine wichtige Frage');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'Datenträger ist voll' }).waitFor();
  assert.equal(await page.inputValue('#composer'), 'Eine wichtige Frage');
  // It is stored a moment after the last key, and fetched a moment after the page is there.
  const kept = async () => {
    const { drafts } = await session.call('drafts.list', {});
    return drafts?.some((draft) => draft.text === 'Eine wichtige Frage');
  };
  while (!(await kept())) await page.waitForTimeout(50);
  await page.reload();
  await page.waitForFunction(() => document.querySelector('#composer')?.value === 'Eine wichtige Frage');
  await page.fill('#composer', '');
});

test('a chat can be renamed, found, deleted and brought back', async () => {
  const entry = page.locator('.sidebar .chat:not(section)').first();
  await entry.hover();
  await entry.locator('.chat-menu').click();
  await page.getByRole('menuitem', { name: 'Umbenennen' }).click();
  await page.getByLabel('Name des Chats').fill('Sicherheit & Prüfung');
  await page.keyboard.press('Enter');
  const renamed = page.locator('.chat', { hasText: 'Sicherheit & Prüfung' });
  await renamed.waitFor();
  await page.fill('#chat-search', 'Prüfung');
  await page.getByText('Gefunden').waitFor();
  await page.keyboard.press('Escape');
  await renamed.hover();
  await renamed.locator('.chat-menu').click();
  await page.getByRole('menuitem', { name: 'Löschen' }).click();
  await renamed.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Rückgängig' }).click();
  await renamed.waitFor();
});

test('every screen can be reached by keyboard, and Escape closes the newest layer', async () => {
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Chats, Ansichten und Befehle suchen').fill('Datenschutz');
  await page.keyboard.press('Enter');
  await page.getByText('0 Verbindungen über diesen Computer hinaus').waitFor();
  await page.keyboard.press('Control+,');
  await page.getByLabel('Sprache', { exact: true }).waitFor();
  await page.keyboard.press('Control+b');
  await page.locator('.sidebar nav, nav.sidebar').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+b');
  await page.keyboard.press('Control+1');
  await page.locator('article.answer').first().waitFor();
  await page.locator('h1').first().click();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Tastenkürzel' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+l');
  await page.locator('#composer:focus').waitFor();
});

test('language and appearance change at once', async () => {
  const choose = (key, value) => page.locator(`[data-setting="${key}"] select`).selectOption(value);
  await session.goto('#/settings/general');
  await page.getByLabel('Sprache', { exact: true }).selectOption('en');
  await page.getByRole('heading', { name: 'General' }).waitFor();
  await session.goto('#/settings/appearance');
  await choose('ui.theme', 'dark');
  await page.locator('html[data-theme="dark"][lang="en"]').waitFor();
  const smaller = await page.evaluate(() => getComputedStyle(document.body).fontSize);
  await choose('ui.text_size', 'largest');
  await page.waitForFunction((size) => getComputedStyle(document.body).fontSize > size, smaller);
  await choose('ui.text_size', 'normal');
  await choose('ui.contrast', 'high');
  await page.locator('html[data-contrast="high"]').waitFor();
  await choose('ui.contrast', 'system');
  await choose('ui.theme', 'light');
  await session.goto('#/settings/general');
  await page.getByLabel('Language', { exact: true }).selectOption('de');
  await page.getByRole('heading', { name: 'Allgemein' }).waitFor();
});

test('looking at the window loads the model', async () => {
  await session.goto('#/chat');
  const asked = page.waitForResponse('**/api/call/models.preload');
  await page.reload();
  await page.locator('header span.model, header .model-menu').first().waitFor(); // it is connected
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  assert.equal((await asked).status(), 200);
});

test('what a setting holds is shown as what it is', async () => {
  const row = (key) => page.locator(`[data-setting="${key}"]`);
  await session.goto('#/settings/general');
  const assistants = row('assistants.default').locator('select');
  await assistants.locator('option').nth(1).waitFor({ state: 'attached' });
  const name = await assistants.locator('option').nth(1).innerText();
  await assistants.selectOption({ index: 1 });
  await row('assistants.default').getByRole('button').waitFor(); // the value is a person's own now
  await session.goto('#/settings/models');
  await row('chat.instructions').locator('textarea').fill('Kurz.\nMit Paragraf.');
  await row('chat.instructions').locator('textarea').blur();
  await row('chat.instructions').getByRole('button').waitFor();
  await row('models.bandwidth').waitFor({ state: 'attached' });
  assert.equal(await row('models.bandwidth').isVisible(), false, 'what IT sets stands open');
  const open = await page
    .locator('[data-setting]:visible')
    .evaluateAll((rows) => rows.map((row) => row.dataset.setting));
  assert.deepEqual(open, ['chat.model', 'chat.instructions', 'chat.context_window'], 'what people change');
  await page.locator('details:has([data-setting="models.bandwidth"]) summary').click();
  await row('models.bandwidth').locator('input').fill('32');
  await row('models.bandwidth').locator('input').blur();
  await row('models.bandwidth').getByRole('button').waitFor();
  const { settings } = await session.call('settings.list', {});
  const value = (key) => settings.find((one) => one.key === key).value;
  assert.equal(value('chat.instructions'), 'Kurz.\nMit Paragraf.');
  assert.equal(value('models.bandwidth'), '32');
  await session.goto('#/chat');
  await page.getByText(name, { exact: false }).first().waitFor();
  for (const key of ['assistants.default', 'chat.instructions', 'models.bandwidth'])
    await session.call('settings.set', { key, value: '', reset: true });
  await session.goto('#/settings/documents');
  await row('documents.embedder').getByRole('link').click();
  await page.locator('section.models').waitFor();
});

test('after a crash the page comes back by itself, with what had been written', async () => {
  await newChat();
  await page.fill('#composer', 'Eine lange Antwort vor dem Absturz');
  await page.keyboard.press('Enter');
  await last().getByText('Wort15').waitFor();
  await page.waitForTimeout(1500); // a running answer is saved about once a second
  await server.kill();
  await page.getByText('Kontor ist nicht erreichbar.').waitFor();
  await server.start();
  await last().getByText('Diese Antwort wurde unterbrochen').waitFor({ timeout: 60_000 });
  assert.match(await last().locator('.markdown').innerText(), /^Wort0 Wort1/);
});

test('a session that ended shows the way back', async () => {
  await session.context.clearCookies();
  await page.reload();
  await page.getByText('kontor serve --login-url').waitFor();
});

test('nothing ran that should not, and nothing went out', () => {
  // Answers of the server that a test provoked are not faults.
  const expected =
    /status of (?:401|507)|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/;
  assert.deepEqual(
    session.faults.filter((fault) => !expected.test(fault)),
    [],
  );
});
