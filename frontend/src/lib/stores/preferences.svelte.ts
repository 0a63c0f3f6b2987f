import type { ModelList, Problem, Setting, Settings } from '$lib/api.gen';
import type { Backend } from '$lib/backend/backend';

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

  async set(key: string, value: string): Promise<void> {
    this.take(await this.backend.call('settings.set', { key, value, reset: false }));
  }

  async reset(key: string): Promise<void> {
    this.take(await this.backend.call('settings.set', { key, value: '', reset: true }));
  }
}
