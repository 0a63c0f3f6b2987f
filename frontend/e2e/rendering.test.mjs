// How answers look, and that nothing in them runs or asks another server.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Server, Session, startBrowser } from './harness.mjs';
import { apart, payloads, published, spoken, unguarded } from './payloads.mjs';
import { startScripted } from './scripted.mjs';

const fence = '```';
const rich = [
  'Der Satz des Pythagoras, $a^2 + b^2 = c^2$, gilt immer.[^1]',
  '$$\n\\int_0^1 x^2\\,dx = \\frac{1}{3}\n$$',
  '| Monat | Summe |\n|---|--:|\n| Mai | 1.234,50 |\n| Juni | =1+1 |',
  `${fence}mermaid\ngraph LR\n  Antrag --> Prüfung --> Freigabe\n${fence}`,
  `${fence}mermaid\nthis is no diagram\n${fence}`,
  `${fence}python\nprint("Kontor")\n${fence}`,
  '- [x] erledigt\n- [ ] offen',
  '[^1]: Euklid, Elemente.',
].join('\n\n');

let asked = 0;
const said = [];
const answered = [];
let model, canary, server, browser, session, page, hostile, own, others;

before(async () => {
  canary = createServer((request, response) => response.end());
  canary.on('connection', () => (asked += 1));
  await new Promise((resolve) => canary.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${canary.address().port}`;
  own = payloads(address);
  others = published(address);
  hostile = [...own, ...others.map(apart)];
  model = await startScripted((prompt) => {
    const part = /Angriff (\d+) bis (\d+)/.exec(prompt);
    if (part) return { text: hostile.slice(Number(part[1]), Number(part[2])).join('\n\n') };
    if (prompt.includes('Schluss')) return { text: `${fence}mermaid\ngraph TD\n  Zum --> Schluss\n${fence}` };
    if (prompt.includes('Rahmen')) return { text: `${fence}mermaid\ngraph TD\n  Im --> Rahmen\n${fence}` };
    return { text: rich };
  });
  server = await new Server({ args: ['--runtime-url', model.url] }).start();
  browser = await startBrowser();
  session = new Session(browser, server);
  session.context = await browser.newContext({
    ...{ viewport: { width: 1280, height: 800 }, locale: 'de-DE', reducedMotion: 'reduce' },
  });
  // What published payloads call when they run, in every page and frame.
  await session.context.addInitScript((spoken) => {
    const ran = () => {
      window.hacked = 1;
      console.log(spoken);
    };
    Object.assign(window, { alert: ran, confirm: ran, prompt: ran, print: ran });
  }, spoken);
  page = await session.open({ language: 'de' });
  page.on('console', (message) => said.push(message.text()));
  page.on('response', (response) => answered.push(response.url()));
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
  canary?.close();
});

test('formulas, diagrams, tables, code and footnotes look like what they are', async () => {
  const answer = await session.ask('Zeig, was du kannst');
  await answer.locator('.formula .katex').first().waitFor();
  assert.equal(await answer.locator('.formula.display').count(), 1);
  const picture = answer.locator('.diagram img');
  await picture.waitFor();
  await page.waitForFunction(() => document.querySelector('.diagram img')?.naturalWidth > 50);
  if (process.env.KONTOR_PICTURES) await page.screenshot({ path: `${process.env.KONTOR_PICTURES}/rich.png` });
  assert.match(await picture.getAttribute('src'), /^data:image\/svg\+xml/);
  // What is no diagram stays readable as code.
  await answer.locator('.code > pre', { hasText: 'this is no diagram' }).waitFor();
  await answer.locator('.hljs-string').waitFor();
  assert.match(await answer.locator('.markdown li').first().innerText(), /☑ erledigt/);
  await answer.locator('.footnote-ref button').click();
  await answer.locator('.footnote:focus', { hasText: 'Euklid' }).waitFor();
});

test('a formula is on paper what it is on the screen', async () => {
  // The top of every box of the formula, counted from the top of the formula.
  const boxes = () =>
    page.evaluate(() => {
      const formula = document.querySelector('.formula.display .katex-html');
      const { top, height } = formula.getBoundingClientRect();
      const parts = [...formula.querySelectorAll('.mord:not(:has(*))')];
      return parts.map((part) => [part.textContent, (part.getBoundingClientRect().top - top) / height]);
    });
  const shown = await boxes();
  assert.ok(shown.length >= 4);
  await page.emulateMedia({ media: 'print' });
  const printed = await boxes();
  await page.emulateMedia({ media: 'screen' });
  for (const [at, [text, top]] of shown.entries())
    assert.ok(
      Math.abs(printed[at][1] - top) < 0.1,
      `${text}: ${top} on the screen, ${printed[at][1]} on paper`,
    );
});

test('a table is saved as a spreadsheet reads it', async () => {
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Als CSV speichern' }).click();
  const download = await saved;
  assert.equal(download.suggestedFilename(), 'Tabelle.csv');
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  assert.equal(text, `\uFEFFMonat;Summe\r\nMai;"1.234,50"\r\nJuni;'=1+1\r\n`);
});

test('the frame that draws has no origin, no network and no page', async () => {
  // After something that is no diagram the frame is thrown away; a diagram gets a new one, which stays.
  const answer = await session.ask('Noch ein Bild im Rahmen');
  await answer.locator('.diagram img').waitFor();
  const frame = page.frames().find((one) => one.url().endsWith('/diagram.html'));
  const found = await frame.evaluate(async (address) => {
    const tried = { origin: self.origin };
    try {
      tried.page = String(parent.document);
    } catch (error) {
      tried.page = error.name;
    }
    tried.network = await fetch(address).then(
      () => 'sent',
      (error) => error.name,
    );
    return tried;
  }, `http://127.0.0.1:${canary.address().port}/frame`);
  assert.deepEqual(found, { origin: 'null', page: 'SecurityError', network: 'TypeError' });
  assert.equal(asked, 0);
});

// The same payloads where nothing holds them: that they are heard shows that silence means something.
test('payloads run and ask where nothing holds them', async (t) => {
  let heard = 0;
  let sent = '';
  const bare = createServer((request, response) => {
    if (request.url !== '/') heard += 1;
    response.writeHead(request.url === '/' ? 200 : 404, { 'Content-Type': 'text/html' });
    response.end(request.url === '/' ? sent : '');
  });
  await new Promise((resolve) => bare.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${bare.address().port}`;
  const some = published(address).filter((_, at) => at % 12 === 0);
  sent = unguarded([...payloads(address).slice(0, 60), ...some.map(({ text }) => text)]);
  const reckless = await startBrowser(); // one that may end by what runs in it
  try {
    const open = await reckless.newPage();
    open.on('dialog', (dialog) => void dialog.dismiss());
    await open.goto(address, { waitUntil: 'commit' });
    const enough = () => (window.ran >= 15 ? window.ran : undefined);
    const ran = await (await open.waitForFunction(enough, undefined, { timeout: 120_000 })).jsonValue();
    for (let left = 3000; heard < 10 && left > 0; left--)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(heard >= 10);
    t.diagnostic(`${ran} scripts ran, ${heard} requests`);
  } finally {
    await reckless.close().catch(() => undefined);
    bare.closeAllConnections();
    bare.close();
  }
});

test('no payload runs a script or reaches another server', async (t) => {
  assert.ok(own.length >= 200 && others.length >= 1000);
  const size = 40;
  for (let from = 0; from < hostile.length; from += from < own.length ? size : 3 * size) {
    await page.getByRole('button', { name: 'Neuer Chat' }).click();
    await page.getByRole('heading', { name: 'Was möchten Sie wissen?' }).waitFor();
    const until = from + (from < own.length ? size : 3 * size);
    const answer = await session.ask(`Angriff ${from} bis ${until}`);
    const found = await answer.locator('.markdown').evaluate((root) => {
      const wrong = [];
      for (const element of root.querySelectorAll('*')) {
        const whose = element.closest('blockquote')?.firstElementChild?.textContent ?? '';
        const name = element.tagName.toLowerCase();
        if (
          /^(?:script|iframe|object|embed|form|input|base|link|meta|style|video|audio|foreignobject)$/.test(
            name,
          )
        )
          wrong.push(`${whose} ${name}`);
        if (name === 'img' && !element.src.startsWith('data:image/svg+xml')) wrong.push(element.src);
        if (name === 'a' && !/^(?:https?|mailto):/.test(element.href)) wrong.push(element.href);
        for (const { name: attribute, value } of element.attributes) {
          if (/^on|^srcset$|^ping$|^background$/.test(attribute)) wrong.push(attribute);
          if (attribute === 'style' && /url|import/.test(value)) wrong.push(value);
        }
      }
      return wrong;
    });
    assert.deepEqual(found, [], `payloads ${from} to ${until}`);
    // Whoever points and tabs about wakes nothing either.
    for (const link of await answer.locator('.markdown a').all()) await link.dispatchEvent('mouseover');
  }
  // Diagrams are drawn one after the other: behind this one none is left.
  const last = await session.ask('Zum Schluss');
  await last.locator('.diagram img').waitFor({ timeout: 60_000 });
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.ok(!said.includes(spoken), 'a script ran where diagrams are drawn');
  assert.equal(asked, 0);
  const elsewhere = (url) => /^https?:/.test(url) && new URL(url).origin !== server.origin;
  assert.deepEqual(answered.filter(elsewhere), []);
  const scripts = session.faults.filter((fault) => fault.startsWith('script:'));
  assert.deepEqual(scripts, []);
  t.diagnostic(`${own.length} own and ${others.length} published payloads: 0 scripts, ${asked} requests`);
});

// What was answered above goes out as documents and is opened by itself, without
// the page and its rules around it.
test('no payload gets out of an exported document', async (t) => {
  const exported = async (format) => {
    const file = await session.call('transfer.export', { chatId: '', folderId: '', format });
    return Buffer.from(file.content, file.base64 ? 'base64' : 'utf8');
  };
  const html = await exported('html');
  const folder = mkdtempSync(join(tmpdir(), 'kontor-exported-'));
  const path = join(folder, 'chats.html');
  // Its own rule against loading is taken out: the document must be harmless without it.
  const rule = /<meta http-equiv="Content-Security-Policy"[^>]*>/i;
  assert.match(html.toString(), rule);
  writeFileSync(path, html.toString().replace(rule, ''));
  const before = asked;
  const tried = [];
  const paper = await session.context.newPage();
  try {
    paper.on('request', (request) => tried.push(request.url()));
    await paper.goto(pathToFileURL(path).href, { waitUntil: 'load' });
    const found = await paper.evaluate(() => {
      const wrong = [];
      for (const element of document.body.querySelectorAll('*')) {
        const name = element.tagName.toLowerCase();
        if (
          /^(?:script|iframe|object|embed|form|input|base|link|meta|style|video|audio|svg|math)$/.test(name)
        )
          wrong.push(name);
        if (name === 'img' && !element.src.startsWith('data:')) wrong.push(element.src);
        if (name === 'a' && !/^(?:https?:|mailto:|#)/.test(element.getAttribute('href') ?? '#'))
          wrong.push(element.href);
        for (const { name: attribute, value } of element.attributes) {
          if (/^on|^srcset$|^ping$|^background$/.test(attribute)) wrong.push(attribute);
          if (attribute === 'style' && !/^text-align: ?\w+;?$/.test(value)) wrong.push(value);
        }
      }
      return wrong;
    });
    assert.deepEqual(found, []);
    for (const link of (await paper.locator('a').all()).slice(0, 50)) await link.dispatchEvent('mouseover');
    assert.equal(await paper.evaluate(() => window.hacked), undefined);
  } finally {
    await paper.close();
    rmSync(folder, { recursive: true, force: true });
  }
  assert.deepEqual(
    tried.filter((url) => !url.startsWith('file:') && !url.startsWith('data:')),
    [],
  );
  assert.equal(asked, before);
  const pdf = (await exported('pdf')).toString('latin1');
  assert.ok(pdf.startsWith('%PDF-'));
  const actions = [
    .../\/(?:JavaScript|JS|Launch|SubmitForm|ImportData|GoToR|EmbeddedFile|AA|OpenAction)\b/g[
      Symbol.matchAll
    ](pdf),
  ];
  assert.deepEqual(
    actions.map(([name]) => name).filter((name) => name !== '/OpenAction'),
    [],
  );
  const targets = [...pdf.matchAll(/\/URI \(([^)]*)/g)].map(([, target]) => target);
  assert.deepEqual(
    targets.filter((target) => !/^(?:https?|mailto):/.test(target)),
    [],
  );
  t.diagnostic(
    `${own.length} own, ${others.length} published payloads in HTML and PDF: 0 scripts, ${asked - before} requests`,
  );
});
