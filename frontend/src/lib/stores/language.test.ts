import { describe, expect, it } from 'vitest';
import { firstLanguage, loadTranslator } from '$lib/i18n';
import type { Language, Translator } from '$lib/i18n';
import { LanguageStore } from './language.svelte';

async function started() {
  const memory = new Map<string, string>();
  const storage = {
    getItem: (key: string) => memory.get(key) ?? null,
    setItem: (key: string, value: string) => void memory.set(key, value),
  };
  const loading = new Map<Language, (failure?: Error) => Promise<void>>();
  const load = (language: Language) =>
    new Promise<Translator>((resolve, reject) =>
      loading.set(language, async (failure) => {
        if (failure) reject(failure);
        else resolve(await loadTranslator(language));
      }),
    );
  return { store: new LanguageStore(await loadTranslator('en'), storage, load), storage, loading };
}

describe('LanguageStore', () => {
  it('keeps the texts in use until the others are there, and remembers the choice', async () => {
    const { store, storage, loading } = await started();
    const changed = store.use('de-AT');
    expect(store.translator.text('chat.new')).toBe('New chat');
    await loading.get('de')?.();
    await changed;
    expect(store.translator.text('chat.new')).toBe('Neuer Chat');
    expect(firstLanguage(storage)).toBe('de');
  });

  it('follows the last choice, whatever comes first', async () => {
    const { store, loading } = await started();
    const german = store.use('de');
    await store.use('en');
    await loading.get('de')?.();
    await german;
    expect(store.translator.language).toBe('en');
  });

  it('keeps the present language when the other cannot be had, and tries again', async () => {
    const { store, loading } = await started();
    const failed = store.use('de');
    void loading.get('de')?.(new Error('no connection'));
    await expect(failed).rejects.toThrow('no connection');
    expect(store.translator.language).toBe('en');
    const again = store.use('de');
    await loading.get('de')?.();
    await again;
    expect(store.translator.language).toBe('de');
  });
});
