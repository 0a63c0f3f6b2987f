/** speechRate is what models for speech were made for, in samples per second. */
export const speechRate = 16_000;

/** wavOf writes samples between -1 and 1 as a WAV file: one channel, 16 bits. */
export function wavOf(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(file.buffer);
  const words = (at: number, text: string) =>
    Array.from(text).forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  words(0, 'RIFF');
  view.setUint32(4, 36 + 2 * samples.length, true);
  words(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // plain samples
  view.setUint16(22, 1, true);
  view.setUint32(24, speechRate, true);
  view.setUint32(28, 2 * speechRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  words(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => {
    view.setInt16(44 + 2 * i, Math.round(Math.max(-1, Math.min(1, sample)) * 0x7fff), true);
  });
  return file;
}

/** base64Of is how bytes cross the border as text. */
export function base64Of(bytes: Uint8Array): string {
  const parts: string[] = [];
  // A multiple of three, so that the parts can be put together.
  for (let at = 0; at < bytes.length; at += 0x6000) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + 0x6000))));
  }
  return parts.join('');
}
