import { chosen } from './exchange';
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
      await kontor.intake.pick(folder);
      return;
    }
    const input = document.createElement('input');
    input.webkitdirectory = folder;
    if (!folder) input.accept = (kontor.status?.extensions ?? []).join(',');
    await kontor.intake.addFiles(await several(input));
  };
}

/** usePicturePicker gives a function that lets a person pick pictures for the next question. */
export function usePicturePicker(): () => Promise<void> {
  const kontor = useKontor();
  return async () => {
    const input = document.createElement('input');
    input.accept = pictureTypes;
    const files = await several(input);
    await kontor.intake.addPictures(files.map(({ file, path }) => ({ file, name: path })));
  };
}

async function several(input: HTMLInputElement): Promise<PickedFile[]> {
  input.multiple = true;
  return pickedFiles(await chosen(input));
}
