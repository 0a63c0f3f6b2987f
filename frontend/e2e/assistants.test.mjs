// Assistants: chosen for a new chat, made, changed while a chat runs, passed on
// as a file; parameters of a chat; the introduction with its self-check.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server, Session, policies, startBrowser } from './harness.mjs';
import { startScripted } from './scripted.mjs';

let model, server, browser, session, page, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kontor-assistants-'));
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
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const dialog = () => page.getByRole('dialog');
const card = (name) => page.locator('section.assistants li', { hasText: name });
const chatId = () => page.evaluate(() => window.location.hash.split('/')[2]);
const setup = async () => session.call('chats.setup', { id: await chatId() });

async function menu(name, item) {
  await page.getByRole('button', { name: `More on “${name}”` }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

async function create(name, instructions) {
  await session.goto('#/assistants');
  await page.getByRole('button', { name: 'New assistant' }).click();
  await dialog().getByLabel('Name', { exact: true }).fill(name);
  await dialog().getByLabel('Instructions', { exact: true }).fill(instructions);
  await dialog().getByText('Precise', { exact: true }).click();
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().waitFor({ state: 'detached' });
  await card(name).waitFor();
}

test('begins a chat with an assistant of the program and one of its questions', async () => {
  await session.goto('#/chat');
  await page.locator('.choice button', { hasText: 'Plain words' }).click();
  await page.locator('section.chosen', { hasText: 'Plain words' }).waitFor();
  await page.locator('.starters button').first().click();
  await page.waitForFunction(() =>
    document.querySelector('#composer')?.value.startsWith('Rewrite this text'),
  );
  await session.ask('Rewrite this: The aforementioned.');
  await page.locator('.chip', { hasText: 'Plain words' }).waitFor();
  const { assistant, parameters, own } = await setup();
  assert.equal(assistant.id, 'builtin:en:plain');
  assert.equal(parameters.style, 'balanced');
  assert.equal(own, false);
});

test('a slash in the message field offers assistants, too', async () => {
  await page.getByRole('button', { name: 'New chat', exact: true }).click();
  await page.locator('.choice button').first().waitFor();
  await page.locator('#composer').fill('/minutes taker');
  await page.locator('#slash-list [role=option]').first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('section.chosen', { hasText: 'Minutes taker' }).waitFor();
  assert.equal(await page.locator('#composer').inputValue(), '');
  await page.getByRole('button', { name: 'Begin without “Minutes taker”' }).click();
  await page.locator('.choice').waitFor();
});

test('a running chat stays as it began until a person takes over the new state', async () => {
  await create('Pirate', 'Answer as a pirate.');
  await card('Pirate').locator('.use').click();
  await page.locator('section.chosen', { hasText: 'Pirate' }).waitFor();
  await session.ask('Hello?');
  await page.locator('.chip', { hasText: 'Pirate' }).waitFor();
  const chat = await page.evaluate(() => window.location.hash);
  await session.goto('#/assistants');
  await menu('Pirate', 'Edit');
  await dialog().getByLabel('Instructions', { exact: true }).fill('Answer as a sailor.');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().waitFor({ state: 'detached' });
  await session.goto(chat);
  await page.locator('.chip .dot').waitFor();
  assert.equal((await setup()).assistant.instructions, 'Answer as a pirate.');
  await page.locator('.chip').click();
  await dialog().getByRole('button', { name: 'Take over the new state' }).click();
  await page.getByText('From now on the chat answers by the new state.').waitFor();
  assert.equal((await setup()).assistant.instructions, 'Answer as a sailor.');
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
});

test('begins from the palette, and every new chat with the one a person prefers', async () => {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('Code helper');
  await page.getByRole('option', { name: 'New chat with “Code helper”' }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('section.chosen', { hasText: 'Code helper' }).waitFor();
  await create('Favourite', 'Be kind.');
  await menu('Favourite', 'Use for new chats');
  await card('Favourite').getByText('For new chats').waitFor();
  await page.getByRole('button', { name: 'New chat', exact: true }).click();
  await page.locator('section.chosen', { hasText: 'Favourite' }).waitFor();
  await session.ask('Hello?');
  await page.locator('.chip', { hasText: 'Favourite' }).waitFor();
  await page.getByRole('button', { name: 'New chat', exact: true }).click();
  await page.getByRole('button', { name: 'Begin without “Favourite”' }).click();
  await page.locator('.choice').waitFor();
  await session.ask('Hello?');
  assert.equal((await setup()).assistant, undefined);
  await session.goto('#/assistants');
  await menu('Favourite', 'No longer for new chats');
  await card('Favourite').getByText('For new chats').waitFor({ state: 'detached' });
});

test('a chat has parameters of its own', async () => {
  await session.goto('#/chat');
  await page.getByRole('button', { name: 'New chat', exact: true }).click();
  await session.ask('Hello?');
  await page.getByRole('button', { name: 'How this chat answers' }).click();
  await dialog().getByText('Creative', { exact: true }).click();
  await dialog().getByText('Details for experts').click();
  await dialog().getByLabel('Longest answer (tokens)').fill('99');
  await dialog().getByLabel('Context window (tokens)').fill('2048');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().waitFor({ state: 'detached' });
  const { own, parameters, window } = await setup();
  assert.equal(own, true);
  assert.deepEqual([parameters.style, parameters.maxTokens, window], ['creative', 99, 2048]);
});

test('a chat is set up before its first question', async () => {
  await page.getByRole('button', { name: 'New chat', exact: true }).click();
  await page.getByRole('button', { name: 'How this chat answers' }).click();
  await dialog().getByRole('heading', { name: 'How this chat will answer' }).waitFor();
  await dialog().getByLabel('Instructions for this chat').fill('Answer in one word.');
  await dialog().getByText('Precise', { exact: true }).click();
  assert.deepEqual(await session.violations(), []);
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'How this chat will answer (changed)' }).waitFor();
  await session.ask('Hello?');
  const { own, parameters } = await setup();
  assert.deepEqual([own, parameters.style], [true, 'precise']);
  const last = model.state.requests.findLast(({ messages }) => messages?.at(-1).content.includes('Hello?'));
  assert.ok(last.messages[0].content.endsWith('Answer in one word.'), last.messages[0].content);
  assert.equal(last.options.temperature, 0.2);
  // The next new chat is one like any other.
  await page.getByRole('button', { name: 'New chat', exact: true }).click();
  await page.getByRole('button', { name: 'How this chat answers', exact: true }).waitFor();
});

test('a chat goes on with another assistant, and shows from where on', async () => {
  await session.goto('#/assistants');
  await card('Pirate').locator('.use').click();
  await page.locator('section.chosen', { hasText: 'Pirate' }).waitFor();
  await session.ask('First?');
  await page.locator('.chip', { hasText: 'Pirate' }).click();
  await dialog().getByLabel('Which assistant goes on').selectOption({ label: 'Favourite' });
  await dialog().locator('section.assistant', { hasText: 'Favourite' }).waitFor();
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
  await page.getByText('From here on “Favourite” answers').waitFor();
  await session.ask('Second?');
  await page.locator('.chip', { hasText: 'Favourite' }).click();
  await dialog().getByLabel('Which assistant goes on').selectOption({ label: 'No assistant' });
  await dialog().locator('section.assistant').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
  await session.ask('Third?');
  const lines = page.getByTestId('messages').locator('article.question, .exchanged');
  assert.deepEqual(
    (await lines.allInnerTexts()).map((line) => line.trim()),
    ['First?', 'From here on “Favourite” answers', 'Second?', 'From here on without an assistant', 'Third?'],
  );
  const answer = page.locator('article.answer').nth(1);
  await answer.hover();
  await answer.getByRole('button', { name: 'Facts about this answer' }).click();
  await page.locator('dl.facts', { hasText: 'Favourite' }).waitFor();
  assert.deepEqual(await session.violations(), []);
  await page.keyboard.press('Escape');
});

test('goes through a file, and nothing is kept without a yes', async () => {
  await create('Courier', 'Carry on.');
  const download = page.waitForEvent('download');
  await menu('Courier', 'Save as a file');
  const path = join(folder, 'Courier.kontor-assistant.json');
  await (await download).saveAs(path);
  const file = JSON.parse(readFileSync(path, 'utf8'));
  assert.deepEqual([file.format, file.assistant.name], ['kontor-assistant', 'Courier']);
  file.assistant.model = 'nobody:9b';
  file.assistant.collections = ['Far away'];
  writeFileSync(path, JSON.stringify(file));
  await session.drop([path]);
  const notice = dialog().locator('.notice');
  await notice.waitFor();
  const words = await notice.innerText();
  for (const part of ['Courier (2)', 'nobody:9b', 'Far away']) assert.ok(words.includes(part), words);
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
  assert.equal(await card('Courier (2)').count(), 0);
  await session.drop([path]);
  await notice.waitFor();
  await dialog().getByRole('button', { name: 'Save' }).click();
  await card('Courier (2)').waitFor();
  await dialog().waitFor({ state: 'detached' });
  writeFileSync(path, '<html>');
  await session.drop([path]);
  await page.getByText('Courier.kontor-assistant.json is no such file of Kontor.').waitFor();
  // The browser reports the refusal, as it should.
  assert.deepEqual(
    session.faults.splice(0).filter((fault) => !fault.includes('422')),
    [],
  );
  await menu('Courier (2)', 'Delete');
  await card('Courier (2)').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await card('Courier (2)').waitFor();
});

/** goThrough goes through the introduction that is open, with a wrong answer first. */
async function goThrough(session, words) {
  const box = session.page.getByRole('dialog');
  const press = (name) => box.getByRole('button', { name, exact: true }).click();
  const { cards, questions } = await session.call('briefing.get', { language: words.language });
  for (const [index, card] of cards.entries()) {
    await box.getByRole('heading', { name: card.title }).waitFor();
    await press(index + 1 === cards.length ? words.check : words.next);
  }
  for (const [index, question] of questions.entries()) {
    await box.getByRole('heading', { name: question.text }).waitFor();
    // A wrong answer is explained, too, and stops nobody.
    const chosen = index === 0 ? (question.answer + 1) % 3 : question.answer;
    await box.locator('.option').nth(chosen).click();
    await box.getByText(question.why).waitFor();
    await press(index + 1 === questions.length ? words.finish : words.next);
  }
  await box.getByRole('heading', { name: words.done }).waitFor();
}

const english = { language: 'en', next: 'Next', check: 'To the self-check', finish: 'Finish', done: 'Done' };
const german = {
  language: 'de',
  next: 'Weiter',
  check: 'Zum Selbsttest',
  finish: 'Abschließen',
  done: 'Geschafft',
};

test('the introduction is offered, gone through and recorded', async () => {
  await page.getByRole('button', { name: 'New chat', exact: true }).click();
  await page.locator('.due').getByRole('button', { name: 'See the introduction' }).click();
  await goThrough(session, english);
  const download = page.waitForEvent('download');
  await dialog().getByLabel('Your name on the certificate').fill('Erika Muster');
  await dialog().getByRole('button', { name: 'Save as a file' }).click();
  await (await download).saveAs(join(folder, 'certificate.json'));
  const paper = JSON.parse(readFileSync(join(folder, 'certificate.json'), 'utf8'));
  assert.deepEqual([paper.format, paper.name, paper.language], ['kontor-briefing', 'Erika Muster', 'en']);
  await dialog().getByRole('button', { name: 'Close' }).click();
  await page.locator('.due').waitFor({ state: 'detached' });
  await session.goto('#/settings/general');
  await page.locator('section[aria-labelledby="briefing"]').getByText('Finished on').waitFor();
  assert.deepEqual(session.faults, []);
});

for (const words of [german, english]) {
  test(`an organisation requires the introduction before the first question, ${words.language}`, async (t) => {
    const enforced = {
      'briefing.mode': 'required',
      'briefing.title': 'ACME',
      'briefing.contact': 'ki@acme.example',
    };
    const managed = policies();
    const args = ['--runtime-url', model.url];
    const own = await new Server(managed ? { args, policy: { enforced } } : { args }).start();
    const visit = new Session(browser, own);
    try {
      const page = await visit.open({ language: words.language });
      if (!managed) {
        t.diagnostic('no namespaces here: the settings stand for the policy');
        for (const [key, value] of Object.entries(enforced))
          await visit.call('settings.set', { key, value, reset: false });
      }
      await page.reload();
      const box = page.getByRole('dialog');
      await box.getByRole('heading', { name: /^ACME: / }).waitFor();
      assert.deepEqual(await visit.violations(), []);
      await visit.pictures(`required-${words.language}`);
      await visit.call('settings.set', { key: 'ui.language', value: words.language, reset: false });
      await page.locator(`html[lang="${words.language}"]`).waitFor();
      // Who closes it can look around, and asks nothing yet.
      await page.keyboard.press('Escape');
      await box.waitFor({ state: 'detached' });
      const refused = await visit.call('chats.send', { text: 'Hello?' });
      assert.equal(refused.problem.code, 'briefing_required');
      await page.locator('.due button').click();
      await goThrough(visit, words);
      await box.locator('.recorded').waitFor();
      await visit.pictures(`recorded-${words.language}`);
      await visit.call('settings.set', { key: 'ui.language', value: words.language, reset: false });
      await page.keyboard.press('Escape');
      await box.waitFor({ state: 'detached' });
      await visit.ask('Hello?');
      const state = await visit.call('briefing.state', {});
      assert.deepEqual([state.mode, state.blocking, state.due], ['required', false, false]);
      assert.equal(state.completedLanguage, words.language);
      // It does not come again.
      await visit.goto('#/chat');
      await page.reload();
      await page.locator('.choice').waitFor();
      assert.equal(await page.locator('.due').count(), 0);
      assert.equal(await box.count(), 0);
      await visit.goto('#/settings/general');
      await page.locator('section[aria-labelledby="briefing"] .recorded').waitFor();
      if (managed) {
        const { settings } = await visit.call('settings.list', {});
        const mode = settings.find(({ key }) => key === 'briefing.mode');
        assert.deepEqual([mode.locked, mode.source], [true, '/etc/kontor/policy.json']);
      }
    } finally {
      await visit.close();
      await own.stop();
    }
  });
}
