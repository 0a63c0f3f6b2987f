// Takes the pictures of the README and of every state a screen has:
//   npm run screenshots -- [folder]
// The README's own picture is written to frontend/screenshots.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server, Session, documents, startBrowser } from './harness.mjs';
import { startScripted } from './scripted.mjs';

const out = process.argv[2] ?? fileURLToPath(new URL('../out/screenshots', import.meta.url));
const kept = fileURLToPath(new URL('../screenshots', import.meta.url));
mkdirSync(out, { recursive: true });
mkdirSync(kept, { recursive: true });

const answer = `Der gesetzliche Mindesturlaub beträgt jährlich **mindestens 24 Werktage**. Als Werktage gelten alle Kalendertage, die nicht Sonn- oder gesetzliche Feiertage sind.

Zwei Dinge sind dabei zu beachten:

- Der volle Urlaubsanspruch wird erstmalig nach sechsmonatigem Bestehen des Arbeitsverhältnisses erworben.
- Eine Übertragung des Urlaubs auf das nächste Kalenderjahr ist nur statthaft, wenn dringende betriebliche oder in der Person des Arbeitnehmers liegende Gründe dies rechtfertigen.

Viele Betriebe gewähren freiwillig dreißig Tage.`;

const model = await startScripted((prompt) => ({
  text: prompt.includes('Urlaub') ? answer : 'Mindesturlaub im Jahr', // also the title
  pace: prompt.includes('langsam') ? 400 : 2,
}));
const server = await new Server({ args: ['--runtime-url', model.url] }).start();
const browser = await startBrowser();
const session = new Session(browser, server);
let taken = 0;

try {
  const page = await session.open({ language: 'de' });
  const shoot = async (name) => {
    await page.waitForTimeout(350); // fonts, pictures of pages
    await page.screenshot({ path: join(out, `${name}.png`) });
    taken += 1;
  };
  const look = async (language, theme) => {
    await session.call('settings.set', { key: 'ui.language', value: language, reset: false });
    await session.call('settings.set', { key: 'ui.theme', value: theme, reset: false });
    await page.locator(`html[lang="${language}"][data-theme="${theme}"]`).waitFor();
  };

  await shoot('first-start');
  await session.goto('#/documents');
  await page.getByRole('heading', { name: 'Hier liegt noch nichts' }).waitFor();
  await shoot('documents-empty');
  await session.goto('#/chat');
  await session.drop([
    documents.holidays,
    documents.hours,
    documents.temporary,
    documents.evidence,
    documents.encrypted,
  ]);
  await page.getByText('Meine Dokumente').waitFor();
  await session.goto('#/documents');
  await page
    .locator('[data-status="parsing"], [data-status="searchable"]')
    .first()
    .waitFor({ timeout: 120_000 });
  await shoot('documents-reading');
  const read = () =>
    document.querySelectorAll('[data-status="searchable"], [data-status="ready"]').length === 4;
  await page.waitForFunction(read, undefined, { timeout: 180_000 });

  await page.getByRole('button', { name: 'Neuer Chat' }).click();
  await session.useCollection('Meine Dokumente');
  await session.ask('Wie viele Tage Urlaub stehen mir im Jahr mindestens zu, und was muss ich beachten?');
  const chat = await page.evaluate(() => window.location.hash);
  await shoot('chat');
  await page.locator('button.citation').first().click();
  await page.locator('aside .textLayer span').first().waitFor();
  await page.mouse.move(640, 20);
  await page
    .locator('article.question')
    .first()
    .evaluate((node) => node.scrollIntoView());
  await shoot('chat-with-source');
  copyFileSync(join(out, 'chat-with-source.png'), join(kept, 'answer.png'));

  for (const language of ['de', 'en']) {
    for (const theme of ['light', 'dark']) {
      await look(language, theme);
      for (const width of [1280, 420]) {
        await page.setViewportSize({ width, height: 800 });
        const name = (screen) => `${screen}-${language}-${theme}-${width}`;
        await session.goto(chat);
        await page.locator('.answer-row').first().waitFor();
        if (await page.locator('aside').count()) await page.keyboard.press('Escape');
        await shoot(name('chat'));
        await session.goto('#/documents');
        await page.locator('.document').first().waitFor();
        await shoot(name('documents'));
        await session.goto('#/models');
        await page.locator('section.models .list li').first().waitFor();
        await shoot(name('models'));
        for (const settings of ['general', 'models', 'documents', 'privacy', 'about']) {
          await session.goto(`#/settings/${settings}`);
          await page.locator('section.settings h2').waitFor();
          await shoot(name(`settings-${settings}`));
        }
        await page.keyboard.press('Control+k');
        await page.getByRole('dialog').waitFor();
        await shoot(name('palette'));
        await page.keyboard.press('Escape');
      }
    }
  }

  await look('en', 'light');
  await page.setViewportSize({ width: 1280, height: 800 });
  await session.goto('#/chat');
  await page.fill('#composer', 'Urlaub, langsam');
  await page.keyboard.press('Enter');
  await page.locator('.phase').waitFor();
  await page.locator('.markdown').last().waitFor();
  await shoot('chat-writing');
  await page.keyboard.press('Control+.');
  await page.locator('.answer-row').last().waitFor();
  await shoot('chat-stopped');
  await server.kill();
  await page.locator('.banner').waitFor();
  await shoot('offline');
  await server.start();
  await page.locator('.banner').waitFor({ state: 'detached', timeout: 30_000 });
  await session.context.clearCookies();
  await page.reload();
  await page.getByText('kontor serve --login-url').waitFor();
  await shoot('signed-out');
  console.log(`${taken} pictures in ${out}`);
} finally {
  await browser.close();
  await server.stop();
  await model.stop();
}
