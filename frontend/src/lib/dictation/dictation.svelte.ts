import type { DictationChat, DictationState } from '$lib/api.gen';
import type { Kontor } from '$lib/stores/kontor.svelte';
import type { DictationSession } from './session.svelte';

/**
 * recordable says whether this web view gives pages a microphone. In the window that of macOS does not:
 * it would have to be told by the program, which has no way to.
 */
export function recordable(shell: Kontor['backend']['shell']): boolean {
  if (shell === 'window' && /Macintosh/.test(navigator.userAgent)) return false;
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  return isSecureContext && typeof devices?.getUserMedia === 'function' && 'AudioWorkletNode' in globalThis;
}

/** chatOf is where dictated words go: it decides who may hear them. */
export function chatOf(kontor: Kontor): DictationChat {
  const { asking, conversation } = kontor;
  return {
    chatId: conversation.id,
    collectionIds: conversation.id === '' ? kontor.newChatCollections : [],
    ...(asking.filter ? { filter: asking.filter } : {}),
  };
}

/** Dictation is what the first screen needs of it; a session is loaded when somebody speaks. */
class Dictation {
  state = $state.raw<DictationState | undefined>(undefined);
  session = $state.raw<DictationSession | undefined>(undefined);
  /** Whether there is a microphone to ask for. */
  #recordable = $state(false);

  /** Whether there is also a model that listens. */
  get possible(): boolean {
    return this.#recordable && (this.state?.model ?? '') !== '';
  }

  get models() {
    return this.state?.models ?? [];
  }

  /** look asks whether speech can be written down; what fails means no. */
  async look(kontor: Kontor): Promise<void> {
    this.#recordable = recordable(kontor.backend.shell);
    this.state = this.#recordable
      ? await kontor.backend.call('dictation.state', chatOf(kontor)).catch(() => undefined)
      : undefined;
  }

  /** toggle begins a recording, or ends it and writes it down. */
  async toggle(kontor: Kontor): Promise<void> {
    if (!this.session) {
      const { DictationSession } = await import('./session.svelte');
      this.session ??= new DictationSession(kontor, () => (this.session = undefined));
    }
    await this.session.toggle();
  }

  cancel(): void {
    this.session?.cancel();
  }

  /** leave ends what is going on; a recording that waits for another try stays. */
  leave(): void {
    if (!this.session?.kept || this.session.phase !== 'failed') this.cancel();
  }
}

export const dictation = new Dictation();
