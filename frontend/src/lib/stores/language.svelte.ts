import { languageOf, loadTranslator, rememberLanguage } from '$lib/i18n';
import type { Language, Translator } from '$lib/i18n';

/** LanguageStore holds the texts in use; another language takes over when its texts are there, all at once. */
export class LanguageStore {
  translator = $state.raw() as Translator;
  #wanted: Language;

  constructor(
    first: Translator,
    private readonly storage: Pick<Storage, 'setItem'> | undefined,
    private readonly load: (language: Language) => Promise<Translator> = loadTranslator,
  ) {
    this.translator = first;
    this.#wanted = first.language;
  }

  /** use changes to the language of a tag, '' for the browser's. A failure leaves the present one. */
  async use(tag: string): Promise<void> {
    const language = languageOf(tag || navigator.language);
    this.#wanted = language;
    if (this.storage) rememberLanguage(this.storage, language);
    if (this.translator.language === language) return;
    const translator = await this.load(language);
    // The choice may have been taken back meanwhile.
    if (this.#wanted === language) this.translator = translator;
  }
}
