// The field questions are written in: what waits behind a running answer,
// drafts, what fits, pictures, quotations; and answers read aloud. The model says what the test wants, all else is real.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server, Session, startBrowser } from './harness.mjs';
import { startScripted } from './scripted.mjs';

// A question with "warte" is answered when the test lets it go.
let release = () => {};
function hold() {
  const held = new Promise((resolve) => (release = resolve));
  return { text: 'Das Warten hat ein Ende.', until: held };
}
function answer(prompt) {
  if (prompt.includes('warte')) return hold();
  return { text: `Antwort auf: ${prompt}` };
}

// A voice that says nothing but keeps what it is given, for browsers without one.
function voice() {
  const spoken = (window.spoken = []);
  const voices = [
    { lang: 'en-GB', localService: true, name: 'English' },
    { lang: 'de-DE', localService: false, name: 'On the internet' },
    { lang: 'de-DE', localService: true, name: 'Deutsch' },
  ];
  let last;
  window.SpeechSynthesisUtterance = class extends EventTarget {
    constructor(text) {
      super();
      this.text = text;
    }
  };
  const synthesis = Object.assign(new EventTarget(), {
    getVoices: () => voices,
    speak: (utterance) => {
      last = utterance;
      spoken.push([utterance.voice.name, utterance.text]);
    },
    cancel: () => spoken.push(['cancel', '']),
  });
  window.finishPiece = () => last.dispatchEvent(new Event('end'));
  Object.defineProperty(window, 'speechSynthesis', { value: synthesis });
}

let model, server, browser, session, page;

before(async () => {
  model = await startScripted(answer, { eyes: true });
  server = await new Server({ args: ['--runtime-url', model.url] }).start();
  browser = await startBrowser();
  session = new Session(browser, server);
  page = await session.open({ language: 'de' });
  await useModel('scripted:latest');
});

after(async () => {
  release();
  await browser?.close();
  await server?.stop();
  await model?.stop();
});

const useModel = (value) => session.call('settings.set', { key: 'chat.model', value, reset: false });
const composer = () => page.locator('#composer');
const answers = () => page.locator('article.answer');
const queued = () => page.locator('[data-queued]');

async function newChat() {
  // What a failed test left open must not fail the next ones.
  release();
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Neuer Chat' }).click();
  await page.getByRole('heading', { name: 'Was möchten Sie wissen?' }).waitFor();
  await composer().fill('');
}

async function ask(text) {
  await composer().fill(text);
  await page.keyboard.press('Enter');
  await page.locator('article.question .bubble').getByText(text, { exact: true }).waitFor();
}

