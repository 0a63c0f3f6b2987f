import { TYPE } from '@formatjs/icu-messageformat-parser';
import type { MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { IntlMessageFormat } from 'intl-messageformat';
import type uiEn from '$text/ui.en.json';
import type { Problem } from './api.gen';

export type Language = 'de' | 'en';

/** TextKey is a text of the window; core texts are looked up by code, see `lookup`. */
export type TextKey = keyof typeof uiEn;
export type TextArgs = Record<string, string | number>;

/** Texts are all messages of one language by key, the window's and the core's. Those with arguments come parsed, see vite.config.ts. */
export type Texts = Record<string, string | MessageFormatElement[]>;

/** languageOf settles a language tag to one there are texts for. */
export function languageOf(tag: string): Language {
  return tag.toLowerCase().startsWith('de') ? 'de' : 'en';
}

const remembered = 'kontor.language';

/** firstLanguage is that of the last time, before the settings are known; else the browser's. */
export function firstLanguage(storage: Pick<Storage, 'getItem'>): Language {
  try {
    return languageOf(storage.getItem(remembered) ?? navigator.language);
  } catch {
    return languageOf(navigator.language); // a page without a memory
  }
}

export function rememberLanguage(storage: Pick<Storage, 'setItem'>, language: Language): void {
  try {
    storage.setItem(remembered, language);
  } catch {
    // It is only for the first picture.
  }
}

/** loadTranslator fetches the texts of a language; each is a chunk of its own, so that nobody loads both. */
export async function loadTranslator(language: Language): Promise<Translator> {
  const { texts } = await (language === 'de' ? import('./texts/de') : import('./texts/en'));
  return new Translator(language, texts);
}

/** Translator formats the texts, numbers and dates of one language. */
export class Translator {
  readonly #formats = new Map<string, IntlMessageFormat>();

  constructor(
    readonly language: Language,
    private readonly texts: Texts,
  ) {}

  text(key: TextKey, args?: TextArgs): string {
    return this.lookup(key, args) ?? key;
  }

  /** lookup finds a text by a key that only the program knows, such as a problem's. */
  lookup(key: string, args?: TextArgs): string | undefined {
    const message = this.texts[key];
    if (message === undefined || typeof message === 'string') return message;
    let format = this.#formats.get(key);
    if (!format) {
      format = new IntlMessageFormat(message, this.language);
      this.#formats.set(key, format);
    }
    try {
      const result: unknown = format.format(args);
      return typeof result === 'string' ? result : String(result);
    } catch {
      // An argument the program did not send; the bare text still helps.
      return bare(message);
    }
  }

  /** has tells a key that there is a text for from one that is put together in vain. */
  has(key: string): key is TextKey {
    return Object.hasOwn(this.texts, key);
  }

  /** problem gives the sentence and the next step of a problem. */
  problem(problem: Problem): { message: string; hint: string } {
    const args = this.#sizes(problem.args);
    const message = this.lookup(`problem.${problem.code}.message`, args);
    if (message !== undefined) {
      return { message, hint: this.lookup(`problem.${problem.code}.hint`, args) ?? '' };
    }
    return {
      message: this.lookup('problem.internal.message', problem.args) ?? problem.code,
      hint: this.lookup('problem.internal.hint', problem.args) ?? '',
    };
  }

  /** Arguments whose names end in "_bytes" are sizes. */
  #sizes(args: TextArgs | undefined): TextArgs | undefined {
    if (!args) return undefined;
    return Object.fromEntries(
      Object.entries(args).map(([name, value]) => [
        name,
        name.endsWith('_bytes') ? this.bytes(Number(value)) : value,
      ]),
    );
  }

  number(value: number, digits = 0): string {
    return new Intl.NumberFormat(this.language, { maximumFractionDigits: digits }).format(value);
  }

  /** plainNumber is a number without separators, such as a year. */
  plainNumber(value: number, digits = 0): string {
    return new Intl.NumberFormat(this.language, { maximumFractionDigits: digits, useGrouping: false }).format(
      value,
    );
  }

  bytes(value: number): string {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
    let unit = 0;
    let rest = value;
    while (rest >= 1000 && unit < units.length - 1) {
      rest /= 1000;
      unit += 1;
    }
    return new Intl.NumberFormat(this.language, {
      style: 'unit',
      unit: units[unit] ?? 'byte',
      unitDisplay: 'short',
      maximumFractionDigits: rest < 10 && unit > 0 ? 1 : 0,
    }).format(rest);
  }

  /** duration tells seconds in the largest unit that fits, rounded. */
  duration(seconds: number): string {
    const [value, unit] =
      seconds < 60
        ? [seconds, 'second']
        : seconds < 3600
          ? [seconds / 60, 'minute']
          : [seconds / 3600, 'hour'];
    return new Intl.NumberFormat(this.language, {
      style: 'unit',
      unit,
      unitDisplay: unit === 'second' ? 'short' : 'long',
      maximumFractionDigits: unit === 'second' && value < 10 ? 1 : 0,
    }).format(value);
  }

  date(ms: number): string {
    return new Intl.DateTimeFormat(this.language, { dateStyle: 'medium' }).format(ms);
  }

  time(ms: number): string {
    return new Intl.DateTimeFormat(this.language, { dateStyle: 'medium', timeStyle: 'short' }).format(ms);
  }

  month(ms: number): string {
    return new Intl.DateTimeFormat(this.language, { month: 'long', year: 'numeric' }).format(ms);
  }
}

/** bare is a message without its arguments. */
function bare(message: MessageFormatElement[]): string {
  return message
    .map((part) => {
      if (part.type === TYPE.literal) return part.value;
      if (part.type === TYPE.plural || part.type === TYPE.select)
        return bare(part.options['other']?.value ?? []);
      return '…';
    })
    .join('');
}
