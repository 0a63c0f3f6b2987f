import type { Passage } from '$lib/api.gen';
import type { TextArgs, TextKey } from '$lib/i18n';
import { documentName, placeOf } from '$lib/passages';

type Translate = (key: TextKey, args?: TextArgs) => string;

/** withSource is a quotation as it goes to the clipboard: the text, then where it stands. */
export function withSource(
  text: string,
  source: { document: string; passage?: Passage | undefined; date: string },
  t: Translate,
): string {
  const place = source.passage ? placeOf(source.passage, t) : '';
  const document = source.passage ? documentName(source.passage) || source.document : source.document;
  const key = place === '' ? 'copy.source' : 'copy.source_place';
  return `${text.trim()}\n\n${t(key, { document, place, date: source.date })}`;
}
