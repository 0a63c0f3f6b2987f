import type { Briefing, BriefingState } from '$lib/api.gen';
import type { Backend } from '$lib/backend/backend';

/** BriefingStore knows whether the introduction is due, and its content while it is open. */
export class BriefingStore {
  state = $state.raw<BriefingState | undefined>(undefined);
  content = $state.raw<Briefing | undefined>(undefined);

  constructor(
    private readonly backend: Pick<Backend, 'call'>,
    /** Texts of the program come in the language of the page. */
    private readonly language: () => 'de' | 'en',
  ) {}

  async load(): Promise<void> {
    this.state = await this.backend.call('briefing.state', {});
  }

  async read(): Promise<void> {
    this.content = await this.backend.call('briefing.get', { language: this.language() });
    this.state = this.content.state;
  }

  async complete(version: string, language: 'de' | 'en'): Promise<void> {
    this.state = await this.backend.call('briefing.complete', { version, language });
  }

  async later(): Promise<void> {
    this.state = await this.backend.call('briefing.later', {});
  }

  async forget(): Promise<void> {
    this.state = await this.backend.call('briefing.forget', {});
  }
}
