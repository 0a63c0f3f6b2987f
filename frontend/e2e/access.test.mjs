// Every screen in both languages and both themes, judged by axe-core, at the
// width of a desktop and of a phone. Nothing may be cut at the narrow one. High
// contrast and the colours of the system change no words and no widths.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server, Session, documents, startBrowser } from './harness.mjs';
import { startOffice, startScripted } from './scripted.mjs';

const written =
  'Der Urlaub beträgt jährlich **mindestens 24 Werktage**. Der Mond besteht aus Käse und singt nachts laute Lieder.\n\n' +
  '| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nconst a = 1; // note\n```\n\n[link](https://example.com)';

let model, office, server, browser, session, page, chat, temporary;

before(async () => {
  model = await startScripted(() => ({ text: written }));
  office = await startOffice('');
  server = await new Server({ args: ['--runtime-url', model.url] }).start();
  browser = await startBrowser();
  session = new Session(browser, server);
  page = await session.open({ language: 'en' });
  const provider = { name: 'Office', kind: 'vllm', address: office.url, enabled: true, proxy: 'system' };
  await session.call('providers.save', { provider });
  await session.drop([documents.holidays, documents.encrypted]);
  await page.getByText('My documents').waitFor();
  await session.goto('#/documents');
  await page
    .locator('[data-status="searchable"], [data-status="ready"]')
    .first()
    .waitFor({ timeout: 120_000 });
  await page.getByRole('button', { name: 'New chat' }).click();
  await session.useCollection('My documents');
  await session.ask('Wie viele Tage Urlaub gibt es mindestens?');
  chat = await page.evaluate(() => window.location.hash);
  const question = { chatId: '', parentId: '', text: 'Und sonst?', collectionIds: [], folderId: '' };
  const begun = await session.call('chats.send', {
    ...{ ...question, formulate: false, mode: '', images: [], assistantId: '', temporary: true },
  });
  temporary = `#/chat/${begun.chat.id}`;
});

