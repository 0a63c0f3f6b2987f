// A click on a source opens its document in the preview of its kind, with the
// passage highlighted and in view; axe-core finds nothing to say against it.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server, Session, corpusFile, startBrowser } from './harness.mjs';
import { startScripted } from './scripted.mjs';

// Where pictures go, to be looked at by people; '' for none.
const pictures = process.env.KONTOR_PICTURES ?? '';

const kinds = [
  {
    ...{ name: 'sheet', file: 'kuendigungsfristen-und-betriebsrat.xlsx', shown: '.sheet .row.marked' },
    ...{ question: 'Rückerstattung Straßenbahn Beispielrechnung', text: 'Rückerstattung Straßenbahn' },
  },
  {
    ...{ name: 'table', file: 'betriebsrat-semikolon.csv', shown: '.sheet .row.marked' },
    ...{ question: 'Mitglieder je 1.000 Beschäftigte 701 1000', text: '701' },
  },
  {
    ...{ name: 'slides', file: 'SampleShow.pptx', shown: '.slide mark' },
    ...{ question: 'second slide Arial Black at 16 point', text: 'Arial Black' },
  },
  {
    ...{ name: 'mail', file: 'testRFC822_multipart_attachments.eml', shown: '.page.mail mark' },
    ...{ question: 'Bugs Bunny test email for EML1', text: 'EML1' },
  },
  {
    ...{ name: 'text', file: 'teilzeit-und-befristungsgesetz.docx', shown: '.page mark' },
    ...{ question: 'Was gilt nach § 11 Kündigungsverbot?', text: 'Kündigung' },
  },
  {
    ...{ name: 'pdf', file: 'arbeitszeitgesetz-zweispaltig.pdf', shown: '.page .kontor-highlight' },
    ...{ question: 'Wie lang ist die Ruhezeit nach der täglichen Arbeitszeit?', text: '' },
  },
];

let model, server, browser, session, page;
const titles = {}; // by file name, as sources are named

before(async () => {
  // The check must not depend on what a model cites: this one says nothing of use.
  model = await startScripted(() => ({ text: 'Der Mond besteht aus Käse und singt nachts laute Lieder.' }));
  server = await new Server({ args: ['--runtime-url', model.url] }).start();
  browser = await startBrowser();
  session = new Session(browser, server);
  page = await session.open({ language: 'en' });
  await session.drop(kinds.map((kind) => corpusFile(kind.file)));
  await page.getByText('My documents').waitFor();
  for (let read = 0; read < kinds.length;) {
    await page.waitForTimeout(200);
    const { documents } = await session.call('documents.list', { collectionId: '', offset: 0, limit: 50 });
    read = documents.filter(({ status }) => status === 'searchable' || status === 'ready').length;
    for (const { name, title } of documents) titles[name] = title || name;
  }
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
});

async function judge(name) {
  assert.deepEqual(await session.violations(), [], name);
}

for (const kind of kinds) {
  test(kind.name, async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await session.goto('#/chat');
    await page.getByRole('button', { name: 'New chat' }).click();
    await session.useCollection('My documents');
    await session.ask(kind.question);
    // No sentence rests on a source, so only the button leads to them.
    assert.equal(await page.locator('.passage').count(), 0);
    await page.locator('.passages .more').click();
    await page.locator('.passage .open', { hasText: titles[kind.file] }).first().click();
    const mark = page.locator(kind.shown);
    await mark.first().waitFor();
    await page.waitForFunction((shown) => {
      const box = document.querySelector('#panel .scroll').getBoundingClientRect();
      return [...document.querySelectorAll(shown)].some((element) => {
        const at = element.getBoundingClientRect();
        return at.height > 0 && at.bottom > box.top && at.top < box.bottom;
      });
    }, `#panel ${kind.shown}`);
    assert.ok((await mark.allTextContents()).join(' ').includes(kind.text));
    for (const language of ['en', 'de']) {
      await session.call('settings.set', { key: 'ui.language', value: language, reset: false });
      for (const theme of ['light', 'dark']) {
        await session.call('settings.set', { key: 'ui.theme', value: theme, reset: false });
        await page.locator(`html[lang="${language}"][data-theme="${theme}"]`).waitFor();
        for (const width of [1280, 420]) {
          if ((language === 'de') !== (theme === 'dark')) continue; // each value of each once is enough
          await page.setViewportSize({ width, height: 800 });
          await judge(`${kind.name}, ${language}, ${theme}, ${String(width)}`);
          if (pictures) {
            mkdirSync(pictures, { recursive: true });
            await page.screenshot({
              path: join(pictures, `${kind.name}-${language}-${theme}-${String(width)}.png`),
            });
          }
        }
      }
    }
    await session.call('settings.set', { key: 'ui.language', value: 'en', reset: false });
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.keyboard.press('Escape');
  });
}
