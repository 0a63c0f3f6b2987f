// Runs the browser tests one file after the other: each starts a server of
// its own. A file with a failure is run once more, alone: what passes then
// failed by chance, which is a defect as well, but another one. It is named
// as "flaky".
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

/** More files than this with a failure are no chance. */
const mostByChance = 2;

const here = fileURLToPath(new URL('.', import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(here)
  .filter((name) => name.endsWith('.test.mjs'))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .map((name) => join(here, name));

/** pass runs test files and tells what passed and what failed, by file. */
async function pass(files) {
  const passed = new Map();
  const failed = new Map();
  const note = (result) => (event) => {
    if (event.details?.type === 'suite' || !event.file) return;
    result.set(event.file, [...(result.get(event.file) ?? []), event.name]);
  };
  const stream = run({ files, concurrency: 1, timeout: 600_000 })
    .on('test:pass', note(passed))
    .on('test:fail', note(failed));
  const report = stream.compose(spec);
  report.pipe(process.stdout, { end: false });
  await new Promise((resolve) => report.once('end', resolve));
  return { passed, failed };
}

const count = (results) => [...results.values()].flat().length;

const first = await pass(files);
let { passed, failed } = first;
if (failed.size > 0 && failed.size <= mostByChance) {
  console.log(`\nonce more, alone: ${[...failed.keys()].map((file) => basename(file)).join(', ')}`);
  const second = await pass([...failed.keys()]);
  passed = new Map([...passed, ...second.passed]);
  failed = second.failed;
  for (const [file, names] of first.failed)
    if (!failed.has(file)) for (const name of names) console.log(`flaky: ${basename(file)}: ${name}`);
}
process.exitCode = failed.size > 0 ? 1 : 0;
console.log(`${count(passed)} passed, ${count(failed)} failed`);
