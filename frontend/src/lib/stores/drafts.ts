/** Drafts keeps unsent text per chat across reloads, errors and a full disk. */
export class Drafts {
  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined) {}

  read(chatId: string): string {
    try {
      return this.storage?.getItem(key(chatId)) ?? '';
    } catch {
      return '';
    }
  }

  write(chatId: string, text: string): void {
    try {
      if (text === '') this.storage?.removeItem(key(chatId));
      else this.storage?.setItem(key(chatId), text);
    } catch {
      // A full store must not stop anyone from writing; the text is still in the field.
    }
  }
}

function key(chatId: string): string {
  return `kontor.draft.${chatId || 'new'}`;
}
