import { expect, it, vi } from 'vitest';

it('reads with a voice of this computer in the language of the text, and with none else', async () => {
  const voice = (lang: string, localService: boolean) => ({ lang, localService, name: lang });
  let voices = [voice('de-DE', false), voice('en-GB', true), voice('de-AT', true)];
  const speak = vi.fn();
  const addEventListener = vi.fn();
  vi.stubGlobal('speechSynthesis', { getVoices: () => voices, speak, addEventListener, cancel: vi.fn() });
  vi.stubGlobal(
    'SpeechSynthesisUtterance',
    class extends EventTarget {
      constructor(readonly text: string) {
        super();
      }
    },
  );
  const { aloud } = await import('./aloud.svelte');
  const spoken = () => (speak.mock.lastCall as [{ lang: string }] | undefined)?.[0].lang;
  aloud.read('a', 'Das ist der Vertrag.');
  expect(spoken()).toBe('de-AT');
  aloud.read('b', 'This is the contract.');
  expect(spoken()).toBe('en-GB');
  voices = [voice('de-DE', false), voice('en-GB', true)];
  aloud.read('c', 'Das ist der Vertrag.');
  expect(spoken()).toBe('en-GB');
  // The voices of this computer are gone since the button was drawn.
  voices = [voice('de-DE', false)];
  aloud.read('d', 'Das ist der Vertrag.');
  expect([speak.mock.calls.length, aloud.reading]).toEqual([3, '']);
});
