import type { Passage } from './api.gen';
import type { TextArgs, TextKey } from './i18n';

type Translate = (key: TextKey, args?: TextArgs) => string;

// Direction overrides, invisible characters and control characters can make a
// file name read as another one.
const deceptive =
  /[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]|[\u{E0000}-\u{E007F}]/gu;

/** plain removes what could disguise a name. */
export function plain(name: string): string {
  return name.replace(deceptive, '');
}

export function documentName(passage: Passage): string {
  return plain(passage.document);
}

/** placeOf says where in its document a passage stands, as exactly as is known. */
export function placeOf(passage: Passage, t: Translate): string {
  const parts: string[] = [];
  if (passage.part) parts.push(t('place.part', { part: plain(passage.part) }));
  if (passage.page) parts.push(t('place.page', { page: passage.page }));
  if (passage.slide) parts.push(t('place.slide', { slide: passage.slide }));
  if (passage.sheet) parts.push(t('place.sheet', { sheet: plain(passage.sheet) }));
  if (passage.row) parts.push(t('place.row', { row: passage.row }));
  const heading = innerHeading(passage);
  if (heading) parts.push(heading);
  return parts.join(' · ');
}

// A heading path often starts with the title, which stands beside it already;
// its last part is the one that tells passages apart.
function innerHeading(passage: Passage): string {
  const parts = plain(passage.heading ?? '')
    .split(' › ')
    .filter((part) => part !== '');
  if (parts[0] === documentName(passage)) parts.shift();
  return parts.at(-1) ?? '';
}
