import type { Status } from './api.gen';
import type { TextArgs, TextKey } from './i18n';

/** statusWord says the state of the machine in a word or two. */
export function statusWord(status: Status | undefined, t: (key: TextKey, args?: TextArgs) => string): string {
  if (!status) return t('status.word.starting');
  if (status.word === 'indexing') {
    const place = Math.min(status.indexingDone + 1, status.indexingTotal);
    return t('status.word.indexing', { done: place, total: status.indexingTotal });
  }
  return t(`status.word.${status.word}`);
}
