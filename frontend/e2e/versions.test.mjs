// Versions of an answer: of two models side by side, gone on with, changed by a person.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server, Session, startBrowser } from './harness.mjs';
import { startScripted } from './scripted.mjs';

/** A folder for pictures of each state, "" for none. */
const pictures = process.env.KONTOR_PICTURES ?? '';

let model, server, browser, session, page;
let release = () => undefined;
let held = Promise.resolve();

const text = (name) =>
  `Antwort von ${name}.\n\nDie Frist beträgt **drei Monate** zum Ende eines Quartals. Sie beginnt mit dem Zugang der Kündigung.`;

function answer(question, body) {
  if (body.raw) return { text: ' und endet mit dem Jahr.' };
  if (question.includes('Halb'))
    return { text: 'Die Frist beginnt am ersten Januar', hold: new Promise(() => undefined) };
  if (question.includes('Absturz') && body.model === 'scripted:latest')
    return { text: 'Ein Schiffbruch beginnt', hold: new Promise(() => undefined) };
  if (question.includes('Langsam')) return { text: text(body.model), hold: held };
  return { text: text(body.model) };
}

before(async () => {
  if (pictures) mkdirSync(pictures, { recursive: true });
  model = await startScripted(answer, { second: 'zweites' });
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
const sides = () => page.locator('.compared .side');
const item = (name) => page.getByRole('menuitem', { name, exact: true });

// What another test has left open is gone with its page.
async function fresh() {
  await page.reload();
  await session.goto('#/chat');
  await page.getByRole('heading', { name: 'Was möchten Sie wissen?' }).waitFor();
}

async function begin(question) {
  await fresh();
  await page.fill('#composer', question);
  await page.keyboard.press('Enter');
}

async function ended(count = 1) {
  await page.getByRole('button', { name: 'Senden' }).waitFor();
  await page
    .locator('article.answer[aria-busy="false"] .answer-row')
    .nth(count - 1)
    .waitFor();
}

async function more() {
  await last().getByRole('button', { name: 'Mehr zu dieser Antwort' }).click();
}

async function judge(name) {
  assert.deepEqual(await session.violations(), [], name);
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) });
}

test('another model answers beside the first, and one of them is kept', async () => {
  await begin('Welche Frist gilt?');
  await ended();
  await more();
  await item('Mit einem anderen Modell vergleichen …').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'zweites' }).waitFor();
  await judge('compare-dialog');
  await dialog.getByRole('button', { name: 'Vergleichen', exact: true }).click();
  await sides().nth(1).getByText('Antwort von zweites:latest').waitFor();
  await ended(2);
  assert.match(
    await sides().first().innerText(),
    /Antwort von scripted:latest[^]*Der Chat geht|Der Chat geht[^]*Antwort von scripted/,
  );
  const [left, right] = [await sides().first().boundingBox(), await sides().nth(1).boundingBox()];
  assert.ok(left.y === right.y && right.x > left.x + left.width, 'the two stand side by side');
  await judge('compared');
  await page.setViewportSize({ width: 420, height: 800 });
  await sides().nth(1).scrollIntoViewIfNeeded();
  const [above, below] = [await sides().first().boundingBox(), await sides().nth(1).boundingBox()];
  assert.ok(
    below.y > above.y + above.height - 1 && below.x === above.x,
    'narrow, they stand one below the other',
  );
  await judge('compared-narrow');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole('button', { name: 'Diese behalten: zweites:latest' }).click();
  await page.locator('.compared').waitFor({ state: 'detached' });
  await last().getByText('Antwort von zweites:latest').waitFor();
  await last().getByText('2/2').waitFor();
});

