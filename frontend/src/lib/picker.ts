import { pickedFiles } from './files';
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
    input.type = 'file';
    input.multiple = true;
    input.webkitdirectory = folder;
    if (!folder) input.accept = (kontor.status?.extensions ?? []).join(',');
    input.hidden = true;
    // Some browsers forget an input that is not part of the page.
    document.body.append(input);
    await new Promise<void>((resolve) => {
      input.addEventListener('change', () => resolve(), { once: true });
      input.addEventListener('cancel', () => resolve(), { once: true });
      input.click();
    });
    input.remove();
    await kontor.addFiles(pickedFiles(input.files));
  };
}
