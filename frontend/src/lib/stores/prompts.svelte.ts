import type { Prompt } from '$lib/api.gen';
import type { Backend } from '$lib/backend/backend';

/** PromptStore holds the library of prompts in the language in use. */
export class PromptStore {
  list = $state.raw<Prompt[] | undefined>(undefined);

  constructor(
    private readonly backend: Backend,
    /** Texts of the program come in the language of the page. */
    private readonly language: () => 'de' | 'en',
  ) {}

  async load(): Promise<void> {
    this.list = (await this.backend.call('prompts.list', { language: this.language() })).prompts ?? [];
  }

  async save(prompt: Prompt): Promise<void> {
    await this.backend.call('prompts.save', prompt);
    await this.load();
  }

  async remove(id: string): Promise<void> {
    await this.backend.call('prompts.delete', { id });
    await this.load();
  }
}
