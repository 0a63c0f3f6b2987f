// The way of a person in the real window, on a display that no screen shows:
// keys go in by xdotool, pictures come out by ImageMagick, and the state is
// read from the socket that Kontor keeps for its own user.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { documents } from './harness.mjs';
import { startSpeech } from './speech.mjs';

const run = promisify(execFile);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const need = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; \`go run ./build test\` sets it`);
  return value;
};

const data = mkdtempSync(join(tmpdir(), 'kw-'));
const socketPath = join(data, 'run', 'socket');
const args = [
  '--data',
  data,
  '--runtime-dir',
  need('KONTOR_RUNTIME_DIR'),
  '--starter-dir',
  need('KONTOR_STARTER_DIR'),
];
let log = '';
const env = { ...process.env, KONTOR_HUMMING_MICROPHONE: '1' };
const child = spawn(need('KONTOR_DESKTOP_BIN'), args, { stdio: ['ignore', 'pipe', 'pipe'], env });
const ended = new Promise((resolve) => child.once('exit', resolve));
child.stdout.on('data', (chunk) => (log += chunk));
child.stderr.on('data', (chunk) => (log += chunk));

/** call runs a method as the owner of the data folder may. */
function call(name, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'X-Kontor': '1', Host: 'kontor' };
    const sent = request({ socketPath, path: `/api/call/${name}`, method: 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${name}: ${response.statusCode} ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}

async function until(what, check, seconds = 120) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    const found = await check().catch(() => undefined);
    if (found) return found;
    if (child.exitCode !== null) throw new Error(`the program ended while waiting until ${what}`);
    await pause(250);
  }
  throw new Error(`waited ${seconds} s until ${what}`);
}

async function key(...keys) {
  for (const one of keys) {
    await run('xdotool', ['key', '--clearmodifiers', one]);
    await pause(350);
  }
}

/** picture is what the display shows, three bytes for each point. */
async function picture() {
  const options = { encoding: 'buffer', maxBuffer: 1 << 26 };
  const size = await run('xdotool', ['getdisplaygeometry']);
  const [width, height] = size.stdout.trim().split(' ').map(Number);
  const { stdout } = await run('import', ['-window', 'root', '-depth', '8', 'rgb:-'], options);
  return { width, height, points: stdout };
}

/** marks is the box around everything in the colour of marks. */
function marks({ width, height, points }) {
  const box = { left: width, top: height, right: 0, bottom: 0, count: 0 };
  for (let y = 0; y < height; y += 1) {
    for (let x = Math.floor(width / 2); x < width; x += 1) {
      const at = (y * width + x) * 3;
      const [r, g, b] = [points[at], points[at + 1], points[at + 2]];
      if (r < 245 || g < 215 || g > 236 || b < 100 || b > 150) continue;
      box.count += 1;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y + 1);
    }
  }
  return box;
}

/** keepPicture writes what is on the display to the file that a person asked for. */
async function keepPicture(name = '') {
  const file = process.env.KONTOR_WINDOW_PICTURE;
  if (file) await run('import', ['-window', 'root', file.replace(/(\.\w+)?$/, `${name}$1`)]);
}

/** settled waits until the display shows something else than before, and five times the same. */
async function settled(before) {
  let last = before;
  let same = 0;
  await until('what is shown has changed and rests', async () => {
    const { points } = await picture();
    same = points.equals(last.points) ? same + 1 : 0;
    last = { points };
    return same >= 5 && !points.equals(before.points);
  });
}

