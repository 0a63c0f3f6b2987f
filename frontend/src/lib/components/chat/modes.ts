import type { Message, Offer } from '$lib/api.gen';
import type { Kontor } from '$lib/stores/kontor.svelte';

/** The ways a question can be answered from documents, in the order they are offered. */
export const modes = ['whole_document', 'retrieval', 'everything', 'table'] as const;
export type NamedMode = (typeof modes)[number];

/** wayOf is the way an answer was made. */
export function wayOf(mode: Message['mode']): NamedMode {
  if (mode === 'whole_document' || mode === 'everything' || mode === 'table') return mode;
  return 'retrieval';
}

/** costOf tells what going through everything would take. */
export function costOf(offer: Offer, kontor: Pick<Kontor, 'i18n' | 't'>): string {
  if (offer.passages === 0) return '';
  const passages = kontor.t('modes.passages', { count: offer.passages });
  if (offer.byWords) return kontor.t('modes.cost_words', { passages });
  return kontor.t('modes.cost', { passages, time: kontor.i18n.duration(rounded(offer.seconds)) });
}

/** rounded makes an estimate look like one: 10 s, 40 s, 3 min. */
export function rounded(seconds: number): number {
  if (seconds < 60) return Math.max(5, Math.ceil(seconds / 5) * 5);
  return Math.ceil(seconds / 60) * 60;
}