test('two models are asked the next question; a page that is loaded again shows both, stop ends both', async () => {
  held = new Promise((resolve) => (release = resolve));
  await fresh();
  await page.keyboard.press('Control+k');
  // The command is there once the models are known, and the sidebar has a search field of its own.
  await page.getByRole('combobox', { name: 'Suche und Befehle' }).fill('vergleichen');
  await page
    .getByRole('option', { name: /vergleichen/ })
    .first()
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Mit der nächsten Frage' }).click();
  await page.getByText(/Fragt auch /).waitFor();
  await judge('compare-next');
  await page.fill('#composer', 'Langsam, bitte');
  await page.locator('#composer').press('Enter');
  await sides().first().getByText('drei Monate').waitFor();
  await page.getByText('Die Antworten entstehen nacheinander').waitFor();
  await page.reload();
  await sides().first().getByText('drei Monate').waitFor();
  assert.equal(await sides().count(), 2);
  await judge('compare-running');
  await page.getByRole('button', { name: 'Anhalten' }).click();
  await ended(2);
  await sides().first().getByText('Sie haben diese Antwort angehalten.').waitFor();
  await sides().nth(1).getByText('Sie haben diese Antwort angehalten.').waitFor();
  assert.match(await sides().first().innerText(), /drei Monate/);
  release();
});

test('an answer that was stopped goes on where it was cut, without a word twice', async () => {
  await begin('Halb, bitte');
  await last().getByText('ersten Januar').waitFor();
  await page.getByRole('button', { name: 'Anhalten' }).click();
  await last().getByRole('button', { name: 'Weiterschreiben' }).waitFor();
  await judge('cut');
  await last().getByRole('button', { name: 'Weiterschreiben' }).click();
  await last()
    .getByText('Die Frist beginnt am ersten Januar und endet mit dem Jahr.', { exact: true })
    .waitFor();
  await last().getByRole('button', { name: 'Weiterschreiben' }).waitFor({ state: 'detached' });
  assert.equal(await page.locator('article.answer').count(), 1);
});

test('an answer is copied as Markdown, as text and formatted', async () => {
  await begin('Welche Frist gilt?');
  await ended();
  await session.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  // While the clipboard takes over what is copied it cannot be read: it is read until it holds the words.
  const holds = (type, words) =>
    page.waitForFunction(
      async ([type, words]) => {
        try {
          const [all] = await navigator.clipboard.read();
          return all.types.includes(type) && (await (await all.getType(type)).text()).includes(words);
        } catch {
          return false;
        }
      },
      [type, words],
    );
  const copy = async (name) => {
    await more();
    await item(name).click();
    await page.getByText('Kopiert', { exact: true }).filter({ visible: true }).first().waitFor();
  };
  await copy('Als Markdown mit Fußnoten kopieren');
  await holds('text/plain', '**drei Monate**');
  await copy('Formatiert kopieren (für Word, E-Mail)');
  await holds('text/html', '<strong>drei Monate</strong>');
  await holds('text/plain', 'beträgt drei Monate zum');
});

