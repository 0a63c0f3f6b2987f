import { isAbort, problemOf } from '$lib/backend/backend';
import type { Kontor } from '$lib/stores/kontor.svelte';
import { insertAtCaret } from './caret';
import { chatOf } from './dictation.svelte';
import { Recording } from './recording';
import { base64Of } from './wav';

/** What went wrong, in words. */
export interface Trouble {
  message: string;
  hint: string;
}

/** DictationSession goes from the microphone to the text in the field, or to the reason why not. */
export class DictationSession {
  phase = $state<'waiting' | 'recording' | 'transcribing' | 'failed'>('waiting');
  seconds = $state(0);
  level = $state(0);
  longest = $state(180);
  trouble = $state.raw<Trouble | undefined>(undefined);
  /** A recording that could not be written down is kept until it is, or is discarded. */
  kept = $state.raw<Uint8Array<ArrayBuffer> | undefined>(undefined);

  #begun = false;
  #over = false;
  #recording: Recording | undefined;
  #call: AbortController | undefined;

  constructor(
    private readonly kontor: Kontor,
    private readonly ended: () => void,
  ) {}

  async toggle(): Promise<void> {
    if (!this.#begun) await this.#begin();
    else if (this.phase === 'recording') await this.#finish();
    else if (this.phase === 'failed') await this.again();
  }

  /** again tries to write down what is kept, or records anew. */
  async again(): Promise<void> {
    this.trouble = undefined;
    if (this.kept) await this.#write(this.kept);
    else await this.#begin();
  }

  /** cancel throws everything away and leaves the field as it is. */
  cancel(): void {
    const active = this.phase !== 'failed';
    this.#recording?.discard();
    this.#call?.abort();
    if (active) this.kontor.layout.announcement = this.kontor.t('dictation.cancelled');
    this.#end();
  }

  async #begin(): Promise<void> {
    this.#begun = true;
    this.phase = 'waiting';
    this.seconds = 0;
    // Who may not hear this chat is told before anybody has spoken.
    const state = await this.kontor.backend
      .call('dictation.state', chatOf(this.kontor))
      .catch((error: unknown) => ({ problem: problemOf(error), model: '', seconds: 0 }));
    if (this.#over) return;
    if (state.problem ?? state.model === '') {
      this.#fail(this.kontor.i18n.problem(state.problem ?? { code: 'dictation_no_model' }));
      return;
    }
    this.longest = state.seconds;
    try {
      this.#recording = await Recording.begin({
        heard: (seconds, level) => {
          this.seconds = seconds;
          this.level = level;
          if (seconds >= this.longest) void this.#finish();
        },
        // What was said until then is not lost.
        broken: () => void this.#finish(),
      });
    } catch (error) {
      if (!this.#over) this.#lose(reasonOf(error));
      return;
    }
    if (this.#over) this.#recording.discard();
    else this.phase = 'recording';
  }

  async #finish(): Promise<void> {
    const recording = this.#recording;
    if (!recording || this.phase !== 'recording') return;
    this.phase = 'transcribing';
    this.#recording = undefined;
    try {
      await this.#write(await recording.finish());
    } catch {
      if (!this.#over) this.#lose('broken');
    }
  }

  async #write(wav: Uint8Array<ArrayBuffer>): Promise<void> {
    const { backend, i18n, language, layout, t } = this.kontor;
    this.phase = 'transcribing';
    this.kept = wav;
    this.#call = new AbortController();
    try {
      const request = { chat: chatOf(this.kontor), wav: base64Of(wav), language };
      const { text } = await backend.call('dictation.transcribe', request, this.#call.signal);
      if (this.#over) return;
      const field = document.getElementById('composer');
      if (field instanceof HTMLTextAreaElement) insertAtCaret(field, text);
      layout.announcement = t('dictation.inserted');
      this.#end();
    } catch (error) {
      if (this.#over || isAbort(error)) return;
      const problem = problemOf(error);
      // There is nothing in it that another try could find.
      if (problem.code === 'dictation_silent' || problem.code === 'dictation_long') this.kept = undefined;
      this.#fail(i18n.problem(problem));
    }
  }

  #lose(reason: 'refused' | 'missing' | 'broken'): void {
    const { t } = this.kontor;
    this.#recording?.discard();
    this.#recording = undefined;
    this.#fail({ message: t(`dictation.${reason}.message`), hint: t(`dictation.${reason}.hint`) });
  }

  #fail(trouble: { message: string; hint?: string }): void {
    this.phase = 'failed';
    this.trouble = { message: trouble.message, hint: trouble.hint ?? '' };
  }

  #end(): void {
    this.#over = true;
    this.kept = undefined;
    this.ended();
  }
}

/** reasonOf reads why a browser gives no microphone. */
export function reasonOf(error: unknown): 'refused' | 'missing' | 'broken' {
  // Some web views have errors of their own beside those of the DOM.
  const name = typeof error === 'object' && error && 'name' in error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  return 'broken';
}
