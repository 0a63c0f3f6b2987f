import { tick } from 'svelte';
import type { Kontor } from './stores/kontor.svelte';

/**
 * printShown prints the document in the side panel if the focus is there, else
 * the screen; of a chat all of it, also what is not on the page yet.
 */
export async function printShown(kontor: Kontor): Promise<void> {
  const page = document.documentElement;
  const document_ = document.querySelector('aside')?.contains(document.activeElement) ?? false;
  page.dataset.print = document_ ? 'document' : 'screen';
  if (!document_ && kontor.layout.screen.name === 'chat') {
    await kontor.conversation.whole();
    await tick();
  }
  window.print();
}
