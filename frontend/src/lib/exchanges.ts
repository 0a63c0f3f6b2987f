import type { AnswerAssistant, ChatSetup, Message } from './api.gen';

/** Exchange is where a chat goes on with another assistant: before a message, or at its end. */
export interface Exchange {
  /** The question it stands before, '' for the one that comes. */
  before: string;
  assistant: AnswerAssistant;
  /** The same assistant in a newer state. */
  renewed: boolean;
}

/** exchanges finds where the assistant of a branch changes; answers of old versions do not say theirs. */
export function exchanges(messages: Message[], setup: ChatSetup | undefined): Exchange[] {
  const found: Exchange[] = [];
  let present: AnswerAssistant | undefined;
  const look = (next: AnswerAssistant, before: string) => {
    if (present && (present.id !== next.id || present.version !== next.version))
      found.push({ before, assistant: next, renewed: next.name !== '' && present.id === next.id });
    present = next;
  };
  for (const message of messages)
    if (message.facts?.assistant) look(message.facts.assistant, message.parentId);
  if (setup && messages.at(-1)?.status !== 'running') {
    const { id, name, version } = setup.assistant ?? { id: '', name: '', version: '' };
    look({ id, name, version }, '');
  }
  return found;
}