let passed = 0;
let failed = 0;
async function step(name, work) {
  try {
    await work();
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n${error.stack}`);
    await keepPicture();
    throw error;
  }
}

const question = 'Wie viele Werktage betraegt der Urlaub mindestens?';

try {
  await step('the window opens and its program answers', async () => {
    await until('the socket is there', async () => existsSync(socketPath));
    await until('the program answers', () => call('status.get', {}));
    const found = await until('a window is shown', async () => {
      const { stdout } = await run('xdotool', ['search', '--onlyvisible', '--name', 'Kontor']);
      return stdout.trim().split('\n').at(-1);
    });
    await run('xdotool', [
      'windowmove',
      found,
      '0',
      '0',
      'windowsize',
      found,
      '1280',
      '800',
      'windowfocus',
      found,
    ]);
    await call('settings.set', { key: 'ui.theme', value: 'light', reset: false });
    await pause(1500);
  });

  await step('a document is added by path and read', async () => {
    const collection = await call('collections.create', { id: '', name: 'Gesetze' });
    await call('documents.add', { paths: [documents.holidays], collectionId: collection.id });
    await until('it can be searched', async () => {
      const list = await call('documents.list', { collectionId: collection.id, offset: 0, limit: 5 });
      return ['searchable', 'ready'].includes(list.documents[0]?.status);
    });
  });

  let answer;
  await step('a question is asked by keyboard and answered from the document', async () => {
    // Files, filter, then the collections of the chat.
    await key('ctrl+n', 'Tab', 'Tab', 'Tab', 'Return', 'Down', 'Return', 'Escape', 'ctrl+l');
    await run('xdotool', ['type', '--delay', '25', question]);
    await key('Return');
    const chat = await until(
      'the chat is stored',
      async () => (await call('chats.list', { before: 0, limit: 5, query: '' })).chats[0],
      30,
    );
    answer = await until(
      'the answer has ended',
      async () => {
        const view = await call('chats.open', { id: chat.id });
        assert.equal(view.messages[0].text, question);
        return view.messages.find((message) => message.role === 'assistant' && message.status !== 'running');
      },
      300,
    );
    assert.equal(answer.status, 'complete');
    assert.ok(answer.passages.some((passage) => passage.text.includes('mindestens 24 Werktage')));
  });

  await step('its passage opens, marked at the right place of the right page', async () => {
    const wanted = answer.passages.find((passage) => passage.text.includes('mindestens 24 Werktage'));
    const cited = answer.passages.findIndex((passage) => passage.cited);
    const steps = answer.passages.indexOf(wanted) - Math.max(0, cited);
    await key('ctrl+j');
    await pause(2500);
    for (let i = 0; i < Math.abs(steps); i += 1) await key(steps > 0 ? 'Right' : 'Left');
    const { documentId, fileHash, start, end } = wanted;
    const preview = await call('documents.preview', {
      documentId,
      fileHash,
      start,
      end,
      fromBlock: 0,
      toBlock: 0,
    });
    assert.equal(preview.page, 1);
    const rects = preview.rects;
    const widthInPoints = Math.max(...rects.map((r) => r.x + r.width)) - Math.min(...rects.map((r) => r.x));
    const heightInPoints = Math.max(...rects.map((r) => r.y + r.height)) - Math.min(...rects.map((r) => r.y));
    // The page fills the panel of 420 points but for its border and margins.
    const scale = (420 - 1 - 24) / rects[0].pageWidth;
    await until(
      'the marks are where the passage is',
      async () => {
        const box = marks(await picture());
        const near = (value, expected) => Math.abs(value - expected) <= 12;
        return (
          box.count > 0 &&
          near(box.right - box.left, widthInPoints * scale) &&
          near(box.bottom - box.top, heightInPoints * scale)
        );
      },
      30,
    );
  });

  await step('keys make the text larger, and bring it back', async () => {
    const size = async () =>
      (await call('settings.list', {})).settings.find((one) => one.key === 'ui.text_size').value;
    await key('ctrl+plus');
    await until('the text is larger', async () => (await size()) === 'large', 30);
    await key('ctrl+0');
    await until('the text is as it was', async () => (await size()) === 'normal', 30);
  });

  await keepPicture();
  await step('a pack opened by a second start is asked about and installed after a yes', async () => {
    const program = need('KONTOR_DESKTOP_BIN');
    const folder = join(data, 'pack');
    mkdirSync(folder);
    writeFileSync(join(folder, 'LICENSE.txt'), 'You may.');
    writeFileSync(join(folder, 'deu.traineddata'), 'letters');
    const files = [
      { file: 'LICENSE.txt', kind: 'licence' },
      { file: 'deu.traineddata', kind: 'ocr' },
    ];
    const manifest = { name: 'reading', version: 1, title: 'Reading pictures', models: [], files };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    const pack = join(data, 'reading.kontorpack');
    await run(program, ['pack', 'create', folder, pack]);
    const before = await picture();
    await run(program, [...args, pack]);
    const installed = async () => (await call('models.stored', {})).packs.length === 1;
    // Nobody signed it: the first key says yes to that, then the button behind Cancel.
    await settled(before);
    assert.equal(await installed(), false, 'installed without being asked');
    await keepPicture('-offer');
    await key('space', 'Tab', 'Tab', 'Return');
    await until('the pack is installed', installed, 60);
    await pause(1000);
    await keepPicture('-offered');
  });

  await step('a question is dictated by keyboard, and what was heard stands in the field', async () => {
    const speech = await startSpeech(() => 'Wer haftet bei Verzug?');
    try {
      const provider = { name: 'Büro', kind: 'vllm', address: speech.url, enabled: true, proxy: 'system' };
      await call('providers.save', { provider });
      const here = { chatId: '', collectionIds: [] };
      await until('a model listens', async () => (await call('dictation.state', here)).model !== '');
      await key('ctrl+comma', 'ctrl+n', 'ctrl+l'); // a field that is made anew asks who listens
      await until('the server heard the microphone', async () => {
        await key('ctrl+shift+d'); // begins, or ends what the turn before began
        await pause(1500);
        return speech.state.recordings.length > 0;
      });
      const [recording] = speech.state.recordings;
      assert.equal(recording.rate, 16_000);
      assert.ok(recording.peak > 1000 && recording.seconds > 0.5, JSON.stringify(recording));
      await until('its words are in the field', async () =>
        (await call('drafts.list', {})).drafts.some(({ text }) => text.includes('Wer haftet bei Verzug?')),
      );
      await keepPicture('-dictated');
    } finally {
      await speech.stop();
    }
  });

  await step('the window closes and leaves nothing behind', async () => {
    child.kill('SIGTERM');
    const code = await Promise.race([ended, pause(20_000).then(() => 'still running')]);
    assert.notEqual(code, 'still running');
    assert.equal(existsSync(socketPath), false);
  });
} catch {
  console.log(log.slice(-3000));
} finally {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(data, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
