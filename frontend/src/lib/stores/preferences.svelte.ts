import type { ModelList, Problem, Setting, Settings } from '$lib/api.gen';
import type { Backend } from '$lib/backend/backend';
import { readBindings } from '$lib/keys';
import type { Bindings } from '$lib/keys';
import type { Looks } from '$lib/theme.svelte';

/** Preferences holds the settings, where their values come from, and the models. */
export class Preferences {
  settings = $state.raw<Setting[]>([]);
  problems = $state.raw<Problem[]>([]);
  models = $state.raw<ModelList | undefined>(undefined);
  loaded = $state(false);

  constructor(private readonly backend: Backend) {}

  async load(): Promise<void> {
    this.take(await this.backend.call('settings.list', {}));
  }

  async loadModels(): Promise<void> {
    const answer = await this.backend.call('models.list', {});
    this.models = { ...answer, models: answer.models ?? [] };
  }

  take(settings: Settings): void {
    this.settings = settings.settings ?? [];
    this.problems = settings.problems ?? [];
    this.loaded = true;
  }

  value(key: string): string | undefined {
    return this.settings.find((setting) => setting.key === key)?.value;
  }

  /** bindings are the keys of the commands. */
  get bindings(): Bindings {
    return readBindings(this.value('ui.shortcuts') ?? '');
  }

  /** looks are undefined until the settings are known. */
  get looks(): Looks | undefined {
    if (!this.loaded) return undefined;
    const of = (key: string, plain: string) => this.value(`ui.${key}`) ?? plain;
    return {
      ...{ theme: of('theme', 'system'), contrast: of('contrast', 'system'), accent: of('accent', 'teal') },
      ...{ text: of('text_size', 'normal'), density: of('density', 'comfortable') },
      width: of('reading_width', 'narrow'),
    };
  }

  /** rowScale is how much higher or lower a row of fixed height is than usual. */
  get rowScale(): number {
    const text = { small: 0.94, large: 1.16, largest: 1.36 }[this.looks?.text ?? ''] ?? 1;
    return text * (this.looks?.density === 'compact' ? 0.88 : 1);
  }

  /** resize takes the next text size; it says nothing at the ends. */
  async resize(step: 'larger' | 'smaller' | 'usual'): Promise<void> {
    const setting = this.settings.find((one) => one.key === 'ui.text_size');
    const sizes = setting?.options ?? [];
    const at = sizes.indexOf(setting?.value ?? '') + { larger: 1, smaller: -1, usual: 0 }[step];
    const next = step === 'usual' ? setting?.default : sizes[at];
    if (next !== undefined && next !== setting?.value) await this.set('ui.text_size', next);
  }

  async set(key: string, value: string): Promise<void> {
    this.take(await this.backend.call('settings.set', { key, value, reset: false }));
  }

  async reset(key: string): Promise<void> {
    this.take(await this.backend.call('settings.set', { key, value: '', reset: true }));
  }
}
