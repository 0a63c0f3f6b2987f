import { ProblemError } from './backend/backend';

/** Models look at no more: larger pictures only take longer. In pixels. */
const longest = 1568;
const most = 1_200_000;
/** A larger file is not kept, in bytes. */
const largest = 2_000_000;

/**
 * fitPicture makes a picture fit for a model: PNG or JPEG, not larger than one looks at, turned
 * the way the camera was held and without what the camera wrote about place and time. A small PNG
 * stays as it is. The result is base64.
 */
export async function fitPicture(file: Blob, name: string): Promise<string> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new ProblemError({ code: 'image_unreadable', args: { name } });
  }
  const { width, height } = bitmap;
  const scale = Math.min(1, longest / Math.max(width, height), Math.sqrt(most / (width * height)));
  const lower = name.toLowerCase();
  if (scale === 1 && lower.endsWith('.png') && file.size <= largest) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (bytes[0] === 0x89 && bytes[1] === 0x50) return base64(bytes);
  }
  const photo = lower.endsWith('.jpg') || lower.endsWith('.jpeg');
  let drawn = await draw(bitmap, scale, photo);
  if (drawn.size > largest) drawn = await draw(bitmap, scale, true);
  bitmap.close();
  return base64(new Uint8Array(await drawn.arrayBuffer()));
}

async function draw(bitmap: ImageBitmap, scale: number, photo: boolean): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.floor(bitmap.width * scale));
  canvas.height = Math.max(1, Math.floor(bitmap.height * scale));
  const context = canvas.getContext('2d');
  if (!context) throw new ProblemError({ code: 'internal' });
  if (photo) {
    // JPEG knows nothing see-through.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => {
        if (blob) resolve(blob);
        else reject(new ProblemError({ code: 'internal' }));
      },
      photo ? 'image/jpeg' : 'image/png',
      0.88,
    );
  });
}

function base64(bytes: Uint8Array): string {
  let text = '';
  // One call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 32_768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  }
  return btoa(text);
}

export function bytesOf(content: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(content), (char) => char.charCodeAt(0));
}