/** answer lets a call of the page come back changed: states that take a large download or a window to get into. */
async function answer(name, change) {
  await page.route(`**/api/call/${name}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ status: 200, json: change(await response.json()) });
  });
}

const answers = () => page.unrouteAll({ behavior: 'ignoreErrors' });

after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
  await office?.stop();
});

const screens = [
  { name: 'first sight', open: () => session.goto('#/chat'), shown: '.welcome' },
  { name: 'chat', open: () => session.goto(chat), shown: '.answer-row' },
  {
    name: 'preview',
    open: async () => {
      await session.goto(chat);
      await page.locator('.passage .open').first().click();
    },
    shown: 'aside .textLayer span',
  },
  { name: 'documents', open: () => session.goto('#/documents'), shown: '.document' },
  { name: 'prompts', open: () => session.goto('#/prompts'), shown: 'section.prompts li' },
  {
    name: 'a prompt to fill in',
    open: async () => {
      await session.goto('#/prompts');
      await page.locator('section.prompts li .use').first().click();
    },
    shown: '[role=dialog] textarea',
  },
  { name: 'assistants', open: () => session.goto('#/assistants'), shown: 'section.assistants li' },
  {
    name: 'an assistant to fill in',
    open: async () => {
      await session.goto('#/assistants');
      await page.locator('section.assistants header button:last-child').click();
      await page.locator('[role=dialog] summary').click();
    },
    shown: '[role=dialog] textarea',
  },
  {
    name: 'how a chat answers',
    open: async () => {
      await session.goto(chat);
      await page.locator('header button:has(.lucide-sliders-horizontal)').click();
      await page.locator('[role=dialog] summary').last().click();
    },
    shown: '[role=dialog] textarea',
  },
  {
    name: 'find in a chat',
    open: async () => {
      await session.goto(chat);
      await page.locator('.answer-row').first().waitFor();
      await page.keyboard.press('Control+f');
      await page.locator('#find').fill('urlaub');
    },
    shown: '.find .count',
  },
  {
    name: 'introduction',
    open: async () => {
      await session.goto('#/settings/general');
      await page.locator('section[aria-labelledby="briefing"] .buttons button').first().click();
    },
    shown: '[role=dialog] h3',
  },
  { name: 'models', open: () => session.goto('#/models'), shown: 'section.models .list li' },
  {
    name: 'documents, folders',
    open: async () => {
      await session.goto('#/documents');
      await page.getByRole('tab').nth(1).click();
    },
    shown: '.details dl',
  },
  ...['general', 'appearance', 'keys', 'models', 'documents', 'privacy', 'about'].map((name) => ({
    name: `settings, ${name}`,
    open: () => session.goto(`#/settings/${name}`),
    shown: 'section.settings h2',
  })),
  {
    name: 'settings, keys and tray in the window',
    open: async () => {
      await session.call('settings.set', { key: 'ui.hotkey', value: 'ctrl+alt+k', reset: false });
      const desktop = { window: true, tray: true, hotkeys: true, held: false, chosen: '' };
      const problem = { code: 'hotkey_taken', args: { keys: 'ctrl+alt+k' } };
      await answer('desktop.get', () => ({ ...desktop, problem }));
      await session.goto('#/settings/general');
      await page.locator('[data-setting="ui.tray"] button').waitFor();
      await session.goto('#/settings/keys');
    },
    shown: '.hotkey .problem',
    leave: async () => {
      await answers();
      await session.call('settings.set', { key: 'ui.hotkey', value: '', reset: true });
    },
  },
  {
    name: 'settings, the registry',
    open: async () => {
      await session.goto('#/settings/models');
      await page.locator('[data-setting="models.registry"]').waitFor({ state: 'attached' });
      await page.locator('details:has([data-setting="models.registry"]) summary').click();
    },
    shown: '[data-setting="models.registry_proxy"] input',
  },
  {
    name: 'settings, a provider',
    open: async () => {
      await session.goto('#/settings/models');
      await page.locator('section[aria-labelledby="providers"] li .buttons button').first().click();
      await page.locator('[role=dialog] summary').click();
    },
    shown: '[role=dialog] textarea',
  },
  { name: 'a temporary chat', open: () => session.goto(temporary), shown: '.temporary-bar .actions' },
  {
    name: 'export',
    open: async () => {
      await session.goto('#/settings/general');
      await page.locator('section[aria-labelledby="transfer"] .buttons button').first().click();
    },
    shown: '[role=dialog]',
  },
  {
    name: 'a running import',
    open: async () => {
      await page.route('**/api/call/transfer.import', () => new Promise(() => {})); // it never ends
      await session.goto('#/settings/general');
      const chooser = page.waitForEvent('filechooser');
      await page.locator('section[aria-labelledby="transfer"] .buttons button').last().click();
      const file = { name: 'chats.json', mimeType: 'application/json', buffer: Buffer.from('{}') };
      await (await chooser).setFiles(file);
    },
    shown: '.running progress',
    leave: async () => {
      await page.locator('.running button').click();
      await page.locator('.running').waitFor({ state: 'detached' });
      await answers();
    },
  },
  {
    name: 'downloads',
    open: async () => {
      const job = { kind: 'registry', done: 4e8, total: 1e9, rate: 0, secondsLeft: 0 };
      await answer('models.downloads', (real) => ({
        ...real,
        jobs: [
          { ...job, id: 'a', name: 'running:4b', state: 'running', rate: 2e7, secondsLeft: 300 },
          { ...job, id: 'b', name: 'queued:4b', state: 'queued' },
          { ...job, id: 'c', name: 'paused:4b', state: 'paused' },
          { ...job, id: 'd', name: 'failed:4b', state: 'failed', problem: { code: 'disk_full' } },
          { ...job, id: 'e', name: 'done:4b', state: 'done', done: 1e9 },
        ],
      }));
      await session.goto('#/chat');
      await page.locator('.welcome').waitFor();
      await session.goto('#/models');
    },
    shown: 'section.models progress',
    leave: answers,
  },
  {
    name: 'another model for searching',
    open: async () => {
      const { models } = await session.call('models.catalog', {});
      const { name } = models.find(({ role }) => role === 'embedding');
      const installed = models.map((one) => (one.name === name ? { ...one, installed: true } : one));
      await answer('models.catalog', (real) => ({ ...real, embedder: '', models: installed }));
      await answer('models.embedderChange', () => ({ name, passages: 120, missing: 120 }));
      await session.goto('#/chat');
      await page.locator('.welcome').waitFor();
      await session.goto('#/models');
      const row = page.locator(`#model-${name.replace(/[^a-z0-9]+/gi, '-')}`);
      await row.getByRole('button').first().click();
      await row.locator('.detail button').last().click();
    },
    shown: '[role=dialog], [role=alertdialog]',
    leave: answers,
  },
  {
    name: 'an offered model',
    open: async () => {
      await answer('status.get', (real) => ({ ...real, shell: 'window' }));
      await answer('files.handedOver', () => ({ paths: ['/Modelle/Paket.kontorpack'] }));
      const part = { name: 'qwen:4b', role: 'chat', bytes: 3e9, licence: 'Apache-2.0', origin: 'Qwen' };
      await answer('models.look', () => ({
        ...{ kind: 'pack', name: 'office', title: 'Office', version: 3, bytes: 3e9, key: 'ab12 cd34' },
        ...{ architecture: 'qwen3', context: 32768, licence: 'Apache-2.0', template: '{{ .Prompt }}' },
        ...{ trust: { code: 'pack_unsigned' }, parts: [part], needBytes: 3e9, freeBytes: 9e9 },
      }));
      await page.reload();
    },
    shown: '[role=dialog] .body',
    leave: async () => {
      await answers();
      await page.reload();
      await page.locator('section').first().waitFor();
    },
  },
  {
    name: 'a login at the registry',
    open: async () => {
      const registry = { registry: 'https://models.example', allowed: true };
      await answer('models.downloads', (real) => ({ ...real, ...registry }));
      const proxy = { proxy: 'http://proxy.example:3128', proxyUser: 'anna', user: 'anna' };
      await answer('registry.access', (real) => ({ ...real, ...proxy, secretPlace: 'keyring' }));
      await session.goto('#/chat');
      await page.locator('.welcome').waitFor();
      await session.goto('#/models');
      await page.locator('section.models form button[type=button]').click();
    },
    shown: '[role=dialog] input',
    leave: answers,
  },
  {
    name: 'the key of a preset provider',
    open: async () => {
      await answer('providers.list', (real) => ({
        ...real,
        providers: real.providers.map((one) => ({
          ...one,
          preset: true,
          needsKey: true,
          keyPlace: 'keyring',
        })),
      }));
      await session.goto('#/settings/about');
      await session.goto('#/settings/models');
      await page.locator('section[aria-labelledby="providers"] li .buttons button').first().click();
    },
    shown: '[role=dialog] input[type=password]',
    leave: answers,
  },
  {
    name: 'a question that leaves this computer',
    open: async () => {
      const away = { provider: 'Office', place: 'company', dataClass: 'internal' };
      await answer('models.list', (real) => ({
        ...real,
        models: [
          ...real.models.map((one) => ({ ...one, default: false })),
          { ...real.models[0], ...away, name: '@office/qwen', label: 'qwen', default: true },
        ],
      }));
      await session.goto('#/chat');
      await page.reload();
    },
    shown: '.leaving',
    leave: async () => {
      await answers();
      await page.reload();
      await page.locator('#composer').waitFor();
    },
  },
  { name: 'palette', open: () => page.keyboard.press('Control+k'), shown: '[role=dialog]' },
  {
    name: 'state',
    open: () => page.locator('.status-button').click(),
    shown: '.status-popover',
    wide: true,
  },
];