test('a question waits for the running answer, can be changed and taken out, and is sent after it', async () => {
  await newChat();
  await ask('Bitte warte');
  await page.getByRole('button', { name: 'Anhalten' }).waitFor();
  for (const text of ['Erste Frage', 'Zweite Frage', 'Dritte Frage']) {
    await composer().fill(text);
    await page.keyboard.press('Enter');
    await queued().getByText(text).waitFor();
  }
  assert.equal(await composer().inputValue(), '');
  assert.deepEqual(await session.violations(), []);
  await session.pictures('queue');
  // Changed and taken out by keyboard alone.
  await queued().nth(0).getByRole('button', { name: 'Wartende Frage ändern' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('#queued-text').fill('Geänderte Frage');
  await page.keyboard.press('Enter');
  await queued().nth(0).getByText('Geänderte Frage').waitFor();
  await queued().nth(1).getByRole('button', { name: 'Wartende Frage entfernen' }).focus();
  await page.keyboard.press('Enter');
  await queued().getByText('Zweite Frage').waitFor({ state: 'detached' });
  await page.reload();
  await queued().getByText('Geänderte Frage').waitFor();
  assert.equal(await queued().count(), 2);
  release();
  await answers().getByText('Antwort auf: Geänderte Frage').waitFor();
  await answers().getByText('Antwort auf: Dritte Frage').waitFor();
  await queued().first().waitFor({ state: 'detached' });
  const asked = await page.locator('article.question .bubble').allInnerTexts();
  assert.deepEqual(asked, ['Bitte warte', 'Geänderte Frage', 'Dritte Frage']);
});

test('a waiting question is sent at once, and the answer it waited for keeps its text', async () => {
  await newChat();
  await ask('Bitte warte noch einmal');
  await page.getByRole('button', { name: 'Anhalten' }).waitFor();
  await composer().fill('Lieber gleich');
  await page.keyboard.press('Enter');
  await queued().getByRole('button', { name: 'Antwort beenden und jetzt senden' }).click();
  await answers().getByText('Antwort auf: Lieber gleich').waitFor();
  await queued().first().waitFor({ state: 'detached' });
});

test('drafts and waiting questions are there after a crash; a draft ends with its question', async () => {
  await newChat();
  await ask('Bitte warte lange');
  await page.getByRole('button', { name: 'Anhalten' }).waitFor();
  await composer().fill('Wartet auf den Neustart');
  await page.keyboard.press('Enter');
  await queued().getByText('Wartet auf den Neustart').waitFor();
  const chat = await page.evaluate(() => window.location.hash);
  await composer().fill('Ein angefangener Satz');
  await page.waitForResponse(
    (response) => response.url().endsWith('drafts.save') && response.request().postData().includes('Satz'),
  );
  await page.reload();
  await page.waitForFunction(() => document.querySelector('#composer')?.value === 'Ein angefangener Satz');
  await server.kill();
  release();
  await server.start();
  await page.goto(server.login);
  await session.goto(chat);
  await page.waitForFunction(() => document.querySelector('#composer')?.value === 'Ein angefangener Satz');
  await queued().getByText('Noch nicht gesendet').waitFor();
  assert.deepEqual(await session.violations(), []);
  await session.pictures('queue-held');
  await queued().getByRole('button', { name: 'Jetzt senden' }).click();
  await answers().getByText('Antwort auf: Wartet auf den Neustart').waitFor();
  assert.equal(await composer().inputValue(), 'Ein angefangener Satz');
  await page.locator('article.answer .answer-row').last().waitFor();
  await composer().press('Enter');
  await answers().getByText('Antwort auf: Ein angefangener Satz').waitFor();
  const { drafts } = await session.call('drafts.list', {});
  assert.deepEqual(drafts, []);
});

/** withWindow makes the model's window small for one test, so that little fills it. */
async function withWindow(tokens, run) {
  await session.call('settings.set', { key: 'chat.context_window', value: String(tokens), reset: false });
  try {
    await run();
  } finally {
    await session.call('settings.set', { key: 'chat.context_window', value: '', reset: true });
  }
}
const room = () => page.locator('.room');
const windowNow = async () => {
  const { settings } = await session.call('settings.list', {});
  return settings.find(({ key }) => key === 'chat.context_window').value;
};

test('the meter is calm while all fits, and opens to what the request holds', async () => {
  await newChat();
  await composer().fill('Wie lang ist die Frist?');
  const ring = page.getByRole('button', { name: /Was die nächste Anfrage enthält/ });
  await ring.waitFor();
  assert.match(await ring.innerText(), /Etwa \d+ von [\d.]+ Token/);
  assert.equal(await room().count(), 0);
  await ring.focus();
  await page.keyboard.press('Enter');
  const details = page.locator('.details', { hasText: 'Kontextfenster' });
  await details.getByText('Platz für die Antwort').waitFor();
  await details.getByText('Anweisungen').waitFor();
  assert.deepEqual(await session.violations(), []);
  await session.pictures('meter');
});

test('what is too long is told before it is sent, and a larger window takes it', async () => {
  await newChat();
  await withWindow(1024, async () => {
    await composer().fill('Langer Text über Fristen. '.repeat(120));
    await room()
      .getByText(/Die Frage ist zu lang: etwa [\d.]+ Token/)
      .waitFor();
    assert.deepEqual(await session.violations(), []);
    await session.pictures('too-long');
    await room()
      .getByRole('button', { name: /Größeres Fenster/ })
      .click();
    await room().waitFor({ state: 'detached' });
    assert.ok(Number(await windowNow()) > 1024);
    await page.getByRole('button', { name: 'Rückgängig' }).click();
    await room().waitFor();
    assert.equal(await windowNow(), '1024');
    // The other way: the text becomes a document.
    await room().getByRole('button', { name: 'Als Dokument hinzufügen' }).click();
    await page.waitForFunction(() => document.querySelector('#composer')?.value === '');
    await page.locator('.chips').getByText('Meine Dokumente').waitFor();
  });
});

test('the oldest questions that have no room are named, and the history is shortened', async () => {
  await newChat();
  for (const n of ['eins', 'zwei', 'drei', 'vier', 'fünf', 'sechs']) {
    await ask(`Frage ${n}: ${'Mietvertrag und Frist '.repeat(3)}${n}`);
    await page.locator('article.answer .answer-row').last().waitFor();
    await answers()
      .getByText(new RegExp(`^Antwort auf: Frage ${n}`))
      .waitFor();
  }
  await withWindow(1024, async () => {
    await composer().fill('Und die letzte Frage?');
    await room()
      .getByText(/Die \d ältesten Fragen mit ihren Antworten passen nicht mehr hinein/)
      .waitFor();
    await session.pictures('history');
    await room().getByRole('button', { name: 'Verlauf kürzen' }).click();
    const dialog = page.getByRole('dialog', { name: 'Welcher Verlauf wird mitgesendet?' });
    await dialog.getByText('passt nicht hinein').first().waitFor();
    assert.deepEqual(await session.violations(), []);
    await session.pictures('history-dialog');
    await dialog.getByRole('radio', { name: /Frage sechs/ }).check();
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await room().waitFor({ state: 'detached' });
    const before = model.state.requests.length;
    await page.keyboard.press('Escape');
    await composer().press('Enter');
    await answers().getByText('Antwort auf: Und die letzte Frage?').waitFor();
    const sent = model.state.requests
      .slice(before)
      .find(({ messages }) => messages?.at(-1).content === 'Und die letzte Frage?');
    const questions = sent.messages
      .filter(({ role }) => role === 'user')
      .map(({ content }) => content.slice(0, 12));
    assert.deepEqual(questions, ['Frage sechs:', 'Und die letz']);
  });
});

/** drawn makes a picture in the browser and returns its bytes. */
async function drawn(type, width, height) {
  const bytes = await page.evaluate(
    async ([type, width, height]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      const context = canvas.getContext('2d');
      for (let x = 0; x < width; x += 20) {
        context.fillStyle = `hsl(${x % 360} 70% 60%)`;
        context.fillRect(x, 0, 20, height);
      }
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, type));
      return [...new Uint8Array(await blob.arrayBuffer())];
    },
    [type, width, height],
  );
  return Buffer.from(bytes);
}
const thumbs = () => page.locator('form.composer .pictures img');

