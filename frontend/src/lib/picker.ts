import { pickedFiles } from './files';
import type { PickedFile } from './files';
import { pictureTypes } from './picturenames';
import { useKontor } from './stores/kontor.svelte';

/**
 * usePicker gives a function that lets a person pick files or a folder: by the
 * system's dialog in the window, by the browser's on a page.
 */
export function usePicker(): (folder: boolean) => Promise<void> {
  const kontor = useKontor();
  return async (folder) => {
    if (kontor.backend.shell === 'window') {
      await kontor.pick(folder);
      return;
    }
    const input = document.createElement('input');
    input.webkitdirectory = folder;
    if (!folder) input.accept = (kontor.status?.extensions ?? []).join(',');
    await kontor.addFiles(await chosen(input));
  };
}

/** usePicturePicker gives a function that lets a person pick pictures for the next question. */
export function usePicturePicker(): () => Promise<void> {
  const kontor = useKontor();
  return async () => {
    const input = document.createElement('input');
    input.accept = pictureTypes;
    const files = await chosen(input);
    await kontor.addPictures(files.map(({ file, path }) => ({ file, name: path })));
  };
}

async function chosen(input: HTMLInputElement): Promise<PickedFile[]> {
  input.type = 'file';
  input.multiple = true;
  input.hidden = true;
  // Some browsers forget an input that is not part of the page.
  document.body.append(input);
  await new Promise<void>((resolve) => {
    input.addEventListener('change', () => resolve(), { once: true });
    input.addEventListener('cancel', () => resolve(), { once: true });
    input.click();
  });
  input.remove();
  return pickedFiles(input.files);
}
