// The screen of models, with the real runtime: what is recommended and why, and
// what fits.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server, Session, startBrowser } from './harness.mjs';

let server, browser, session, page;

before(async () => {
  server = await new Server().start();
  browser = await startBrowser();
  session = new Session(browser, server);
  page = await session.open({ language: 'en' });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const rows = () => page.locator('section.models .list > li');

test('recommends a model for each use and opens its details', async () => {
  await page.getByRole('button', { name: 'Models', exact: true }).click();
  await rows().first().waitFor();
  const uses = await page.locator('section.models .use').allTextContents();
  assert.ok(uses.includes('For searching documents'), uses.join());
  await page.locator('section.models .proposals .name').last().click();
  const open = page.locator('section.models [aria-expanded="true"]');
  await open.waitFor();
  assert.equal(await open.evaluate((node) => node === document.activeElement), true);
  const details = await page.locator('section.models .detail').innerText();
  for (const word of ['Maker', 'Licence', 'Memory', 'Origin of the figures'])
    assert.match(details, new RegExp(word));
});

test('hides what does not fit until it is asked for', async () => {
  const fitting = await rows().count();
  await page.getByRole('checkbox', { name: 'Only what fits' }).uncheck();
  assert.ok((await rows().count()) > fitting);
  const frontier = rows().filter({ hasText: 'Kimi K2.6' });
  await frontier.getByRole('button').click();
  await frontier
    .getByText('Runs only on a server with several graphics cards.', { exact: false })
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Installed', exact: true }).click();
  assert.equal(await rows().count(), 2, 'the two models of the starter pack');
  assert.deepEqual(session.faults, []);
});

test('measures how fast this computer is and keeps it', async () => {
  const section = page.locator('section[aria-labelledby="speed-test"]');
  await section.getByText('Nothing was measured yet.').waitFor();
  await section.getByRole('button', { name: 'Measure speed' }).click();
  const table = section.getByRole('table', { name: 'Speed test' });
  await table.locator('tbody tr').nth(1).waitFor({ timeout: 180_000 });
  await section.getByRole('button', { name: 'Measure speed' }).waitFor({ timeout: 180_000 });
  const cells = await table.locator('tbody tr').allInnerTexts();
  assert.equal(cells.length, 2, 'the two models of the starter pack');
  for (const row of cells) assert.match(row, /tokens\/s/);
  await page.reload();
  await table.locator('tbody tr').nth(1).waitFor();
  assert.deepEqual(session.faults, []);
});

test('says where an installed model came from, and verifies it', async () => {
  const row = page.locator('#model-kontor-smollm2-135m-instruct');
  await row.getByRole('button', { name: /SmolLM2/ }).click();
  await row.getByText('came with Kontor').waitFor();
  await row.getByText('Chat template').click();
  await row.locator('pre', { hasText: '.Messages' }).waitFor();
  await row.getByRole('button', { name: 'Verify now' }).click();
  await row.getByText(/^Verified: /).waitFor();
  assert.deepEqual(await session.violations(), []);
});

test('the place of models is chosen by keyboard, in both languages and themes', async () => {
  for (const [language, theme] of [
    ['de', 'light'],
    ['de', 'dark'],
    ['en', 'dark'],
    ['en', 'light'],
  ]) {
    await session.call('settings.set', { key: 'ui.language', value: language, reset: false });
    await session.call('settings.set', { key: 'ui.theme', value: theme, reset: false });
    await page.locator(`html[lang="${language}"][data-theme="${theme}"]`).waitFor();
    await page.locator('section[aria-labelledby="model-place"] button').click();
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await session.violations(), []);
    await session.dialogByKeyboard();
  }
  assert.deepEqual(session.faults, []);
});
