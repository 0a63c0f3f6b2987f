import type { TextKey } from './i18n';

const apple = /Mac|iPhone|iPad/.test(navigator.userAgent);

const signs: Record<string, string> = apple
  ? { mod: '⌘', ctrl: '⌃', alt: '⌥', shift: '⇧', super: '⌘' }
  : {
      mod: 'Ctrl',
      ctrl: 'Ctrl',
      alt: 'Alt',
      shift: '⇧',
      super: navigator.userAgent.includes('Windows') ? 'Win' : 'Super',
    };

export type Command =
  | (typeof rebindable)[number]['command']
  | 'close'
  | 'larger'
  | 'smaller'
  | 'usual'
  | `chat${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`;

/**
 * rebindable lists the commands whose keys can be changed, with the keys they
 * have of themselves. mod is the control or command key of the system.
 */
export const rebindable = [
  { command: 'new', keys: 'mod+n', text: 'keys.new' },
  { command: 'temporary', keys: 'mod+shift+e', text: 'keys.temporary' },
  { command: 'palette', keys: 'mod+k', text: 'keys.palette' },
  { command: 'find', keys: 'mod+f', text: 'keys.find' },
  { command: 'search', keys: 'mod+shift+f', text: 'keys.search' },
  { command: 'composer', keys: 'mod+l', text: 'keys.composer' },
  { command: 'dictate', keys: 'mod+shift+d', text: 'keys.dictate' },
  { command: 'quote', keys: 'mod+shift+l', text: 'keys.quote' },
  { command: 'stop', keys: 'mod+.', text: 'keys.stop' },
  { command: 'sidebar', keys: 'mod+b', text: 'keys.sidebar' },
  { command: 'panel', keys: 'mod+j', text: 'keys.panel' },
  { command: 'print', keys: 'mod+p', text: 'keys.print' },
  { command: 'settings', keys: 'mod+,', text: 'keys.settings' },
  { command: 'keys', keys: 'mod+/', text: 'keys.list' },
] as const satisfies readonly { command: string; keys: string; text: TextKey }[];

export type Rebindable = (typeof rebindable)[number]['command'];

/** fixed lists the keys that stay as they are. */
export const fixed: readonly { keys: string; text: TextKey }[] = [
  { keys: '↑', text: 'keys.edit' },
  { keys: `${shown('mod+1')} … 9`, text: 'keys.chats' },
  { keys: '← →', text: 'keys.citations' },
  { keys: '?', text: 'keys.list' },
  { keys: 'Esc', text: 'keys.close' },
];

// In the window, where no browser enlarges the page.
const sizes: Record<string, Command> = {
  'mod++': 'larger',
  'mod+=': 'larger',
  'mod+shift++': 'larger',
  'mod+-': 'smaller',
  'mod+0': 'usual',
};

/** Bindings are the keys of all commands that can be changed. */
export type Bindings = Readonly<Record<Rebindable, string>>;

/** readBindings reads the setting: "command:keys" separated by blanks. What is not understood does not count. */
export function readBindings(setting: string): Bindings {
  const bindings: Record<string, string> = {};
  for (const { command, keys } of rebindable) bindings[command] = keys;
  for (const pair of setting.split(' ')) {
    const [command = '', keys = ''] = pair.split(':').map(decode);
    if (command in bindings && keys !== '') bindings[command] = keys;
  }
  return bindings as Bindings;
}

/** writeBindings keeps only what differs from the usual. */
export function writeBindings(bindings: Bindings): string {
  return rebindable
    .filter(({ command, keys }) => bindings[command] !== keys)
    .map(({ command }) => `${command}:${encodeURIComponent(bindings[command])}`)
    .join(' ');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** pressed names what is held down; "" while it is only keys like Shift. */
export function pressed(event: KeyboardEvent): string {
  if (['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'Dead'].includes(event.key)) return '';
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push('mod');
  if (event.altKey) parts.push('alt');
  // A sign such as "?" already says that Shift is held.
  if (event.shiftKey && (event.key.length > 1 || /[\p{L}+]/u.test(event.key))) parts.push('shift');
  parts.push(event.key === ' ' ? 'space' : event.key.toLowerCase());
  return parts.join('+');
}

/** refusal says why keys cannot be a command's; undefined if they can. */
export function refusal(
  bindings: Bindings,
  command: Rebindable,
  keys: string,
): 'plain' | 'fixed' | Rebindable | undefined {
  // A plain letter would be missing while writing.
  if (!/^(?:mod|alt)\+/.test(keys) && !/^(?:shift\+)?f\d{1,2}$/.test(keys)) return 'plain';
  if (/^mod\+[1-9]$/.test(keys) || keys in sizes || /^mod\+[acvxz]$/.test(keys)) return 'fixed';
  return rebindable.find((other) => other.command !== command && bindings[other.command] === keys)?.command;
}

/** commandOf reads a key press; undefined if it is none of ours. */
export function commandOf(event: KeyboardEvent, bindings: Bindings, inWindow = false): Command | undefined {
  if (event.isComposing) return undefined;
  const keys = pressed(event);
  if (keys === 'escape') return 'close';
  if (event.key === '?' && !event.ctrlKey && !event.metaKey && !event.altKey) {
    return writing(event.target) ? undefined : 'keys';
  }
  const found = rebindable.find(({ command }) => bindings[command] === keys)?.command;
  if (found) return found;
  if (/^mod\+[1-9]$/.test(keys)) return `chat${keys.slice(4)}` as Command;
  // The slash is above a digit on many keyboards.
  if (event.ctrlKey && event.shiftKey && event.key === '/' && bindings.keys === 'mod+/') return 'keys';
  return inWindow ? sizes[keys] : undefined;
}

function writing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** shown writes keys as people read them. */
export function shown(keys: string): string {
  const last = keys.endsWith('++') ? '+' : (keys.split('+').at(-1) ?? '');
  const held = keys
    .slice(0, keys.length - last.length)
    .split('+')
    .filter((part) => part !== '')
    .map((part) => signs[part] ?? part);
  const name = last.length === 1 ? last.toUpperCase() : last.charAt(0).toUpperCase() + last.slice(1);
  return apple ? [...held, name].join('') : [...held, name].join('+').replace('⇧+', '⇧');
}
