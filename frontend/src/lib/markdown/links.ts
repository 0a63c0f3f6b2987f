const allowed: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:']);

/**
 * safeLink lets through http, https and mailto with a full address and nothing
 * else; it returns the address in its normal form.
 */
export function safeLink(href: string): string | undefined {
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    return undefined; // relative: there is nothing in Kontor an answer could point to
  }
  if (!allowed.has(url.protocol)) return undefined;
  if (url.protocol !== 'mailto:' && url.hostname === '') return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  return url.href;
}
