// Starts the real server in a folder of its own and a browser beside it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

/** Folder of real documents, shared with the tests of the parsers. */
const corpus = fileURLToPath(new URL('../../localrag/parse/testdata/corpus/', import.meta.url));

/** corpusFile is the path of one of them. */
export const corpusFile = (name) => join(corpus, 'ok', name);

export const documents = {
  holidays: join(corpus, 'ok/bundesurlaubsgesetz.pdf'),
  hours: join(corpus, 'ok/arbeitszeitgesetz-zweispaltig.pdf'),
  temporary: join(corpus, 'ok/teilzeit-und-befristungsgesetz.docx'),
  evidence: join(corpus, 'ok/Nachweisgesetz – Übersicht für Beschäftigte.md'),
  empty: join(corpus, 'hostile/empty-0-bytes.pdf'),
  encrypted: join(corpus, 'hostile/encrypted-aes256-user-password.pdf'),
};

// It is a script of the test, which the page would refuse as inline.
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

function need(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; \`go run ./build test\` sets it`);
  return value;
}

// A policy lies where only an administrator writes. The server gets an /etc of
// its own for that, which nobody else sees.
const apart = process.getuid?.() === 0 ? ['-m'] : ['-rm'];
const behind = `cp -a /etc "$0/etc" 2>/dev/null
mkdir -p "$0/etc/kontor" && chmod 755 "$0/etc/kontor" && install -m 644 "$0/policy.json" "$0/etc/kontor/policy.json" &&
mount --bind "$0/etc" /etc && exec "$@"`;

/** policies says whether servers here can be given a policy. */
export const policies = () => spawnSync('unshare', [...apart, 'true']).status === 0;

/** Server is one `kontor serve` with its own data; `policy` is one of an administrator. */
export class Server {
  constructor(options = {}) {
    this.options = options;
    this.data = mkdtempSync(join(tmpdir(), 'kontor-e2e-'));
    this.log = '';
  }

  async start() {
    const args = ['serve', '--port', '0', '--data', this.data, ...(this.options.args ?? [])];
    args.push('--runtime-dir', need('KONTOR_RUNTIME_DIR'), '--starter-dir', need('KONTOR_STARTER_DIR'));
    // Proxies and settings of the person who runs the tests must not matter.
    const env = { PATH: process.env.PATH, HOME: this.data, LANG: 'C.UTF-8', TMPDIR: tmpdir() };
    let command = [need('KONTOR_BIN'), ...args];
    if (this.options.policy) {
      writeFileSync(join(this.data, 'policy.json'), JSON.stringify(this.options.policy));
      command = ['unshare', ...apart, 'sh', '-c', behind, this.data, ...command];
    }
    this.child = spawn(command[0], command.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stderr.on('data', (chunk) => (this.log += chunk));
    this.login = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no link after 60 s:\n${this.log}`)), 60_000);
      createInterface({ input: this.child.stdout }).on('line', (line) => {
        const link = /http:\/\/127\.0\.0\.1:\d+\/login\?code=\S+/.exec(line)?.[0];
        if (!link) return;
        clearTimeout(timer);
        resolve(link);
      });
      this.child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${this.log}`)));
    });
    this.origin = new URL(this.login).origin;
    return this;
  }

  /** kill ends the process without a word, as a crash would. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async stop() {
    if (this.child && this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM');
      await this.ended;
    }
    rmSync(this.data, { recursive: true, force: true });
  }
}

/** startBrowser starts Chromium; `microphone` is a WAV file that it hears over and over. */
export async function startBrowser({ microphone = '' } = {}) {
  const executablePath = process.env.KONTOR_CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) throw new Error(`there is no browser at ${executablePath}`);
  return chromium.launch({
    executablePath,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
      ...['--disable-sync', '--no-first-run'],
      ...(microphone
        ? [
            ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
            `--use-file-for-fake-audio-capture=${microphone}`,
          ]
        : []),
    ],
  });
}

/**
 * Session is a signed-in page that keeps what went wrong: errors of scripts,
 * of the content policy, and requests to anywhere else.
 */
export class Session {
  constructor(browser, server) {
    this.browser = browser;
    this.server = server;
    this.faults = [];
  }

