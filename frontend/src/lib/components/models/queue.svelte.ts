import type { Download, Downloads } from '$lib/api.gen';
import type { Kontor } from '$lib/stores/kontor.svelte';

/** Queue is the models on their way here, as the parts of this screen show them. */
export class Queue {
  #list = $state.raw<Downloads | undefined>(undefined);

  constructor(private readonly kontor: Kontor) {}

  get list(): Downloads | undefined {
    return this.#list;
  }

  get jobs(): Download[] {
    return this.#list?.jobs ?? [];
  }

  /** Something may change without anybody doing anything. */
  get moving(): boolean {
    return this.jobs.some(({ state }) => state === 'running' || state === 'queued');
  }

  /** How many have arrived: lists of models have to be read again when it grows. */
  get arrived(): number {
    return this.jobs.filter(({ state }) => state === 'done').length;
  }

  /** A registry can be asked for models. */
  get open(): boolean {
    return this.#list !== undefined && this.#list.allowed && this.#list.registry !== '';
  }

  /** of finds the model on its way; what has arrived is none. */
  of(name: string): Download | undefined {
    return this.jobs.findLast((job) => job.kind === 'registry' && job.name === name && job.state !== 'done');
  }

  async load(): Promise<void> {
    this.#list = await this.kontor.backend.call('models.downloads', {});
  }

  async fetch(name: string): Promise<boolean> {
    return this.kontor.attempt(async () => {
      await this.kontor.backend.call('models.fetch', { name });
      await this.load();
    });
  }

  async change(job: Download, action: 'pause' | 'resume' | 'cancel'): Promise<void> {
    await this.kontor.attempt(async () => {
      await this.kontor.backend.call('models.download', { id: job.id, action });
      await this.load();
    });
  }

  /** progress says in words how far a job is. */
  progress(job: Download): string {
    const { i18n, t } = this.kontor;
    const parts = [t(`models.job.${job.phase || job.state}`)];
    if (job.total > 0 && job.state !== 'done')
      parts.push(t('models.job_done', { done: i18n.bytes(job.done), total: i18n.bytes(job.total) }));
    if (job.rate > 0) parts.push(t('models.job_rate', { rate: i18n.bytes(job.rate) }));
    const limit = this.#list?.limitKiB ?? 0;
    if (job.state === 'running' && job.kind === 'registry' && limit > 0)
      parts.push(t('models.job_limit', { rate: i18n.bytes(limit * 1024) }));
    if (job.secondsLeft > 0)
      parts.push(t('models.job_left', { count: Math.max(1, Math.ceil(job.secondsLeft / 60)) }));
    return parts.join(' · ');
  }
}
