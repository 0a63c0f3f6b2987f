/** Names of files that are pictures a model may see. */
const extensions = ['.png', '.jpg', '.jpeg', '.webp', '.gif'];

/** What a file dialog may choose. */
export const pictureTypes = 'image/png,image/jpeg,image/webp,image/gif';

export function isPicture(name: string): boolean {
  return extensions.some((extension) => name.toLowerCase().endsWith(extension));
}
