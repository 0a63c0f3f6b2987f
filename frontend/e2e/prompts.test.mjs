// Prompts with places to fill in: from their screen, by a slash in the message
// field, and a person's own.
import assert from 'node:assert/strict';
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

const composer = () => page.locator('#composer');

test('fills a prompt in from the message field, by the keyboard alone', async () => {
  await composer().fill('/trans');
  await page.locator('#slash-list [role=option]').first().waitFor();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Target language').selectOption('French');
  await dialog.getByLabel('Text').fill('Good morning');
  await dialog.getByRole('button', { name: 'Insert' }).click();
  await dialog.waitFor({ state: 'detached' });
  const text = await composer().inputValue();
  assert.match(text, /^Translate the text into French\./);
  assert.match(text, /Good morning$/);
  assert.doesNotMatch(text, /Fixed terms|\{\{/);
});

test('keeps own prompts: made, used, deleted and taken back', async () => {
  await session.goto('#/prompts');
  await page.getByRole('button', { name: 'New prompt' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Greeting');
  await dialog.getByLabel('Text').fill('Greet the team');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Delete “Greeting”' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator('section.prompts .use', { hasText: 'Greeting' }).click();
  await page.waitForFunction(() => document.querySelector('#composer')?.value === 'Greet the team');
  assert.deepEqual(session.faults, []);
});
