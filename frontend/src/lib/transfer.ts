import type { ExportRequest, ImportResult } from './api.gen';
import type { Backend } from './backend/backend';
import { saveText } from './exchange';
import type { Kontor } from './stores/kontor.svelte';

/** How much of a file goes into one call, in bytes. */
const pieceSize = 1 << 20;

/** exportChats saves one chat, or all with an empty id. */
export async function exportChats(
  kontor: Pick<Kontor, 'attempt' | 'backend'>,
  format: ExportRequest['format'],
  chatId = '',
): Promise<void> {
  await kontor.attempt(async () => {
    const file = await kontor.backend.call('transfer.export', { chatId, folderId: '', format });
    saveText(file.name, file.content, format === 'json' ? 'application/json' : 'text/markdown');
  });
}

/** importChats sends a file in pieces; progress is the part that has been sent, 0 to 1. */
export async function importChats(
  backend: Pick<Backend, 'call'>,
  file: Blob,
  progress: (part: number) => void,
  signal?: AbortSignal,
): Promise<ImportResult> {
  let id = '';
  for (let start = 0; ; start += pieceSize) {
    const bytes = new Uint8Array(await file.slice(start, start + pieceSize).arrayBuffer());
    let binary = '';
    for (const byte of bytes) binary += String.fromCharCode(byte);
    const last = start + pieceSize >= file.size;
    if (last) progress(1);
    const result = await backend.call('transfer.import', { id, content: btoa(binary), last }, signal);
    if (last) return result;
    ({ id } = result);
    progress((start + pieceSize) / file.size);
  }
}
