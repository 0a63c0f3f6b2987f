/**
 * recorded names the keys that are down as the setting writes them; "" while
 * only keys such as Ctrl are, undefined for a key that cannot be one.
 */
export function recorded(event: KeyboardEvent): string | undefined {
  if (['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'OS', 'Super'].includes(event.key)) return '';
  const key = keyOf(event);
  if (key === undefined) return undefined;
  const held = [
    event.ctrlKey && 'ctrl',
    event.altKey && 'alt',
    event.shiftKey && 'shift',
    event.metaKey && 'super',
  ];
  return [...held.filter((part) => part !== false), key].join('+');
}

function keyOf(event: KeyboardEvent): string | undefined {
  if (event.code === 'Space') return 'space';
  if (/^F(?:[1-9]|1[0-2])$/.test(event.key)) return event.key.toLowerCase();
  // What stands on the key; with Alt it may write something else.
  if (/^[a-z]$/i.test(event.key)) return event.key.toLowerCase();
  return /^(?:Key|Digit)([A-Z0-9])$/.exec(event.code)?.[1]?.toLowerCase();
}

/** refused says why keys cannot work in every program at once; undefined if they can. */
export function refused(keys: string): 'few' | 'altgr' | undefined {
  const parts = keys.split('+');
  const key = parts.at(-1) ?? '';
  const held = parts.slice(0, -1);
  // Windows takes AltGr for Ctrl and Alt, and these write a sign with it.
  if (held.join('+') === 'ctrl+alt' && 'eqm237890'.includes(key)) return 'altgr';
  if (held.includes('super') || held.length >= 2) return undefined;
  return held.length === 1 && /^f\d/.test(key) ? undefined : 'few';
}
