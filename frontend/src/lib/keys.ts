import type { TextKey } from './i18n';

const apple = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** shortcut names a key together with the control or command key of this system. */
export function shortcut(key: string): string {
  return apple ? `⌘${key}` : `Ctrl+${key}`;
}

export type Command =
  | 'new'
  | 'temporary'
  | 'palette'
  | 'search'
  | 'composer'
  | 'stop'
  | 'sidebar'
  | 'panel'
  | 'settings'
  | 'keys'
  | 'close'
  | `chat${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`;

const byKey: Record<string, Command> = {
  n: 'new',
  k: 'palette',
  l: 'composer',
  '.': 'stop',
  b: 'sidebar',
  j: 'panel',
  ',': 'settings',
};

const byShiftedKey: Record<string, Command> = { f: 'search', l: 'temporary' };

/** commandOf reads a key press; undefined if it is none of ours. */
export function commandOf(event: KeyboardEvent): Command | undefined {
  if (event.isComposing || event.altKey) return undefined;
  if (event.ctrlKey || event.metaKey) {
    if (event.shiftKey) return byShiftedKey[event.key.toLowerCase()];
    if (/^[1-9]$/.test(event.key)) return `chat${event.key}` as Command;
    return byKey[event.key.toLowerCase()];
  }
  if (event.key === 'Escape') return 'close';
  if (event.key === '?' && !writing(event.target)) return 'keys';
  return undefined;
}

function writing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** keyList is what the list of keys shows, in its order. */
export const keyList: readonly { keys: string; text: TextKey }[] = [
  { keys: shortcut('N'), text: 'keys.new' },
  { keys: shortcut('⇧L'), text: 'keys.temporary' },
  { keys: shortcut('K'), text: 'keys.palette' },
  { keys: shortcut('⇧F'), text: 'keys.search' },
  { keys: shortcut('L'), text: 'keys.composer' },
  { keys: shortcut('⇧L'), text: 'keys.quote' },
  { keys: shortcut('.'), text: 'keys.stop' },
  { keys: '↑', text: 'keys.edit' },
  { keys: shortcut('B'), text: 'keys.sidebar' },
  { keys: shortcut('J'), text: 'keys.panel' },
  { keys: `${shortcut('1')} … 9`, text: 'keys.chats' },
  { keys: '← →', text: 'keys.citations' },
  { keys: shortcut(','), text: 'keys.settings' },
  { keys: '?', text: 'keys.list' },
  { keys: 'Esc', text: 'keys.close' },
];
