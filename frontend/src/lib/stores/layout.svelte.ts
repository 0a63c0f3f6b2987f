import type { TextArgs, TextKey } from '$lib/i18n';
import type { Passage, PreviewRequest, Problem } from '$lib/api.gen';

export type SettingsPage = 'general' | 'appearance' | 'keys' | 'models' | 'documents' | 'privacy' | 'about';
export const settingsPages: readonly SettingsPage[] = [
  'general',
  'appearance',
  'keys',
  'models',
  'documents',
  'privacy',
  'about',
];

export type Screen =
  | { name: 'chat'; chatId: string }
  | { name: 'documents'; collectionId: string }
  | { name: 'models' }
  | { name: 'prompts' }
  | { name: 'assistants' }
  | { name: 'settings'; page: SettingsPage };

/** PreviewTarget is what the side panel shows. */
export interface PreviewTarget {
  request: PreviewRequest;
  title: string;
  passage?: Passage;
  /** The passages it stands among, to walk through. */
  among?: Passage[];
}

export interface Toast {
  id: number;
  text: string;
  hint?: string;
  tone: 'info' | 'problem';
  action?: { label: string; run: () => void };
}

export type Overlay = 'palette' | 'keys' | 'briefing';

const narrowBelow = 900;

/** parseScreen reads the part of the address behind '#'. */
export function parseScreen(hash: string): Screen {
  const [name, detail = ''] = hash.replace(/^#\/?/, '').split('/');
  if (name === 'documents') return { name, collectionId: decodeURIComponent(detail) };
  if (name === 'models' || name === 'prompts' || name === 'assistants') return { name };
  if (name === 'settings') {
    const page = settingsPages.find((known) => known === detail) ?? 'general';
    return { name, page };
  }
  return { name: 'chat', chatId: name === 'chat' ? decodeURIComponent(detail) : '' };
}

export function hashOf(screen: Screen): string {
  switch (screen.name) {
    case 'chat':
      return screen.chatId ? `#/chat/${encodeURIComponent(screen.chatId)}` : '#/chat';
    case 'documents':
      return screen.collectionId ? `#/documents/${encodeURIComponent(screen.collectionId)}` : '#/documents';
    case 'models':
      return '#/models';
    case 'assistants':
      return '#/assistants';
    case 'prompts':
      return '#/prompts';
    case 'settings':
      return `#/settings/${screen.page}`;
  }
}

/** Layout knows what is open on the screen, and nothing of what is in it. */
export class Layout {
  screen = $state.raw<Screen>({ name: 'chat', chatId: '' });
  sidebar = $state(true);
  panel = $state(false);
  preview = $state.raw<PreviewTarget | undefined>(undefined);
  overlay = $state<Overlay | undefined>(undefined);
  /** The bar that looks for words in the open chat. */
  finding = $state(false);
  narrow = $state(false);
  toasts = $state<Toast[]>([]);
  /** What the live region says; set when something ended that is worth saying. */
  announcement = $state('');
  #toasts = 0;

  watch(): () => void {
    const query = window.matchMedia(`(max-width: ${String(narrowBelow - 1)}px)`);
    const settle = () => {
      this.narrow = query.matches;
      this.sidebar = !query.matches;
    };
    settle();
    const read = () => {
      this.screen = parseScreen(window.location.hash);
    };
    read();
    query.addEventListener('change', settle);
    window.addEventListener('hashchange', read);
    return () => {
      query.removeEventListener('change', settle);
      window.removeEventListener('hashchange', read);
    };
  }

  go(screen: Screen, replace = false): void {
    this.screen = screen;
    const hash = hashOf(screen);
    if (window.location.hash !== hash) {
      if (replace) window.history.replaceState(null, '', hash);
      else window.history.pushState(null, '', hash);
    }
    if (this.narrow) {
      this.sidebar = false;
      this.panel = false;
    }
  }

  show(target: PreviewTarget): void {
    this.preview = target;
    this.panel = true;
    if (this.narrow) this.sidebar = false;
  }

  /** closeNewest closes what was opened last; false if there is nothing. */
  closeNewest(): boolean {
    if (this.overlay) {
      this.overlay = undefined;
      return true;
    }
    if (this.finding) {
      this.finding = false;
      return true;
    }
    if (this.narrow && this.sidebar) {
      this.sidebar = false;
      return true;
    }
    if (this.panel) {
      this.panel = false;
      return true;
    }
    return false;
  }

  toast(toast: Omit<Toast, 'id'>): number {
    this.#toasts += 1;
    const id = this.#toasts;
    this.toasts.push({ ...toast, id });
    return id;
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }
}

/** Say is the part of the translator that stores need for their toasts. */
export interface Say {
  text(key: TextKey, args?: TextArgs): string;
  problem(problem: Problem): { message: string; hint: string };
}
