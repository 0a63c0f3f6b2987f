// Every screen in both languages and both themes, judged by axe-core, at the
// width of a desktop and of a phone. Nothing may be cut at the narrow one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server, Session, documents, startBrowser } from './harness.mjs';
import { startOffice, startScripted } from './scripted.mjs';

const answer =
  'Der Urlaub beträgt jährlich **mindestens 24 Werktage**. Der Mond besteht aus Käse und singt nachts laute Lieder.\n\n' +
  '| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nconst a = 1; // note\n```\n\n[link](https://example.com)';

let model, office, server, browser, session, page, chat;

before(async () => {
  model = await startScripted(() => ({ text: answer }));
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
});

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
    name: 'settings, a provider',
    open: async () => {
      await session.goto('#/settings/models');
      await page.locator('section[aria-labelledby="providers"] li .buttons button').first().click();
      await page.locator('[role=dialog] summary').click();
    },
    shown: '[role=dialog] textarea',
  },
  { name: 'palette', open: () => page.keyboard.press('Control+k'), shown: '[role=dialog]' },
  {
    name: 'state',
    open: () => page.locator('.status-button').click(),
    shown: '.status-popover',
    wide: true,
  },
];

for (const language of ['de', 'en']) {
  for (const theme of ['light', 'dark']) {
    test(`${language}, ${theme}`, async (t) => {
      await session.call('settings.set', { key: 'ui.language', value: language, reset: false });
      await session.call('settings.set', { key: 'ui.theme', value: theme, reset: false });
      await page.locator(`html[lang="${language}"][data-theme="${theme}"]`).waitFor();
      for (const width of [1280, 420]) {
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
          });
        }
      }
    });
  }
}
