// Another provider, from adding it to being refused: a server of the kind vLLM
// beside Kontor, added with the keyboard, chosen in a chat, kept from documents
// that are closer than it may get.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server, Session, documents, startBrowser } from './harness.mjs';
import { startOffice, startScripted } from './scripted.mjs';

let model, office, server, browser, session, page;

before(async () => {
  model = await startScripted(() => ({ text: 'The model of this computer answers.' }));
  office = await startOffice('The company server answers.');
  server = await new Server({ args: ['--runtime-url', model.url] }).start();
  browser = await startBrowser();
  session = new Session(browser, server);
  page = await session.open({ language: 'en' });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
  await office?.stop();
});

test('is added with the keyboard, tested and saved', async () => {
  await session.goto('#/settings/models');
  await page.getByText('Everything is answered on this computer.').waitFor();
  await page.getByRole('button', { name: 'Add provider' }).focus();
  await page.keyboard.press('Enter');
  const form = page.getByRole('dialog', { name: 'Add provider' });
  await form.getByLabel('Kind of server').selectOption('vllm');
  await form.getByLabel('Name', { exact: true }).fill('Office');
  await form.getByLabel('Address', { exact: true }).fill('http://127.0.0.1:1/v1');
  await form.getByRole('button', { name: 'Test connection' }).click();
  await form.getByText('Office does not answer.').waitFor();
  await form.getByLabel('Address', { exact: true }).fill(office.url);
  await form.getByLabel('Key', { exact: true }).fill('sk-secret');
  await form.getByRole('button', { name: 'Test connection' }).click();
  await form.getByText('1 model for chats').waitFor();
  assert.equal(office.state.key, 'Bearer sk-secret');
  await form.getByLabel('Name', { exact: true }).press('Enter');
  await form.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Change Office' }).waitFor();
});

test('answers where it was chosen, and says so', async () => {
  await page.getByRole('button', { name: 'New chat' }).click();
  await session.ask('Who answers?');
  await page.getByText('The model of this computer answers.').last().waitFor();
  assert.equal(office.state.questions, 0);
  await page.locator('header .model-menu').click();
  await page.getByRole('menuitemcheckbox', { name: 'qwen · Office' }).click();
  await page.locator('header .model-menu', { hasText: 'qwen · Office' }).waitFor();
  await session.ask('And who now?');
  await page.getByText('The company server answers.').last().waitFor();
  await page.locator('.answer-row', { hasText: 'qwen (Office)' }).last().waitFor();
});

test('is refused what it may not get, with the reason', async () => {
  await session.drop([documents.holidays]);
  await page.getByText('My documents').first().waitFor();
  await session.goto('#/documents');
  await page
    .locator('[data-status="searchable"], [data-status="ready"]')
    .first()
    .waitFor({ timeout: 120_000 });
  await page.getByRole('button', { name: 'New chat' }).click();
  await session.useCollection('My documents');
  await session.ask('Wie viele Tage Urlaub gibt es mindestens?');
  await page.locator('header .model-menu').click();
  await page.getByRole('menuitemcheckbox', { name: 'qwen · Office' }).click();
  await page.locator('header .model-menu', { hasText: 'qwen · Office' }).waitFor();
  const before = office.state.questions;
  await session.ask('Wie viele Tage Urlaub gibt es genau?');
  await page.getByText('This chat uses confidential documents, and Office may not get them.').waitFor();
  assert.equal(office.state.questions, before, 'nothing was sent');
  assert.deepEqual(session.faults, []);
});
