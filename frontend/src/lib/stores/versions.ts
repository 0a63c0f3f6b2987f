import type { MarkRequest, Message, Model, Passage } from '$lib/api.gen';
import { copyRich, copyText } from '$lib/clipboard';
import { documentName, placeOf } from '$lib/passages';
import type { Conversation } from './conversation.svelte';
import type { Kontor } from './kontor.svelte';

/** chooseAnswer ends a comparison with the answer that the chat goes on with. */
export async function chooseAnswer(kontor: Kontor, answer: Message): Promise<void> {
  await kontor.attempt(async () => {
    kontor.conversation.put(await kontor.backend.call('chats.choose', { id: answer.id }));
    await kontor.conversation.reload(answer.id);
  });
}

/** compareAnswers shows another version beside an answer. */
export async function compareAnswers(kontor: Kontor, answer: Message, withId: string): Promise<void> {
  await kontor.attempt(async () => {
    await kontor.backend.call('chats.compare', { messageId: answer.id, withId });
    await kontor.conversation.reload(answer.id);
  });
}

/** nameInAnswers is what answers call a model that is chosen by its name. */
export function nameInAnswers(model: Model): string {
  return model.provider === ''
    ? model.name
    : `${model.name.slice(model.name.indexOf('/') + 1)} (${model.provider})`;
}

/** askAgain asks for an answer that failed once more; one that is compared is compared again, by its own model. */
export async function askAgain(kontor: Kontor, answer: Message, shown: boolean): Promise<void> {
  const { comparedWith } = answer;
  if (!comparedWith) return kontor.regenerate(answer);
  const model = kontor.preferences.models?.models?.find((one) => nameInAnswers(one) === answer.model)?.name;
  const wish = { formulate: true, ...(model ? { model } : {}) };
  if (!shown) return kontor.regenerate({ ...answer, id: comparedWith }, { ...wish, compare: true });
  await kontor.regenerate(answer, wish);
  const fresh = kontor.conversation.last;
  if (fresh && fresh.id !== answer.id) await compareAnswers(kontor, fresh, comparedWith);
}

/** continueAnswer lets the model write on where an answer was cut; the text comes as events. */
export async function continueAnswer(kontor: Kontor, answer: Message): Promise<void> {
  await kontor.attempt(() => kontor.backend.call('chats.continue', { id: answer.id }));
}

/** editAnswer puts a person's own version beside an answer and shows it; false if that failed. */
export function editAnswer(kontor: Kontor, answer: Message, text: string): Promise<boolean> {
  return kontor.attempt(async () => {
    kontor.conversation.put(await kontor.backend.call('chats.editAnswer', { messageId: answer.id, text }));
    await kontor.conversation.reload(answer.parentId);
  });
}

/** canContinue says whether an answer was cut where the model can write on. */
export function canContinue(answer: Message): boolean {
  if (answer.text.trim() === '' || answer.edited) return false;
  if (answer.mode !== '' && answer.mode !== 'retrieval' && answer.mode !== 'whole_document') return false;
  return (
    answer.status === 'stopped' ||
    answer.status === 'partial' ||
    (answer.status === 'complete' && answer.facts?.finish === 'length')
  );
}

/** comparable is the last answer of a chat, if a model wrote it: that of another model can be put beside it. */
export function comparable(conversation: Conversation): { answer?: Message } {
  const { last } = conversation;
  if (last?.role !== 'assistant' || last.model === '' || conversation.running) return {};
  return { answer: last };
}

/** markAnswer notes whether an answer is good or bad, and why; '' takes the mark away. */
export function markAnswer(
  kontor: Kontor,
  answer: Message,
  value: MarkRequest['value'],
  reason: string,
): Promise<boolean> {
  return kontor.attempt(async () => {
    await kontor.backend.call('chats.mark', { messageId: answer.id, value, reason });
    if (value === '') delete answer.mark;
    else answer.mark = { value, ...(reason === '' ? {} : { reason }) };
  });
}

/** copyAnswer puts an answer on the clipboard with its sources; rich text comes with plain text beside it. */
export async function copyAnswer(
  kontor: Kontor,
  answer: Message,
  form: 'markdown' | 'plain' | 'rich',
): Promise<void> {
  const { t, layout } = kontor;
  const { htmlOf, markdownOf, plainOf } = await import('$lib/copying');
  const words = {
    sources: t('print.sources'),
    source: (passage: Passage) => `${documentName(passage)}, ${placeOf(passage, t)}`,
  };
  const done =
    form === 'rich'
      ? await copyRich(plainOf(answer, words), htmlOf(answer, words))
      : await copyText(form === 'plain' ? plainOf(answer, words) : markdownOf(answer, words));
  layout.toast({ text: t(done ? 'action.copied' : 'copy.refused'), tone: done ? 'info' : 'problem' });
}
