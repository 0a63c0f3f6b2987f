// Taking chats along: the file of another program comes in, a folder goes out
// as a document.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Server, Session, startBrowser } from './harness.mjs';
import { startScripted } from './scripted.mjs';

let model, server, browser, session, page;

before(async () => {
  model = await startScripted(() => ({ text: 'Understood.' }));
  server = await new Server({ args: ['--runtime-url', model.url] }).start();
  browser = await startBrowser();
  session = new Session(browser, server);
  page = await session.open({ language: 'en' });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
});

const claude = JSON.stringify([
  {
    uuid: 'c1',
    name: 'Plan for Oslo',
    created_at: '2025-05-01T10:00:00Z',
    updated_at: '2025-05-01T10:00:00Z',
    project: { name: 'Journeys' },
    chat_messages: [
      { uuid: 'm1', sender: 'human', text: 'Where to?', created_at: '2025-05-01T10:00:00Z' },
      { uuid: 'm2', sender: 'assistant', text: 'To Oslo.', created_at: '2025-05-01T10:00:05Z' },
    ],
  },
]);

test('imports the export of another program', async () => {
  await session.goto('#/settings');
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Import chats' }).click();
  await (
    await chooser
  ).setFiles({ name: 'conversations.json', mimeType: 'application/json', buffer: Buffer.from(claude) });
  await page.getByText('1 chat of 1 imported, 2 new messages').first().waitFor();
  await page.getByRole('group', { name: 'Journeys' }).waitFor();
});

test('exports a folder as a PDF', async () => {
  await page
    .getByRole('button', { name: /Journeys/, expanded: false })
    .first()
    .waitFor();
  const folder = page.getByRole('group', { name: 'Journeys' });
  await folder.hover();
  await folder.locator('.folder-menu').click();
  await page.getByRole('menuitem', { name: 'Export folder' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Format').selectOption('pdf');
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export' }).click();
  assert.equal((await download).suggestedFilename(), 'Journeys.pdf');
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(session.faults, []);
});

test('exports everything as JSON, which adds nothing when it comes back', async () => {
  await session.goto('#/settings');
  await page.getByRole('button', { name: 'Export all chats' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Format').selectOption('json');
  const saved = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export' }).click();
  const download = await saved;
  assert.match(download.suggestedFilename(), /^kontor-.*\.json$/);
  await dialog.waitFor({ state: 'detached' });
  const path = await download.path();
  const file = JSON.parse(readFileSync(path, 'utf8'));
  assert.deepEqual([file.format, file.chats.length, file.folders.length], ['kontor-chats', 1, 1]);
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Import chats' }).click();
  await (
    await chooser
  ).setFiles({ name: 'chats.json', mimeType: 'application/json', buffer: readFileSync(path) });
  await page.getByText('0 chats of 1 imported, 0 new messages').first().waitFor();
  assert.deepEqual(session.faults, []);
});
