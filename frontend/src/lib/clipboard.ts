/** copyText puts text on the clipboard; false if the system refuses. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** copyRich puts text on the clipboard in two forms; programs take the one they know. */
export async function copyRich(text: string, html: string): Promise<boolean> {
  try {
    const forms = { 'text/plain': text, 'text/html': html };
    const blobs = Object.entries(forms).map(([type, form]) => [type, new Blob([form], { type })] as const);
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    return true;
  } catch {
    return copyText(text);
  }
}
