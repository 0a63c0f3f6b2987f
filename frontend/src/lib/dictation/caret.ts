/** spaced puts blanks around words where the text beside them needs some. */
export function spaced(before: string, words: string, after: string): string {
  const left = before !== '' && !/[\s([{„»\"-]$/.test(before) ? ' ' : '';
  const right = after !== '' && !/^[\s.,;:!?)]/.test(after) ? ' ' : '';
  return `${left}${words}${right}`;
}

/** insertAtCaret writes words where the caret is, as if they were typed: they can be undone. */
export function insertAtCaret(field: HTMLTextAreaElement, words: string): void {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const text = spaced(value.slice(0, start), words, value.slice(end));
  field.focus();
  field.setSelectionRange(start, end);
  // Nothing else keeps the browser's list of what can be undone.
  if (document.execCommand('insertText', false, text)) return;
  field.setRangeText(text, start, end, 'end');
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}
