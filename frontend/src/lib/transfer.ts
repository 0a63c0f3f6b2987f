import type { ExportRequest, ImportResult } from './api.gen';
import type { Backend } from './backend/backend';
import { saveFile } from './exchange';
import type { Kontor } from './stores/kontor.svelte';

/** How much of a file goes into one call, in bytes. */
const pieceSize = 1 << 20;

export type ExportFormat = ExportRequest['format'];

/** What chats are written as, the ones for people first. */
export const formats: readonly ExportFormat[] = ['pdf', 'docx', 'html', 'markdown', 'json'];

/** exportFile has chats written as a file, fetches it in pieces and hands it to the downloads. */
export async function exportFile(
  backend: Pick<Backend, 'call'>,
  request: ExportRequest,
  signal?: AbortSignal,
): Promise<void> {
  const file = await backend.call('transfer.write', request, signal);
  const pieces: BlobPart[] = [];
  let last = false;
  for (let offset = 0; !last;) {
    const piece = await backend.call('transfer.piece', { id: file.id, offset }, signal);
    const bytes = Uint8Array.from(atob(piece.content), (letter) => letter.charCodeAt(0));
    // A Blob may leave memory; the pieces of a large history would stay there.
    pieces.push(new Blob([bytes]));
    offset += bytes.length;
    last = piece.last;
  }
  saveFile(file.name, new Blob(pieces), file.mediaType);
}

/** exportChat saves one chat. */
export async function exportChat(
  kontor: Pick<Kontor, 'attempt' | 'backend'>,
  format: ExportFormat,
  chatId: string,
): Promise<void> {
  await kontor.attempt(() => exportFile(kontor.backend, { chatId, folderId: '', format }));
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