test('an answer is marked, with a reason, and found by its mark', async () => {
  await begin('Welche Frist gilt hier?');
  await ended();
  const bad = last().getByRole('button', { name: 'Schlechte Antwort' });
  await bad.click();
  await last().getByLabel('Warum?').fill('Das Quartal fehlt.');
  await judge('marking');
  await page.keyboard.press('Enter');
  await last().getByText('Ihre Anmerkung: Das Quartal fehlt.').waitFor();
  assert.equal(await bad.getAttribute('aria-pressed'), 'true');
  await page.reload();
  await last().getByText('Ihre Anmerkung: Das Quartal fehlt.').waitFor();
  const found = await session.call('chats.search', { query: 'note:schlecht', limit: 5 });
  assert.equal(found.hits.length, 1);
  await judge('marked');
  // The reason is taken back, the mark stays.
  await last().getByRole('button', { name: 'Grund der Bewertung ändern' }).click();
  await last().getByLabel('Warum?').fill('');
  await page.setViewportSize({ width: 420, height: 800 });
  const [save, close] = await Promise.all(
    ['Speichern', 'Schließen'].map((name) => last().getByRole('button', { name }).boundingBox()),
  );
  assert.ok(Math.abs(save.y - close.y) < 2 && close.height < 45, 'the buttons stand in one row');
  await judge('marking-narrow');
  await last().getByRole('button', { name: 'Speichern' }).click();
  await last().getByText('Ihre Anmerkung: Das Quartal fehlt.').waitFor({ state: 'detached' });
  await page.setViewportSize({ width: 1280, height: 800 });
  assert.equal(await bad.getAttribute('aria-pressed'), 'true');
  // The marks are counted, and lead to their chats.
  await session.call('collections.create', { id: '', name: 'Akten' });
  await session.goto('#/documents');
  await page
    .getByRole('link', { name: 'Akten' })
    .or(page.getByRole('button', { name: 'Akten' }))
    .first()
    .click();
  await page.getByRole('button', { name: 'Qualität' }).click();
  await page.getByRole('dialog').getByRole('rowheader', { name: 'scripted:latest' }).waitFor();
  await judge('marks');
  await page.getByRole('button', { name: 'scripted:latest: 1 schlechte Antwort zeigen' }).click();
  await page.getByRole('list', { name: 'Gefunden' }).getByRole('link').click();
  await bad.click();
  await page.waitForFunction(() => !document.querySelector('[aria-pressed="true"][aria-label^="Schlechte"]'));
});

test('an answer that a person changes says so, and the one of the model stays', async () => {
  await begin('Welche Frist gilt?');
  await ended();
  await more();
  await item('Antwort bearbeiten').click();
  const field = last().getByRole('textbox');
  assert.match(await field.inputValue(), /^Antwort von scripted/);
  await judge('editing');
  await field.fill('Meine eigene Fassung.');
  await field.press('Control+Enter');
  await last().getByText('Meine eigene Fassung.').waitFor();
  await last().getByText('von einem Menschen bearbeitet').filter({ visible: true }).waitFor();
  await last().getByText('2/2').waitFor();
  await judge('edited');
  await page.setViewportSize({ width: 420, height: 800 });
  const cut = await last()
    .locator('.model')
    .filter({ hasText: 'bearbeitet' })
    .evaluate((element) => element.scrollWidth > element.clientWidth + 1);
  assert.equal(cut, false, 'who wrote it is not cut');
  await judge('edited-narrow');
  await page.setViewportSize({ width: 1280, height: 800 });
  await last().getByRole('button', { name: 'Vorige Fassung' }).click();
  await last().getByText('Antwort von scripted:latest').waitFor();
  assert.deepEqual(session.faults, []);
});

/** written says whether a text has come to the database or its log. */
function written(text) {
  const files = readdirSync(server.data, { recursive: true }).filter((name) => name.includes('.db'));
  return files.some((name) => readFileSync(join(server.data, name)).includes(text));
}

test('a comparison survives a crash: the question, both names and what was written', async () => {
  await fresh();
  const question = {
    chatId: '',
    parentId: '',
    text: 'Was gilt nach dem Absturz?',
    collectionIds: [],
    mode: '',
  };
  const { chat } = await session.call('chats.send', {
    ...{ ...question, folderId: '', assistantId: '', images: [], formulate: true },
    compareModel: 'zweites:latest',
  });
  while (!written('Ein Schiffbruch beginnt')) await page.waitForTimeout(50);
  await server.kill();
  await server.start();
  await page.goto(server.login);
  await session.goto(`#/chat/${chat.id}`);
  await page.getByText('Was gilt nach dem Absturz?').first().waitFor();
  await sides().first().getByText('Ein Schiffbruch beginnt').waitFor();
  await sides().nth(1).getByRole('heading', { name: 'zweites:latest' }).waitFor();
  await judge('compared-crashed');
  // The one that was not begun is asked for again, and stands beside the other.
  await sides().nth(1).getByRole('button', { name: 'Erneut versuchen' }).click();
  await sides().nth(1).getByText('Antwort von zweites:latest').waitFor();
  await sides().first().getByText('Ein Schiffbruch beginnt').waitFor();
});