test('pictures are dropped, pasted and made to fit; a model that cannot see is told of', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kontor-pictures-'));
  try {
    await newChat();
    const small = await drawn('image/png', 300, 200);
    writeFileSync(join(folder, 'Schild.png'), small);
    await session.drop([join(folder, 'Schild.png')]);
    await thumbs().first().waitFor();
    const photo = (await drawn('image/webp', 2600, 1800)).toString('base64');
    await page.evaluate((photo) => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(photo), (char) => char.charCodeAt(0));
      transfer.items.add(new File([bytes], 'Foto.webp', { type: 'image/webp' }));
      const event = new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true });
      document.querySelector('#composer').dispatchEvent(event);
    }, photo);
    await thumbs().nth(1).waitFor();
    const size = await thumbs()
      .nth(1)
      .evaluate((img) => [Number(img.getAttribute('width')), Number(img.getAttribute('height'))]);
    assert.ok(size[0] <= 1568 && size[0] * size[1] <= 1_200_000, `${size}`);
    await composer().fill('Was ist zu sehen?');
    await page.getByText('scripted kann keine Bilder sehen.').waitFor();
    assert.deepEqual(await session.violations(), []);
    await session.pictures('pictures-blind');
    await composer().press('Enter');
    await page
      .getByRole('alert')
      .getByText(/Wählen Sie oben eyes/)
      .waitFor();
    assert.equal(await thumbs().count(), 2);
    // A picture that is a draft is there again after a reload.
    await page.reload();
    await thumbs().nth(1).waitFor();
    await page.getByRole('button', { name: 'eyes verwenden' }).click();
    await page.getByText('scripted kann keine Bilder sehen.').waitFor({ state: 'detached' });
    const before = model.state.requests.length;
    await composer().press('Enter');
    await answers().getByText('Antwort auf: Was ist zu sehen?').waitFor();
    const sent = model.state.requests.slice(before).find(({ messages }) => messages?.at(-1).images);
    assert.equal(sent.model, 'eyes:latest');
    assert.equal(sent.messages.at(-1).images.length, 2);
    assert.ok(Buffer.from(sent.messages.at(-1).images[0], 'base64').equals(small), 'other bytes arrived');
    await thumbs().first().waitFor({ state: 'detached' });
    await page.locator('article.question .pictures img').nth(1).waitFor();
    await page.reload();
    await page.locator('article.question .pictures img').nth(1).waitFor();
    assert.deepEqual(await session.violations(), []);
    await session.pictures('pictures-asked');
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await useModel('scripted:latest');
  }
});