const looks = [
  ...['de', 'en'].flatMap((language) =>
    ['light', 'dark'].map((theme) => ({ language, theme, widths: [1280, 420] })),
  ),
  { language: 'de', theme: 'light', contrast: 'high', widths: [1280] },
  { language: 'en', theme: 'dark', contrast: 'high', widths: [1280] },
  { language: 'en', theme: 'light', forced: true, widths: [1280] },
];

for (const { language, theme, contrast = 'system', forced = false, widths } of looks) {
  const kind = `${contrast === 'high' ? ', high contrast' : ''}${forced ? ', colours of the system' : ''}`;
  test(`${language}, ${theme}${kind}`, async (t) => {
    const wanted = { 'ui.language': language, 'ui.theme': theme, 'ui.contrast': contrast };
    for (const [key, value] of Object.entries(wanted))
      await session.call('settings.set', { key, value, reset: false });
    await page.emulateMedia({ forcedColors: forced ? 'active' : 'none' });
    const strong = contrast === 'high' ? 'high' : 'normal';
    await page
      .locator(`html[lang="${language}"][data-theme="${theme}"][data-contrast="${strong}"]`)
      .waitFor();
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      for (const screen of screens) {
        if (screen.wide && width < 900) continue;
        await t.test(`${screen.name}, ${width}`, async () => {
          await screen.open();
          await page.locator(screen.shown).first().waitFor();
          assert.deepEqual(await session.violations(), []);
          const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(wider <= 0, `the page is ${wider} px wider than its window`);
          await page.keyboard.press('Escape');
          if (screen.name === 'preview') await page.locator('aside').waitFor({ state: 'detached' });
          await screen.leave?.();
        });
      }
    }
  });
}

// The dialogs of models and providers by keyboard.
const dialogs = ['a login at the registry', 'the key of a preset provider', 'settings, a provider'];
test('dialogs keep the focus and give it back', async (t) => {
  await page.emulateMedia({ forcedColors: 'none' });
  await page.setViewportSize({ width: 1280, height: 800 });
  for (const name of dialogs) {
    const screen = screens.find((one) => one.name === name);
    await t.test(name, async () => {
      await session.goto('#/chat');
      await page.locator('.welcome').waitFor();
      await screen.open();
      await session.dialogByKeyboard();
      await screen.leave?.();
    });
  }
});
