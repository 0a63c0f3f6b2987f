// The ways of answering: chosen at the question, shown at the answer, tried
// once more in another way; going through everything; a table asked by a form;
// documents named with @. The model says what the test wants, all else is real.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server, Session, startBrowser } from './harness.mjs';
import { startScripted } from './scripted.mjs';

const words = 'Der Absatz geht weiter mit Worten über Lager, Wetter und Wege. '.repeat(12);
const paragraphs = (from, to) =>
  Array.from({ length: to - from }, (_, i) => {
    const n = from + i;
    return `## Abschnitt ${n}\n\nDie Firma Lieferant${n} liefert jährlich ${100 + n} Maschinen. ${words}\n`;
  });
const files = {
  'Lieferanten Nord.md': `# Lieferanten Nord\n\n${paragraphs(0, 25).join('\n')}`,
  'Lieferanten Süd.md': `# Lieferanten Süd\n\n${paragraphs(25, 50).join('\n')}`,
  'Umsatz 2024.csv':
    'Kunde;Umsatz (€);Datum;Region\nMüller GmbH;1.234,56;31.01.2024;Nord\nWeber AG;2.000,00;29.02.2024;Süd\n' +
    'Müller GmbH;65,44;01.03.2024;Nord\nKlein;n. a.;02.03.2024;Süd\nSumme;3.300,00;;\n',
};

// pace slows the batches of a survey down, so that a test can look at one.
let pace = 0;
function answer(prompt) {
  const found = prompt.match(/Die Firma Lieferant\d+ liefert jährlich \d+ Maschinen/g) ?? [];
  if (found.length > 0) return { text: found.map((line) => `- [1] ${line}.`).join('\n'), pace };
  if (prompt.includes('höchsten Umsatz')) {
    return {
      text: '{"sql": "SELECT kunde, umsatz_eur FROM sheet ORDER BY umsatz_eur DESC LIMIT 1"}',
    };
  }
  return { text: 'Die Firma Lieferant3 liefert jährlich 103 Maschinen.' };
}

let model, server, browser, session, page, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kontor-modes-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  model = await startScripted(answer);
  server = await new Server({ args: ['--runtime-url', model.url] }).start();
  browser = await startBrowser();
  session = new Session(browser, server);
  page = await session.open({ language: 'de' });
  await session.call('settings.set', { key: 'documents.reading_seconds', value: '0', reset: false });
  await session.drop(Object.keys(files).map((name) => join(folder, name)));
  await page.getByText('Meine Dokumente').waitFor();
  await session.goto('#/documents');
  await page.waitForFunction(
    () => document.querySelectorAll('[data-status="searchable"], [data-status="ready"]').length === 3,
    undefined,
    { timeout: 120_000 },
  );
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const last = () => page.locator('article.answer').last();

async function newChat() {
  // What a failed test left open must not fail the next ones.
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Neuer Chat' }).click();
  await page.getByRole('heading', { name: 'Was möchten Sie wissen?' }).waitFor();
  await session.useCollection('Meine Dokumente');
}

test('the way of answering is chosen by keyboard, and its cost is told before', async () => {
  await newChat();
  await page.fill('#composer', 'Wie viele Lieferanten haben wir?');
  await page.getByText('Diese Frage gilt allen Dokumenten.').waitFor();
  await session.pictures('proposal');
  await page.locator('.mode-menu').focus();
  await page.keyboard.press('Enter');
  const chosen = page.getByRole('menuitemradio', { name: /Automatisch/ });
  await chosen.waitFor();
  assert.equal(await chosen.getAttribute('aria-checked'), 'true');
  const everything = page.getByRole('menuitemradio', { name: /Alles durchgehen/ });
  assert.match(await everything.innerText(), /\d+ Textstellen, etwa \d+/);
  assert.deepEqual(await session.violations(), []);
  await session.pictures('menu');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('.mode-menu.chosen').getByText('Alles durchgehen').waitFor();
});

test('going through everything shows its progress, stops with what it has, and goes on', async () => {
  pace = 25;
  await page.locator('#composer').focus();
  await page.keyboard.press('Enter');
  await last()
    .getByText(/Bisher \d+ Funde/)
    .waitFor({ timeout: 60_000 });
  assert.deepEqual(await session.violations(), []);
  await session.pictures('progress');
  await page.keyboard.press('Control+.');
  await last()
    .getByText(/^Unvollständig: \d+ von \d+ Textstellen sind gelesen\./)
    .waitFor();
  const found = await last().locator('.markdown li').count();
  assert.ok(found > 0 && found < 50, `${found} findings`);
  assert.deepEqual(await session.violations(), []);
  await session.pictures('stopped');
  pace = 0;
  await last().getByRole('button', { name: 'Ab hier weiterlesen' }).click();
  await last().locator('.markdown').getByText('50.', { exact: true }).waitFor({ timeout: 120_000 });
  assert.equal(await last().locator('.markdown li').count(), 50);
  assert.match(await last().locator('div.mode').innerText(), /(\d+) von \1 Textstellen durchgegangen/);
  const number = last().locator('li button.citation').first();
  await number.hover();
  await page.locator('.card').getByText('Lieferant0 liefert').waitFor();
  await page.mouse.move(0, 0);
  await session.pictures('everything');
});

