import coreDe from '$text/core.de.json';
import coreEn from '$text/core.en.json';
import uiDe from '$text/ui.de.json';
import uiEn from '$text/ui.en.json';
import { IntlMessageFormat } from 'intl-messageformat';
import type { Problem } from './api.gen';

export type Language = 'de' | 'en';

/** TextKey is a text of the window; core texts are looked up by code, see `lookup`. */
export type TextKey = keyof typeof uiEn;
export type TextArgs = Record<string, string | number>;

const catalogues: Record<Language, Record<string, string>> = {
  de: { ...coreDe, ...uiDe },
  en: { ...coreEn, ...uiEn },
};

/** languageOf settles a language tag to one there are texts for. */
export function languageOf(tag: string): Language {
  return tag.toLowerCase().startsWith('de') ? 'de' : 'en';
}

/** Translator formats the texts, numbers and dates of one language. */
export class Translator {
  readonly #formats = new Map<string, IntlMessageFormat>();

  constructor(readonly language: Language) {}

  text(key: TextKey, args?: TextArgs): string {
    return this.lookup(key, args) ?? key;
  }

  /** lookup finds a text by a key that only the program knows, such as a problem's. */
  lookup(key: string, args?: TextArgs): string | undefined {
    let format = this.#formats.get(key);
    if (!format) {
      const message = catalogues[this.language][key];
      if (message === undefined) return undefined;
      // Plain text only: markup in a message is shown as it is written.
      format = new IntlMessageFormat(message, this.language, undefined, { ignoreTag: true });
      this.#formats.set(key, format);
    }
    try {
      const result: unknown = format.format(args);
      return typeof result === 'string' ? result : String(result);
    } catch {
      // An argument the program did not send; the bare text still helps.
      return catalogues[this.language][key];
    }
  }

  /** problem gives the sentence and the next step of a problem. */
  problem(problem: Problem): { message: string; hint: string } {
    const message = this.lookup(`problem.${problem.code}.message`, problem.args);
    if (message !== undefined) {
      return { message, hint: this.lookup(`problem.${problem.code}.hint`, problem.args) ?? '' };
    }
    return {
      message: this.lookup('problem.internal.message', problem.args) ?? problem.code,
      hint: this.lookup('problem.internal.hint', problem.args) ?? '',
    };
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

export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(uiEn, key);
}
