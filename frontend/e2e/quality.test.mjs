// Golden questions and the store of vectors, as a person uses them, judged by
// axe-core in both languages and themes.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server, Session, documents, startBrowser } from './harness.mjs';
import { startScripted } from './scripted.mjs';

/** A folder for pictures of each state, "" for none. */
const pictures = process.env.KONTOR_PICTURES ?? '';

let model, server, browser, session, page, collection;

before(async () => {
  if (pictures) mkdirSync(pictures, { recursive: true });
  model = await startScripted(() => ({ text: 'Der Urlaub beträgt jährlich mindestens 24 Werktage.' }));
  server = await new Server({ args: ['--runtime-url', model.url] }).start();
  browser = await startBrowser();
  session = new Session(browser, server);
  page = await session.open({ language: 'en' });
  await session.drop([documents.holidays, documents.temporary]);
  await page.getByText('My documents').waitFor();
  const { collections } = await session.call('collections.list', {});
  collection = collections[0].id;
  await session.goto(`#/documents/${collection}`);
  await page.waitForFunction(
    () => document.querySelectorAll('[data-status="ready"]').length === 2,
    undefined,
    { timeout: 120_000 },
  );
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
});

const dialog = () => page.getByRole('dialog');

test('a source of an answer becomes a golden question with one click', async () => {
  await page.getByRole('button', { name: 'New chat' }).click();
  await session.useCollection('My documents');
  await session.ask('Wie viele Werktage Urlaub gibt es mindestens?');
  await page.getByRole('button', { name: 'Keep source 1 as golden question' }).click();
  await page.getByText('Kept as a golden question').waitFor();
});

test('golden questions are added, asked and judged', async () => {
  await session.goto(`#/documents/${collection}`);
  await page.getByRole('button', { name: 'Quality' }).click();
  await dialog().getByText('Wie viele Werktage Urlaub gibt es mindestens?').waitFor();
  await dialog().getByRole('button', { name: 'Add question' }).click();
  await dialog().getByLabel('Question', { exact: true }).fill('Wann verjährt der Anspruch auf Mondlicht?');
  await dialog().getByLabel('Document that answers it').fill('bundesurlaubsgesetz.pdf');
  await dialog().getByLabel('Page', { exact: true }).fill('99');
  await dialog().getByRole('button', { name: 'Save question' }).click();
  await dialog().getByRole('button', { name: 'Ask now' }).click();
  await dialog().getByText('Right place among the first three').waitFor({ timeout: 60_000 });
  await dialog().getByText('asked by hand').waitFor();
  await dialog()
    .getByText(/Found at position \d/)
    .waitFor();
  const quality = await session.call('quality.get', { id: collection });
  assert.equal(quality.questions.length, 2);
  assert.equal(quality.runs[0].found, 1);
});

test('the list goes out as CSV and comes back', async () => {
  const waiting = page.waitForEvent('download');
  await dialog().getByRole('button', { name: 'Export' }).click();
  const file = await (await waiting).path();
  const text = readFileSync(file, 'utf8');
  assert.match(text, /^\uFEFFQuestion,Document,Page/);
  const chooser = page.waitForEvent('filechooser');
  await dialog().getByRole('button', { name: 'Import' }).click();
  await (
    await chooser
  ).setFiles({
    name: 'fragen.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`${text}"Gilt das Gesetz auch in Teilzeit?",bundesurlaubsgesetz.pdf,1\r\n`),
  });
  await page.getByText('1 question added, 2 known already').waitFor();
  await page.keyboard.press('Escape');
});

test('a store that is not there is told, and nothing is lost', async () => {
  await session.goto('#/settings/documents');
  const section = page
    .locator('section', { has: page.getByRole('heading', { name: 'Where vectors are searched' }) })
    .last();
  await section.getByLabel('Move to').selectOption('qdrant');
  await section.getByLabel('Address of the server').fill('http://vectors.example:6333');
  await section.getByText('will leave this one').waitFor();
  assert.equal(await section.getByRole('button', { name: 'Move the vectors' }).isDisabled(), true);
  await section.getByLabel('Address of the server').fill('http://127.0.0.1:9');
  await section.getByRole('button', { name: 'Move the vectors' }).click();
  await section.getByText('Qdrant at 127.0.0.1:9 cannot be reached').waitFor({ timeout: 60_000 });
  assert.equal((await session.call('vectors.status', {})).store, 'automatic');
  await section.getByLabel('Move to').selectOption('slab');
  await section.getByRole('button', { name: 'Move the vectors' }).click();
  await section.getByText(/Moved: In memory, for many passages/).waitFor({ timeout: 60_000 });
});

for (const language of ['de', 'en']) {
  for (const theme of ['light', 'dark']) {
    test(`accessible: ${language}, ${theme}`, async (t) => {
      await session.call('settings.set', { key: 'ui.language', value: language, reset: false });
      await session.call('settings.set', { key: 'ui.theme', value: theme, reset: false });
      await page.locator(`html[lang="${language}"][data-theme="${theme}"]`).waitFor();
      for (const width of [1280, 420]) {
        await page.setViewportSize({ width, height: 800 });
        const judge = async (name) => {
          await page.waitForTimeout(250);
          if (pictures)
            await page.screenshot({ path: join(pictures, `${name}-${language}-${theme}-${width}.png`) });
          assert.deepEqual(await session.violations(), []);
          const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(wider <= 0, `the page is ${wider} px wider than its window`);
        };
        await t.test(`quality, ${width}`, async () => {
          await session.goto(`#/documents/${collection}`);
          await page.getByRole('button', { name: language === 'de' ? 'Qualität' : 'Quality' }).click();
          await dialog().locator('dl').waitFor();
          await judge('quality');
          await dialog()
            .getByRole('button', { name: language === 'de' ? 'Frage hinzufügen' : 'Add question' })
            .click();
          await dialog().locator('form').waitFor();
          await judge('quality-form');
          await page.keyboard.press('Escape');
          await dialog().waitFor({ state: 'detached' });
        });
        await t.test(`vectors, ${width}`, async () => {
          await session.goto('#/settings/documents');
          const select = page.locator('section[aria-labelledby="vector-store"] select');
          await select.waitFor();
          await select.selectOption('pgvector');
          await page
            .locator('section[aria-labelledby="vector-store"] .wide input')
            .fill('postgres://kontor@db.example/kontor');
          await select.scrollIntoViewIfNeeded();
          await judge('vectors');
        });
      }
    });
  }
}

test('nothing went wrong behind the page', () => {
  assert.deepEqual(session.faults, []);
});
