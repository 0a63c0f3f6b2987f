// Chats kept in order and found again, as a person does it, judged by axe-core.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server, Session, startBrowser } from './harness.mjs';
import { startScripted } from './scripted.mjs';

/** A folder for pictures of each state, "" for none. */
const pictures = process.env.KONTOR_PICTURES ?? '';

let model, server, browser, session, page;

before(async () => {
  if (pictures) mkdirSync(pictures, { recursive: true });
  model = await startScripted(() => ({ text: 'Die Kündigungsfrist beträgt drei Monate zum Quartalsende.' }));
  server = await new Server({ args: ['--runtime-url', model.url] }).start();
  browser = await startBrowser();
  session = new Session(browser, server);
  page = await session.open({ language: 'de' });
  await session.goto('#/chat');
  for (const question of ['Was steht im Mietvertrag zur Frist?', 'Wie hoch ist die Miete der Halle?'])
    await ask(question);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
});

async function ask(question) {
  const request = { chatId: '', parentId: '', text: question, collectionIds: [], formulate: false };
  const sent = await session.call('chats.send', request);
  for (let running = sent.answer.id; running;) {
    running = (await session.call('chats.open', { id: sent.chat.id })).chat.runningMessageId;
  }
  // A title of one's own: the model's would come at its own time.
  await session.call('chats.update', { id: sent.chat.id, title: question });
  const entry = chat(question);
  await entry.waitFor();
  await entry.locator('.running').waitFor({ state: 'detached' });
}

const chat = (title) => page.locator('.sidebar li', { has: page.locator('.chat a', { hasText: title }) });
const folder = (name) => page.getByRole('group', { name, exact: true });

async function choose(entry, menu, item) {
  await entry.hover();
  await entry.locator(menu).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

async function judge(name) {
  assert.deepEqual(await session.violations(), [], name);
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) });
}

test('chats go into folders by menu and by dragging, and nothing is lost with a folder', async () => {
  await page.getByRole('button', { name: 'Neuer Ordner' }).click();
  await page.getByLabel('Name des Ordners').fill('Mieten');
  await page.keyboard.press('Enter');
  await folder('Mieten').waitFor();
  await choose(folder('Mieten'), '.folder-menu', 'Neuer Ordner darin');
  await page.getByLabel('Name des Ordners').fill('Hallen');
  await page.keyboard.press('Enter');
  await folder('Hallen').waitFor();

  await choose(chat('Mietvertrag'), '.chat-menu', 'In einen Ordner verschieben');
  await judge('move');
  await page.getByRole('dialog').getByRole('button', { name: 'Mieten' }).click();
  await folder('Mieten').getByLabel('1 Chat').waitFor();
  await chat('Halle').locator('a').dragTo(folder('Hallen'));
  await folder('Hallen').getByLabel('1 Chat').waitFor();
  await folder('Hallen').locator('.name').click();
  await chat('Halle').waitFor();
  await judge('folders');

  await choose(folder('Hallen'), '.folder-menu', 'Ordner löschen');
  await folder('Hallen').waitFor({ state: 'detached' });
  await folder('Mieten').getByLabel('2 Chats').waitFor();
  await chat('Halle').waitFor();
});

test('a folder says what its new chats begin with', async () => {
  await choose(folder('Mieten'), '.folder-menu', 'Ordner einrichten');
  await page.getByRole('dialog').getByLabel('Modell für neue Chats').waitFor();
  await judge('folder-setup');
  await page.keyboard.press('Escape');
  await choose(folder('Mieten'), '.folder-menu', 'Neuer Chat darin');
  await page.fill('#composer', 'Und die Kaution?');
  await page.keyboard.press('Enter');
  await folder('Mieten').getByLabel('3 Chats').waitFor();
});

test('chats are pinned, tagged, copied, archived and taken back', async () => {
  await choose(chat('Mietvertrag'), '.chat-menu', 'Anheften');
  await page.locator('.sidebar .heading', { hasText: 'Angeheftet' }).waitFor();
  await choose(chat('Mietvertrag'), '.chat-menu', 'Etiketten');
  await page.getByLabel('Etiketten dieses Chats').fill('#Wichtig, 2026');
  await page.keyboard.press('Enter');
  await chat('Mietvertrag').getByText('#2026 #wichtig').waitFor();
  await choose(chat('Halle'), '.chat-menu', 'Duplizieren');
  await chat('(Kopie)').waitFor();
  await choose(chat('(Kopie)'), '.chat-menu', 'Archivieren');
  await chat('(Kopie)').waitFor({ state: 'detached' });
  await page.locator('.sidebar').getByRole('button', { name: 'Archiv', exact: true }).click();
  await choose(chat('(Kopie)'), '.chat-menu', 'Aus dem Archiv holen');
  await page.locator('.sidebar').getByRole('button', { name: 'Archiv', exact: true }).click();
  await chat('(Kopie)').waitFor();
});

test('the search finds beginnings of words, knows filters and goes to the message', async () => {
  await page.fill('#chat-search', 'quartalse');
  const hits = page.locator('.sidebar .hit');
  await hits.first().waitFor();
  await hits.locator('.excerpt mark', { hasText: 'Quartalsende' }).first().waitFor();
  await judge('search');
  await page.fill('#chat-search', 'quartalse etikett:wichtig');
  await page.waitForFunction(() => document.querySelectorAll('.sidebar .hit').length === 1);
  await hits.first().click();
  await page.locator('article.answer.reached').waitFor();
  await page.fill('#chat-search', 'frist ordner:nirgends');
  await page.getByText('„nirgends“ gibt es hier nicht').waitFor();
  await judge('search-unknown');
  await page.locator('#chat-search').press('Escape');
});

test('the palette finds chats by what was said in them', async () => {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Suche und Befehle' }).fill('quartalsende tag:wichtig');
  const option = page.getByRole('option', { name: 'Mietvertrag' });
  await option.waitFor();
  await judge('palette');
  await option.click();
  await page.locator('article.answer.reached').waitFor();
});

test('a chat that is gone says so, and the next one is begun from there', async () => {
  const faults = session.faults.length;
  await session.goto('#/chat/01900000-0000-7000-8000-000000000000');
  const gone = page.getByRole('alert').filter({ hasText: 'Diesen Chat gibt es nicht mehr' });
  await gone.waitFor();
  // The browser itself notes the answer 404.
  assert.ok(session.faults.splice(faults).every((fault) => fault.includes('404')));
  assert.equal(await page.locator('#composer').count(), 0, 'nothing can be asked in it');
  await judge('gone');
  await gone.getByRole('button', { name: 'Neuer Chat' }).click();
  await page.locator('#composer').waitFor();
  await gone.waitFor({ state: 'detached' });
});
