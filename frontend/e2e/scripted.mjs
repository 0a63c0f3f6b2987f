// A model server that says what a test wants, in the wire format of Ollama.
// Kontor uses it as an external runtime, so everything but the model is real.
import { createServer } from 'node:http';

const model = { name: 'scripted:latest', model: 'scripted:latest', digest: 'a'.repeat(64), size: 1_000_000 };
const details = { format: 'gguf', family: 'scripted', parameter_size: '1M', quantization_level: 'F16' };

/**
 * startScripted serves `answer(question, body) → { text, pace, first, until, hold }`: the
 * text is sent word by word, `pace` milliseconds apart, the first one after `first` and
 * when the promise `until` is settled, the end when `hold` is. A prompt that is rendered
 * already is its own question. `state.requests` are the bodies it was sent.
 * With `eyes` there is a second model, "eyes", that sees pictures; with `second` one
 * of that name.
 */
export async function startScripted(answer, { eyes = false, second = '' } = {}) {
  const other = { ...model, name: `${second}:latest`, model: `${second}:latest`, digest: 'c'.repeat(64) };
  const seeing = { ...model, name: 'eyes:latest', model: 'eyes:latest', digest: 'b'.repeat(64) };
  const state = { running: 0, cancelled: 0, finished: 0, requests: [] };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
      void reply(request, response, body);
    });
  });

  async function reply(request, response, body) {
    const json = (value, status = 200) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    switch (new URL(request.url, 'http://x').pathname) {
      case '/':
        return response.end('Ollama is running');
      case '/api/version':
        return json({ version: '0.24.0' });
      case '/api/tags':
        return json({
          models: [model, ...(eyes ? [seeing] : []), ...(second ? [other] : [])].map((one) => ({
            ...one,
            details,
          })),
        });
      case '/api/ps':
        return json({ models: [] });
      case '/api/show':
        return json({
          ...{
            template: '{{ .Prompt }}',
            details,
            capabilities: ['completion', ...(body.model === seeing.name ? ['vision'] : [])],
          },
          model_info: { 'general.architecture': 'scripted', 'scripted.context_length': 32768 },
        });
      case '/api/chat':
      case '/api/generate':
        return chat(request, response, body);
      default:
        return json({ error: 'not found' }, 404);
    }
  }

  async function chat(request, response, body) {
    const send = (value) => response.write(`${JSON.stringify({ model: model.name, ...value })}\n`);
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    const messages = body.messages ?? [];
    state.requests.push(body);
    const question = body.raw ? body.prompt : messages.at(-1)?.content;
    const script = question ? answer(question, body) : { text: '' };
    const piece = (content) =>
      body.raw ? { response: content } : { message: { role: 'assistant', content } };
    let gone = false;
    response.once('close', () => (gone = !response.writableFinished));
    state.running += 1;
    const wait = (ms) => (ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : undefined);
    await wait(script.first ?? 0);
    await script.until;
    for (const word of script.text.match(/\s*\S+\s*/g) ?? []) {
      if (gone) break;
      send({ ...piece(word), done: false });
      await wait(script.pace ?? 0);
    }
    await Promise.race([script.hold, new Promise((resolve) => response.once('close', resolve))]);
    state.running -= 1;
    if (gone) {
      state.cancelled += 1;
      return;
    }
    state.finished += 1;
    send({
      ...{ ...piece(''), done: true, done_reason: 'stop' },
      ...{ prompt_eval_count: 40, eval_count: 60, prompt_eval_duration: 1e8, eval_duration: 1e9 },
      ...{ load_duration: 1, total_duration: 12e8 },
    });
    response.end();
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url, state, stop };
}

/** startOffice serves one model, "qwen", as vLLM would: a provider beside the runtime. */
export async function startOffice(text) {
  const state = { questions: 0, key: '' };
  const server = createServer((request, response) => {
    state.key = request.headers.authorization ?? '';
    request.resume();
    if (request.url === '/v1/models') {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ data: [{ id: 'qwen', max_model_len: 32768 }] }));
    } else if (request.url === '/v1/chat/completions') {
      state.questions += 1;
      const send = (value) => response.write(`data: ${JSON.stringify(value)}\n\n`);
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (const content of text.match(/\s*\S+/g) ?? [])
        send({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
      send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
      send({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 4 } });
      response.end('data: [DONE]\n\n');
    } else {
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...{ state, url: `http://127.0.0.1:${server.address().port}/v1` },
    stop: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}
