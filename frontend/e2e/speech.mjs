// Servers that write down speech: one that says what a test wants, and a real
// one where it is installed.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as listen } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A computer's voice: "Please summarise the contract with the company from Hamburg." */
export const spoken = fileURLToPath(new URL('../../llm/openai/testdata/speech-en.wav', import.meta.url));

/** heard measures a WAV file of 16-bit samples: samples per second, channels, seconds, and the loudest sample. */
export function heard(bytes) {
  const wav = Buffer.from(bytes);
  const samples = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length));
  const rate = wav.readUInt32LE(24);
  return {
    ...{ rate, channels: wav.readUInt16LE(22), bits: wav.readUInt16LE(34), seconds: samples.length / rate },
    peak: samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0),
  };
}

/**
 * startSpeech serves two models as vLLM documents it: "qwen" writes, "openai/whisper-small"
 * listens and answers with `say(recording)`, text or { status, body }. `state.recordings` holds what
 * came: the form's fields and the measured sound.
 */
export async function startSpeech(say) {
  const state = { recordings: [] };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => void reply(request, response, Buffer.concat(chunks)));
  });

  async function reply(request, response, body) {
    const json = (value, status = 200) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (request.url === '/v1/models')
      return json({ data: [{ id: 'qwen', max_model_len: 32768 }, { id: 'openai/whisper-small' }] });
    if (request.url !== '/v1/audio/transcriptions') return json({ detail: 'Not Found' }, 404);
    const headers = { 'Content-Type': request.headers['content-type'] };
    const form = await new Response(body, { headers }).formData();
    const { file, ...fields } = Object.fromEntries(form);
    const recording = { ...fields, ...heard(await file.arrayBuffer()) };
    state.recordings.push(recording);
    const said = await say(recording);
    if (typeof said !== 'string') return json(said.body, said.status);
    return json({ text: ` ${said}`, usage: { type: 'duration', seconds: Math.round(recording.seconds) } });
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...{ state, url: `http://127.0.0.1:${server.address().port}/v1` },
    stop: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}

/** startWhisper runs a real server with Whisper's base model; undefined where it is not installed. */
export async function startWhisper() {
  const packages = process.env.KONTOR_WHISPER_SERVER;
  if (!packages) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'kontor-whisper-'));
  const config = join(folder, 'models.json'); // YAML reads it
  const options = {
    model_options: { device: 'cpu', compute_type: 'int8' },
    transcribe_options: { beam_size: 1 },
  };
  const models = [{ name: 'whisper-1', path: join(packages, 'model'), ...options }];
  writeFileSync(config, JSON.stringify({ models }));
  const port = await new Promise((resolve) => {
    const probe = listen().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
  const args = [
    '-m',
    'faster_whisper_server',
    '--config',
    config,
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
  ];
  const env = { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1', HF_HUB_OFFLINE: '1' };
  const child = spawn('python3', args, { env, stdio: 'ignore' });
  let over = false;
  const ended = new Promise((resolve) => child.once('exit', resolve)).then(() => (over = true));
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!over && !(await answers())) await new Promise((resolve) => setTimeout(resolve, 50));
  if (over) throw new Error('the speech server ended before it listened');
  return {
    url: `http://127.0.0.1:${port}/v1`,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
