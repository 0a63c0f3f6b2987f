// The way of a person who links a folder: its state, its files, what moves,
// what cannot be read, and a share that goes away.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server, Session, documents, startBrowser } from './harness.mjs';

const parent = mkdtempSync(join(tmpdir(), 'kontor-share-'));
const root = join(parent, 'Personal');
let server, browser, session, page;

/** kontor runs a command beside the server, as a person in a terminal does. */
function kontor(...args) {
  const env = { PATH: process.env.PATH, HOME: server.data, LANG: 'de_DE.UTF-8', TMPDIR: tmpdir() };
  return execFileSync(process.env.KONTOR_BIN, ['--data', server.data, ...args], { env, encoding: 'utf8' });
}

const card = () => page.locator('[data-folder]').first();
const state = (name) => page.locator(`[data-folder="${name}"]`).first().waitFor({ timeout: 120_000 });

async function details() {
  await page.getByRole('link', { name: 'Personal' }).first().click();
  await page.getByRole('tab', { name: 'Angaben und Ordner' }).click();
}

before(async () => {
  mkdirSync(join(root, 'Urlaub'), { recursive: true });
  copyFileSync(documents.holidays, join(root, 'Urlaub', basename(documents.holidays)));
  copyFileSync(documents.evidence, join(root, basename(documents.evidence)));
  copyFileSync(documents.encrypted, join(root, 'geschützt.pdf'));
  writeFileSync(join(root, 'Kopie.txt'), 'Ein kurzer Text über den Betriebsausflug nach Potsdam.');
  server = await new Server().start();
  browser = await startBrowser();
  session = new Session(browser, server);
  page = await session.open({ language: 'de' });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(parent, { recursive: true, force: true });
});

test('a folder linked in the terminal appears, and is read', async () => {
  await session.goto('#/documents');
  await page.getByRole('tab', { name: 'Angaben und Ordner' }).click();
  await page.getByText('kontor link DIR').waitFor();
  assert.match(kontor('link', root), /verknüpft/);
  await details();
  await state('synced');
  await card().getByText('3 Dateien durchsuchbar').waitFor({ timeout: 120_000 });
  await card().getByText('1 nicht lesbar').waitFor();
});

test('a page cannot name a path', async () => {
  const answer = await session.call('folders.link', {
    path: parent,
    collectionId: '',
    include: [],
    exclude: [],
  });
  assert.equal(answer.problem?.code, 'not_allowed');
});

test('every file says what became of it, and why', async () => {
  await card().getByRole('button', { name: 'Dateien zeigen' }).click();
  await page.locator('[data-file]').nth(3).waitFor();
  await page.getByRole('button', { name: /^Nicht lesbar/ }).click();
  // The one that failed is in the list of all, too: wait for the others to go.
  await page.waitForFunction(() => document.querySelectorAll('[data-file]').length === 1);
  const failed = page.locator('[data-file="failed"]');
  assert.match(await failed.innerText(), /geschützt\.pdf[\s\S]*Kennwort/);
  await page.getByRole('button', { name: 'Zurück zur Sammlung' }).click();
});

test('a file that moves keeps its document; one that is deleted goes', async () => {
  const ids = async () => {
    const { result } = await session
      .call('documents.list', { collectionId: '', offset: 0, limit: 50 })
      .then((answer) => ({
        result: answer.result ?? answer,
      }));
    return new Map(result.documents.map((one) => [basename(one.origin), one.id]));
  };
  const before = (await ids()).get('Kopie.txt');
  renameSync(join(root, 'Kopie.txt'), join(root, 'Urlaub', 'Ausflug.txt'));
  rmSync(join(root, basename(documents.evidence)));
  await card().getByText('2 Dateien durchsuchbar').waitFor({ timeout: 60_000 });
  const after = await ids();
  assert.equal(after.get('Ausflug.txt'), before);
  assert.equal(after.has(basename(documents.evidence)), false);
});

test('a share that goes away is a problem with a next step, and loses nothing', async () => {
  const aside = join(parent, 'aside');
  renameSync(root, aside);
  mkdirSync(root);
  await card()
    .getByRole('button', { name: /^Aktionen/ })
    .click();
  await page.getByRole('menuitem', { name: 'Jetzt durchsehen' }).click();
  await state('problem');
  await card().getByText('ist plötzlich leer').waitFor();
  await card().getByRole('button', { name: 'Ordner ist wirklich leer' }).waitFor();
  await card().getByText('2 Dateien durchsuchbar').waitFor();
  rmSync(root, { recursive: true });
  renameSync(aside, root);
  await card()
    .getByRole('button', { name: /^Aktionen/ })
    .click();
  await page.getByRole('menuitem', { name: 'Jetzt durchsehen' }).click();
  await state('synced');
});

test('purpose, person and date of a collection are kept, and the date is told', async () => {
  await page.getByLabel('Zweck').fill('Fragen zu Urlaub und Arbeitszeit');
  await page.getByLabel('Verantwortlich').fill('Frau Sommer');
  await page.getByLabel('Aufbewahren bis').fill('2020-12-31');
  await page.getByRole('button', { name: 'Speichern' }).click();
  await page.getByText('Gespeichert').waitFor();
  await page.locator('.due').getByText('31.12.2020').waitFor();
  await page.reload();
  await session.goto('#/documents');
  await page.locator('.notice').getByText('Personal').waitFor();
  await details();
  assert.equal(await page.getByLabel('Zweck').inputValue(), 'Fragen zu Urlaub und Arbeitszeit');
  await page.getByText('Tokens, geschätzt').waitFor();
});

test('documents are chosen by keyboard and put into another collection', async () => {
  await session.call('collections.create', { id: '', name: 'Ausflüge' });
  await page.getByRole('tab', { name: 'Dokumente' }).click();
  const box = page.getByRole('checkbox', { name: /Ausflug/ });
  await box.focus();
  await page.keyboard.press('Space');
  await page.getByText('1 ausgewählt').first().waitFor();
  await page.keyboard.press('Control+a');
  await page.getByText('3 ausgewählt').first().waitFor();
  await page.getByRole('button', { name: /Auch aufnehmen in/ }).click();
  await page.getByRole('menuitem', { name: 'Ausflüge' }).click();
  await page.getByText('3 Dokumente in „Ausflüge“ aufgenommen.').waitFor();
});

test('ending the link keeps the documents if that is wished', async () => {
  await details();
  await card()
    .getByRole('button', { name: /^Aktionen/ })
    .click();
  await page.getByRole('menuitem', { name: 'Verknüpfung lösen' }).click();
  await page.getByRole('button', { name: 'Dokumente behalten' }).click();
  await page.locator('[data-folder]').first().waitFor({ state: 'detached' });
  await page.getByRole('tab', { name: 'Dokumente' }).click();
  await page.locator('.document').nth(2).waitFor();
});

test('nothing ran that should not, and nothing went out', () => {
  const expected = /status of 403/;
  assert.deepEqual(
    session.faults.filter((fault) => !expected.test(fault)),
    [],
  );
});
