// Dictation, from the microphone's button to the text in the field. The browser
// hears a file; the server measures what really arrived. Where a real one is
// installed, it writes down the same speech.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server, Session, documents, startBrowser } from './harness.mjs';
import { startScripted } from './scripted.mjs';
import { spoken, startSpeech, startWhisper } from './speech.mjs';

let model, speech, server, browser, session, page, say, provider;

before(async () => {
  model = await startScripted(() => ({ text: 'An answer.' }));
  say = () => 'Fassen Sie den Vertrag zusammen.';
  speech = await startSpeech((recording) => say(recording));
  server = await new Server({ args: ['--runtime-url', model.url] }).start();
  browser = await startBrowser({ microphone: spoken });
  session = new Session(browser, server);
  page = await session.open({ language: 'en' });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
  await speech?.stop();
});

const button = (name) => page.locator('form.composer').getByRole('button', { name, exact: true });
const field = () => page.locator('#composer');

/** spoke waits until a recording is so many seconds long. */
const spoke = (seconds) =>
  page.locator('.time', { hasText: new RegExp(`^(?!0:0[0-${seconds - 1}])`) }).waitFor();

/** record presses the button, speaks for some seconds, and leaves the recording running. */
async function record(seconds = 1) {
  await button('Dictate').click();
  await spoke(seconds);
}

async function offer(changes = {}) {
  const saved = {
    name: 'Office',
    kind: 'vllm',
    address: speech.url,
    enabled: true,
    proxy: 'system',
    ...changes,
  };
  const { providers } = await session.call('providers.save', { provider: { ...provider, ...saved } });
  provider = providers.at(-1);
  // The page asks once; by then the server must have been heard.
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    const { model } = await session.call('dictation.state', { chatId: '', collectionIds: [] });
    if (model !== '') break;
  }
  await session.goto('#/documents');
  await page.getByRole('button', { name: 'New chat' }).click();
}

test('is not there without a model that listens', async () => {
  const { model } = await session.call('dictation.state', { chatId: '', collectionIds: [] });
  assert.equal(model, '');
  await page.getByRole('button', { name: 'Send' }).waitFor();
  assert.equal(await button('Dictate').count(), 0);
});

test('writes what was said where the caret is, and sends nothing', async () => {
  await offer();
  await field().fill('Dear colleague. Thank you.');
  await field().evaluate((element) => element.setSelectionRange(15, 15));
  await record(2);
  await page.locator('form.composer [role="status"]', { hasText: 'Recording' }).waitFor();
  await button('Done: write it down').click();
  await page.waitForFunction(() => document.querySelector('#composer').value.includes('Vertrag'));
  assert.equal(await field().inputValue(), 'Dear colleague. Fassen Sie den Vertrag zusammen. Thank you.');
  assert.equal(await page.locator('[data-message]').count(), 0, 'nothing was sent');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'composer');
  await page.keyboard.press('Control+z');
  assert.equal(await field().inputValue(), 'Dear colleague. Thank you.');
  const [sent] = speech.state.recordings;
  assert.deepEqual(
    [sent.model, sent.language, sent.response_format, sent.rate, sent.channels, sent.bits],
    ['openai/whisper-small', 'en', 'json', 16000, 1, 16],
  );
  assert.ok(sent.seconds >= 2 && sent.seconds < 60, `${sent.seconds} s`);
  assert.ok(sent.peak > 2000, `the loudest sample is ${sent.peak}`);
});

test('is begun and ended with a key, and Escape throws it away', async () => {
  await field().fill('');
  await field().press('Control+Shift+D');
  await spoke(1);
  assert.deepEqual(await session.violations(), []);
  const before = speech.state.recordings.length;
  await field().press('Escape');
  await page.locator('.time').waitFor({ state: 'detached' });
  await button('Dictate').waitFor();
  assert.equal(await field().inputValue(), '');
  assert.equal(speech.state.recordings.length, before);
  await field().press('Control+Shift+D');
  await spoke(1);
  await field().press('Control+Shift+D');
  await page.waitForFunction(() => document.querySelector('#composer').value.includes('Vertrag'));
});

test('keeps a recording that the server did not take', async () => {
  await field().fill('');
  say = () => ({ status: 503, body: { error: 'gone' } });
  await record();
  await button('Done: write it down').click();
  const trouble = page.getByRole('alert').filter({ hasText: 'Office does not answer' });
  await trouble.waitFor();
  assert.deepEqual(await session.violations(), []);
  say = () => 'At last.';
  const before = speech.state.recordings.at(-1);
  await trouble.getByRole('button', { name: 'Try again' }).click();
  await page.waitForFunction(() => document.querySelector('#composer').value === 'At last.');
  assert.equal(speech.state.recordings.at(-1).seconds, before.seconds, 'the same recording');
});

test('says that nothing was heard, and that the microphone is refused', async () => {
  await field().fill('');
  say = () => '';
  await record();
  await button('Done: write it down').click();
  await page.getByRole('alert').filter({ hasText: 'No speech could be heard.' }).waitFor();
  await button('Discard').click();
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));
  });
  await button('Dictate').click();
  await page.getByRole('alert').filter({ hasText: 'This page may not use the microphone.' }).waitFor();
  await page.keyboard.press('Escape');
  await button('Dictate').waitFor();
  await page.reload();
  await field().waitFor();
});

test('is refused where documents are too confidential, before anybody speaks', async () => {
  await offer({ dataClass: 'public' });
  await session.drop([documents.evidence]);
  await page.getByText('My documents').first().waitFor();
  await page.getByRole('button', { name: 'New chat' }).click();
  await session.useCollection('My documents');
  const before = speech.state.recordings.length;
  await button('Dictate').click();
  await page.getByRole('alert').filter({ hasText: 'Office may not get what is said in this chat' }).waitFor();
  assert.equal(speech.state.recordings.length, before);
  await page.keyboard.press('Escape');
});

test('is gone when it is switched off', async () => {
  await session.goto('#/settings/privacy');
  await page.getByRole('switch', { name: 'Dictation' }).click();
  await page.getByRole('button', { name: 'New chat' }).click();
  await page.getByRole('button', { name: 'Send' }).waitFor();
  await page.waitForFunction(() => document.querySelector('.dictate') === null);
  await session.call('settings.set', { key: 'dictation.allow', value: 'true', reset: false });
  // The browser notes calls that were refused with a sentence.
  assert.deepEqual(
    session.faults.filter((fault) => !fault.includes('status of 422')),
    [],
  );
});

test('is written down by a real model', { skip: !process.env.KONTOR_WHISPER_SERVER }, async () => {
  const whisper = await startWhisper();
  try {
    await session.call('providers.remove', { id: provider.id });
    const real = {
      name: 'Whisper',
      kind: 'other',
      address: whisper.url,
      models: ['whisper-1'],
      enabled: true,
    };
    await session.call('providers.save', { provider: { ...real, proxy: 'system', timeoutSeconds: 120 } });
    await page.reload();
    await field().waitFor();
    await record(6); // more than all of it
    await button('Done: write it down').click();
    await page.waitForFunction(
      () => /summari|contract|company|hamburg/i.test(document.querySelector('#composer').value),
      null,
      {
        timeout: 120_000,
      },
    );
  } finally {
    await whisper.stop();
  }
});
