import coreDeText from '$text/core.de.json?raw';
import coreEnText from '$text/core.en.json?raw';
import uiDeText from '$text/ui.de.json?raw';
import uiEnText from '$text/ui.en.json?raw';
import { describe, expect, it } from 'vitest';
import { Translator, languageOf } from './i18n';
import { texts as german } from './texts/de';
import { texts as english } from './texts/en';

const [coreDe, coreEn, uiDe, uiEn] = [coreDeText, coreEnText, uiDeText, uiEnText].map(
  (text) => JSON.parse(text) as Record<string, string>,
) as [Record<string, string>, Record<string, string>, Record<string, string>, Record<string, string>];
const sources = Object.entries(
  import.meta.glob<string>(
    ['/src/**/*.svelte', '/src/**/*.ts', '!/src/**/*.test.ts', '!/src/lib/api.gen.ts'],
    {
      eager: true,
      import: 'default',
      query: '?raw',
    },
  ),
);
const keys = Object.keys(uiEn);

describe('catalogue', () => {
  it('has the same keys in both languages, each in one file', () => {
    expect(Object.keys(uiDe)).toEqual(keys);
    expect(keys.filter((key) => key in coreEn || key in coreDe)).toEqual([]);
  });

  it('is parsed whole, and only where there is something to fill in', () => {
    for (const [texts, written] of [
      [german, { ...coreDe, ...uiDe }],
      [english, { ...coreEn, ...uiEn }],
    ] as const) {
      expect(Object.keys(texts)).toEqual(Object.keys(written));
      for (const [key, text] of Object.entries(written))
        expect(typeof texts[key] === 'string', `${key}: ${text}`).toBe(!text.includes('{'));
    }
  });

  it('has every key that the code uses', () => {
    const used = sources.flatMap(([, source]) =>
      [...source.matchAll(/\bt(?:ext)?\(\s*'([^']+)'/g)].map((match) => match[1] ?? ''),
    );
    expect(used.length).toBeGreaterThan(100);
    expect(used.filter((key) => !keys.includes(key))).toEqual([]);
  });

  it('has no key that nothing uses', () => {
    const code = sources.map(([, source]) => source).join('\n');
    const quoted = new Set([...code.matchAll(/'([\w.]+)'/g)].map((match) => match[1]));
    const open = [...code.matchAll(/`([\w.]+)\$\{/g)].map((match) => match[1] ?? '');
    const unused = keys.filter(
      (key) => !quoted.has(key) && !open.some((start) => start.includes('.') && key.startsWith(start)),
    );
    expect(unused.filter((key) => !key.startsWith('problem.'))).toEqual([]);
  });

  it('says Sie, blames nobody and shouts at nobody', () => {
    for (const message of Object.values(uiDe)) {
      expect(message).not.toMatch(/\b(?:du|dein|deine|dir)\b/i);
      expect(message).not.toContain('!');
    }
    for (const message of Object.values(uiEn)) expect(message).not.toContain('!');
  });
});

describe('Translator', () => {
  const de = new Translator('de', german);
  const en = new Translator('en', english);

  it('settles languages', () => {
    expect(['de-AT', 'DE', 'en-GB', 'fr', ''].map(languageOf)).toEqual(['de', 'de', 'en', 'en', 'en']);
  });

  it('counts', () => {
    expect([0, 1, 1234].map((count) => de.text('documents.count', { count }))).toEqual([
      'keine Dokumente',
      '1 Dokument',
      '1.234 Dokumente',
    ]);
    expect(en.text('documents.count', { count: 1234 })).toBe('1,234 documents');
  });

  it('writes numbers, sizes and spans as the language does', () => {
    expect(de.number(41.25, 1)).toBe('41,3');
    expect(de.bytes(8_420_000)).toBe('8,4 MB');
    expect(en.bytes(412_000)).toBe('412 kB');
    expect(de.duration(0.64)).toBe('0,6 Sek.');
    expect(de.duration(300)).toBe('5 Minuten');
    expect(en.duration(7200)).toBe('2 hours');
  });

  it('has words for a problem it does not know', () => {
    const { message, hint } = en.problem({ code: 'from_the_future' });
    expect(message).toBe(coreEn['problem.internal.message']);
    expect(hint).not.toBe('');
  });

  it('shows what it can of a message whose arguments did not come', () => {
    expect(de.text('documents.count')).toBe('… Dokumente');
  });

  it('puts arguments into problems and shows markup as text', () => {
    const { message } = de.problem({ code: 'unsupported', args: { name: '<b>x.exe</b>' } });
    expect(message).toContain('<b>x.exe</b>');
  });
});