test('a temporary chat takes pictures, and forgets them with its end', async () => {
  await useModel('eyes:latest');
  try {
    await newChat();
    await page.keyboard.press('Control+Shift+e');
    await page.getByRole('heading', { name: 'Ein Chat, der nicht bleibt' }).waitFor();
    const bytes = (await drawn('image/png', 320, 210)).toString('base64');
    await page.evaluate((bytes) => {
      const transfer = new DataTransfer();
      const content = Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0));
      transfer.items.add(new File([content], 'Schild.png', { type: 'image/png' }));
      const event = new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true });
      document.querySelector('#composer').dispatchEvent(event);
    }, bytes);
    await thumbs().first().waitFor();
    await composer().fill('Was steht auf dem Schild?');
    await composer().press('Enter');
    await answers().getByText('Antwort auf: Was steht auf dem Schild?').waitFor();
    await page.locator('article.question .pictures img').waitFor();
    assert.equal(model.state.requests.at(-1).messages.at(-1).images[0], bytes);
    await page.reload();
    await page.locator('article.question .pictures img').waitFor();
    await session.pictures('pictures-temporary');
    const { id } = (await session.call('chats.list', { before: 0, limit: 5, shelf: '' })).temporary[0];
    const { hash } = (await session.call('chats.open', { id })).messages[0].images[0];
    await session.call('chats.delete', { id });
    assert.equal((await session.call('images.get', { hash })).problem?.code, 'image_missing');
  } finally {
    await useModel('scripted:latest');
  }
});

test('what is selected in an answer is quoted into the question, by mouse and by keyboard', async () => {
  await newChat();
  await ask('Wie lang ist die Frist?');
  const text = answers().last().locator('.markdown p').first();
  await text.waitFor();
  await page.locator('article.answer .answer-row').last().waitFor();
  const select = () => text.evaluate((paragraph) => window.getSelection().selectAllChildren(paragraph));
  await select();
  await page.evaluate(() => document.dispatchEvent(new PointerEvent('pointerup')));
  const button = page.getByRole('button', { name: 'Dazu fragen' });
  await button.waitFor();
  assert.deepEqual(await session.violations(), []);
  await session.pictures('quote');
  await select();
  await page.evaluate(() => document.dispatchEvent(new PointerEvent('pointerup')));
  await button.click();
  const quoted = '> Antwort auf: Wie lang ist die Frist?\n> — aus der Antwort oben\n\n';
  await page.waitForFunction((want) => document.querySelector('#composer').value === want, quoted);
  await button.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.id), 'composer');
  await composer().fill('Vorher');
  await select();
  await page.keyboard.press('Control+Shift+L');
  await page.waitForFunction(
    (want) => document.querySelector('#composer').value === want,
    `Vorher\n\n${quoted}`,
  );
  assert.equal(await composer().getAttribute('spellcheck'), 'true');
  assert.equal(await composer().getAttribute('lang'), 'de');
  await composer().fill('');
});

test('an answer is read aloud by a voice of this computer, without its marks, and stops', async () => {
  const other = await page.context().newPage();
  await other.addInitScript(voice);
  try {
    await newChat();
    await ask('**Was** kostet die Miete und ist das nicht der Preis?');
    await page.locator('article.answer .answer-row').last().waitFor();
    await other.goto(page.url());
    const read = other.locator('article.answer').last().getByRole('button', { name: 'Vorlesen' });
    await read.click();
    const stop = other.getByRole('button', { name: 'Vorlesen beenden' });
    await stop.waitFor();
    const spoken = await other.evaluate(() => window.spoken);
    assert.deepEqual(spoken, [['Deutsch', 'Antwort auf: Was kostet die Miete und ist das nicht der Preis?']]);
    await stop.click();
    await stop.waitFor({ state: 'detached' });
    await read.click();
    await stop.waitFor();
    await other.evaluate(() => window.finishPiece());
    await stop.waitFor({ state: 'detached' });
  } finally {
    await other.close();
  }
});
