/** pickFile lets a person choose one file of the computer, by the page's own dialog. */
export async function pickFile(accept: string): Promise<File | undefined> {
  const input = document.createElement('input');
  input.accept = accept;
  return (await chosen(input))?.[0];
}

/** chosen opens the page's own dialog with what the input asks for, and waits for the choice. */
export async function chosen(input: HTMLInputElement): Promise<FileList | null> {
  input.type = 'file';
  input.hidden = true;
  // Some browsers forget an input that is not part of the page.
  document.body.append(input);
  await new Promise<void>((resolve) => {
    input.addEventListener('change', () => resolve(), { once: true });
    input.addEventListener('cancel', () => resolve(), { once: true });
    input.click();
  });
  input.remove();
  return input.files;
}

/** saveText hands a text to the browser's downloads. */
export function saveText(name: string, text: string, type: string): void {
  saveFile(name, text, `${type};charset=utf-8`);
}

/** saveFile hands a file to the browser's downloads. */
export function saveFile(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