test('an answer is made once more in another way, and the question says how it was asked', async () => {
  await page.locator('article.question .way').getByText('Alles durchgehen').waitFor();
  await last().getByRole('button', { name: 'Anders versuchen' }).click();
  await page.getByRole('menuitem', { name: /Passende Stellen/ }).waitFor();
  assert.deepEqual(await session.violations(), []);
  await session.pictures('another');
  await page.getByRole('menuitem', { name: /Passende Stellen/ }).click();
  await last()
    .locator('div.mode')
    .getByText(/^Beantwortet aus \d+ Stellen?/)
    .waitFor();
  await last().locator('.answer-row').waitFor();
});

test('a document is named with @, by keyboard alone', async () => {
  await newChat();
  await page.locator('#composer').pressSequentially('Wie viele Maschinen in @liefer');
  const list = page.getByRole('listbox', { name: 'Dokumente und Sammlungen' });
  await list.waitFor();
  const options = list.getByRole('option');
  assert.equal(await options.count(), 2);
  assert.equal(await page.locator('#composer').getAttribute('aria-activedescendant'), 'mention-0');
  assert.deepEqual(await session.violations(), []);
  await session.pictures('mention');
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'detached' });
  assert.equal(await page.inputValue('#composer'), 'Wie viele Maschinen in @liefer');
  await page.locator('#composer').press('End');
  for (let i = 0; i < 7; i += 1) await page.keyboard.press('Backspace');
  await page.locator('#composer').pressSequentially('@süd');
  await list.waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('.composer ul.filter').getByText('Lieferanten Süd.md').waitFor();
  assert.equal(await page.inputValue('#composer'), 'Wie viele Maschinen in ');
  await page.locator('#composer').pressSequentially('diesem Dokument?');
  await session.pictures('chips');
  await page.keyboard.press('Enter');
  await last().locator('.answer-row').waitFor({ timeout: 60_000 });
  await page.locator('article.question ul.filter').getByText('Lieferanten Süd.md').waitFor();
  const cited = await last().locator('.passage .document').allInnerTexts();
  assert.ok(cited.length > 0 && cited.every((name) => name.includes('Süd')), cited.join(', '));
  assert.equal(await page.locator('.composer ul.filter').count(), 0);
  await session.pictures('asked');
});

test('file types and dates narrow a question', async () => {
  await newChat();
  await page.getByRole('button', { name: 'Suche eingrenzen' }).click();
  await page.getByLabel('CSV').check();
  await page.getByLabel('Hinzugefügt ab').fill('2020-01-31');
  assert.deepEqual(await session.violations(), []);
  await session.pictures('filter');
  await page.keyboard.press('Escape');
  const chips = page.locator('.composer ul.filter');
  await chips.getByText('ab 31.01.2020').waitFor();
  await chips.getByRole('button', { name: 'CSV entfernen' }).click();
  assert.equal(await chips.locator('li').count(), 1);
  await chips.getByRole('button').click();
  await chips.waitFor({ state: 'detached' });
});

test('a table is asked by a form, without a model', async () => {
  await newChat();
  await page.locator('.mode-menu').click();
  await page.getByRole('menuitem', { name: /Tabelle im Formular abfragen/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Tabelle im Formular abfragen' });
  await dialog.getByText('4 Zeilen, 4 Spalten.').waitFor();
  const group = dialog.locator('label', { hasText: /^Je/ }).locator('select');
  await dialog.getByRole('button', { name: 'Bedingung hinzufügen' }).click();
  await dialog.getByLabel('Wert', { exact: true }).fill('müller gmbh');
  await dialog.getByLabel('Anzeigen').selectOption('sum');
  await dialog.getByText('Summe: Umsatz (€)').waitFor();
  await dialog.getByRole('cell', { name: '1.300 €' }).waitFor();
  assert.deepEqual(await session.violations(), []);
  await session.pictures('form');
  await group.selectOption('region');
  await dialog.getByRole('cell', { name: 'Nord' }).waitFor();
  await group.selectOption('');
  await dialog.getByRole('button', { name: 'In den Chat übernehmen' }).click();
  await dialog.waitFor({ state: 'detached' });
  await last().locator('.markdown').getByText('1.300,00 €').waitFor();
  await page.getByText('Summe: Umsatz (€) für Zeilen mit Kunde ist gleich müller gmbh').first().waitFor();
  await last().locator('summary').click();
  await last()
    .locator('pre')
    .getByText("SELECT sum(umsatz_eur) AS sum_umsatz_eur FROM sheet WHERE kunde IN ('Müller GmbH')")
    .waitFor();
  assert.equal(await last().locator('.passage').count(), 2);
  assert.deepEqual(await session.violations(), []);
  await session.pictures('table');
  await last().locator('.passage .open').first().click();
  await page.locator('aside').getByText('1.234,56').first().waitFor();
  await page.keyboard.press('Escape');
});

test('a model writes a query, and the query is shown', async () => {
  await newChat();
  await page.locator('.mode-menu').click();
  await page.getByRole('menuitemradio', { name: /Tabelle abfragen/ }).click();
  const answered = await session.ask('Welcher Kunde hat den höchsten Umsatz?');
  await answered.getByRole('cell', { name: '2.000,00 €' }).waitFor();
  await answered.getByText('Diese Abfrage hat das Modell geschrieben.').waitFor();
  await session.pictures('query');
  assert.deepEqual(session.faults, []);
});