  async open({ width = 1280, height = 800, language = 'en', theme = 'light' } = {}) {
    this.context ??= await this.browser.newContext({
      viewport: { width, height },
      locale: language === 'de' ? 'de-DE' : 'en-GB',
      reducedMotion: 'reduce',
    });
    this.page = await this.context.newPage();
    this.page.on('pageerror', (error) => this.faults.push(`script: ${error.message}`));
    this.page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(`console: ${message.text()}`);
    });
    this.page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== this.server.origin)
        this.faults.push(`left: ${request.url()}`);
    });
    await this.page.goto(this.server.login);
    await this.page.locator('#composer').waitFor();
    await this.call('settings.set', { key: 'ui.language', value: language, reset: false });
    await this.call('settings.set', { key: 'ui.theme', value: theme, reset: false });
    await this.page.locator(`html[lang="${language}"][data-theme="${theme}"]`).waitFor();
    return this.page;
  }

  /** call runs a method of the surface as the page would. */
  async call(name, request) {
    return this.page.evaluate(
      async ([name, request]) => {
        const headers = { 'Content-Type': 'application/json', 'X-Kontor': '1' };
        const response = await fetch(`/api/call/${name}`, {
          method: 'POST',
          headers,
          body: JSON.stringify(request),
        });
        return response.json();
      },
      [name, request],
    );
  }

  /** drop lets real files fall on the page. */
  async drop(paths, target = 'body') {
    const { readFileSync } = await import('node:fs');
    const { basename } = await import('node:path');
    const files = paths.map((path) => ({
      name: basename(path),
      bytes: readFileSync(path).toString('base64'),
    }));
    const data = await this.page.evaluateHandle((files) => {
      const transfer = new DataTransfer();
      for (const { name, bytes } of files) {
        transfer.items.add(new File([Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))], name));
      }
      return transfer;
    }, files);
    await this.page.dispatchEvent(target, 'dragenter', { dataTransfer: data });
    await this.page.locator('.drop').waitFor();
    await this.page.dispatchEvent(target, 'drop', { dataTransfer: data });
  }

  /** scripts collects what scripts the page loads until it is asked: their names, and their bytes as gzip ships them. */
  scripts() {
    const { page } = this;
    const loading = new Map();
    const take = (response) => {
      const name = new URL(response.url()).pathname.split('/').at(-1);
      if (/\.m?js$/.test(name)) loading.set(name, response.body());
    };
    page.on('response', take);
    return async () => {
      page.off('response', take);
      const bodies = await Promise.all(loading.values());
      const bytes = bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0);
      return { names: [...loading.keys()], bytes };
    };
  }

  async goto(hash) {
    await this.page.evaluate((hash) => (window.location.hash = hash), hash);
  }

  /** ask sends a question and waits until its answer has ended. */
  async ask(question, timeout = 180_000) {
    const before = await this.page.locator('article.answer').count();
    await this.page.fill('#composer', question);
    await this.page.keyboard.press('Enter');
    const answer = this.page.locator('article.answer').nth(before);
    await answer.waitFor();
    await this.page.locator(`article.answer >> nth=${before} >> .answer-row`).waitFor({ timeout });
    return answer;
  }

  /** useCollection chooses the documents of a new chat. */
  async useCollection(name) {
    if ((await this.page.locator('.chips').innerText()).includes(name)) return;
    await this.page.locator('.chips').click();
    await this.page.getByRole('menuitemcheckbox', { name: new RegExp(name) }).click();
    await this.page.keyboard.press('Escape');
  }

  /** violations lists what axe finds on the page as it is. */
  async violations() {
    await this.page.evaluate(axe);
    const result = await this.page.evaluate(() =>
      window.axe.run({ resultTypes: ['violations'], rules: { region: { enabled: false } } }),
    );
    return result.violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`,
    );
  }

  /** dialogByKeyboard closes the open dialog and opens it again from the button that has the focus then; it keeps the focus and gives it back. */
  async dialogByKeyboard() {
    const { page } = this;
    const dialog = page.getByRole('dialog');
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
    const close = async () => {
      await dialog.waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await page.waitForFunction(() => document.activeElement?.tagName === 'BUTTON');
    };
    await close();
    const opener = await focused();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]'));
    for (let at = 0; at < 20; at += 1) {
      await page.keyboard.press('Tab');
      const inside = await page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null);
      if (!inside) throw new Error(`the focus leaves the dialog with Tab ${at + 1}`);
    }
    await close();
    if ((await focused()) !== opener) throw new Error(`the focus is on ${await focused()}, not on ${opener}`);
  }

  /** pictures are for eyes: in both languages and themes, wide and narrow. KONTOR_PICTURES names a folder for them. */
  async pictures(name) {
    const out = process.env.KONTOR_PICTURES;
    if (!out) return;
    for (const [language, theme, width] of [
      ['de', 'light', 1280],
      ['en', 'dark', 1280],
      ['de', 'dark', 420],
      ['en', 'light', 420],
    ]) {
      await this.page.setViewportSize({ width, height: 800 });
      await this.call('settings.set', { key: 'ui.language', value: language, reset: false });
      await this.call('settings.set', { key: 'ui.theme', value: theme, reset: false });
      await this.page.locator(`html[lang="${language}"][data-theme="${theme}"]`).waitFor();
      await this.page.waitForTimeout(300);
      await this.page.screenshot({ path: join(out, `${name}-${language}-${theme}-${width}.png`) });
    }
    await this.page.setViewportSize({ width: 1280, height: 800 });
    await this.call('settings.set', { key: 'ui.language', value: 'de', reset: false });
    await this.call('settings.set', { key: 'ui.theme', value: 'light', reset: false });
    await this.page.locator('html[lang="de"][data-theme="light"]').waitFor();
  }

  async close() {
    await this.context?.close();
  }
}

/**
 * highlightedText reads what lies under the marks of the preview: the marks of
 * a text document, or the words of a PDF's text layer behind its rectangles.
 */
export async function highlightedText(page) {
  await page.locator('aside .kontor-highlight').first().waitFor({ timeout: 30_000 });
  await page.waitForFunction(
    () =>
      document.querySelector('aside mark.kontor-highlight') ??
      document.querySelector('aside .textLayer span'),
  );
  await page.waitForTimeout(300); // the text layer of a page is laid out in pieces
  return page.evaluate(() => {
    const marks = [...document.querySelectorAll('aside .kontor-highlight')];
    const place = document.querySelector('aside .preview')?.getBoundingClientRect();
    const first = marks[0].getBoundingClientRect();
    const inView = first.top >= place.top && first.bottom <= place.bottom;
    if (marks[0].tagName === 'MARK') {
      return { text: marks.map((mark) => mark.textContent).join(' '), inView };
    }
    const rects = marks.map((mark) => mark.getBoundingClientRect());
    const spans = [...document.querySelectorAll('aside .textLayer span')].filter((span) => {
      const box = span.getBoundingClientRect();
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      return rects.some((rect) => x > rect.left && x < rect.right && y > rect.top && y < rect.bottom);
    });
    const text = spans
      .map((span) => span.textContent)
      .join(' ')
      .replace(/\s+/g, ' ');
    return { text, inView, page: Number(marks[0].closest('[data-page]').dataset.page) };
  });
}
