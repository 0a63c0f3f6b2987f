import DOMPurify from 'dompurify';
import type { Config } from 'dompurify';
import type { RendererObject } from 'marked';
import { safeLink } from './links';
import { sentinelsIn, withoutSentinels } from './sentinels';
import { syntax } from './syntax';

const renderer: RendererObject = {
  // Markup in an answer is text: it is shown as it was written.
  html({ text }) {
    return escapeHtml(text);
  },
  link({ href, tokens, text }) {
    const target = safeLink(withoutSentinels(href));
    const label = tokens.length > 0 ? this.parser.parseInline(tokens) : escapeHtml(text);
    // A bare link carries its marks in its text as well.
    const lost = [...sentinelsIn(href)].filter((mark) => !label.includes(mark)).join('');
    if (target === undefined) return label + lost;
    return `<a href="${escapeHtml(target)}" title="${escapeHtml(target)}">${label}</a>${lost}`;
  },
  // A picture from elsewhere would tell its server that this text was read;
  // it becomes a link that a person may choose to open.
  image({ href, text }) {
    const target = safeLink(withoutSentinels(href));
    const label = escapeHtml(text || withoutSentinels(href));
    const lost = sentinelsIn(href);
    if (target === undefined) return label + lost;
    return `<a class="picture" href="${escapeHtml(target)}" title="${escapeHtml(target)}">${label}</a>${lost}`;
  },
  code({ text, lang }) {
    const language = /^[\w+#-]{1,24}/.exec(withoutSentinels(lang ?? ''))?.[0] ?? '';
    const attribute = language ? ` class="language-${escapeHtml(language.toLowerCase())}"` : '';
    return `<pre><code${attribute}>${escapeHtml(withoutSentinels(text))}\n</code></pre>${sentinelsIn((lang ?? '') + text)}`;
  },
  codespan({ text }) {
    return `<code>${escapeHtml(withoutSentinels(text))}</code>${sentinelsIn(text)}`;
  },
  checkbox({ checked }) {
    return checked ? '☑ ' : '☐ ';
  },
};

const marked = syntax().use({ renderer });

const allowList: Config & { RETURN_DOM_FRAGMENT: true } = {
  ALLOWED_TAGS: [
    ...[
      'p',
      'br',
      'hr',
      'h1',
      'h2',
      'h3',
      'h4',
      'h5',
      'h6',
      'blockquote',
      'pre',
      'code',
      'em',
      'strong',
      'del',
    ],
    ...['ul', 'ol', 'li', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a', 'sup'],
  ],
  ALLOWED_ATTR: ['href', 'title', 'class', 'align', 'start'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  // These hold no address and are not to be judged as one.
  ADD_URI_SAFE_ATTR: ['align', 'start'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

/**
 * renderMarkdown turns Markdown into a fragment of the page. Sanitising comes
 * last, after every step that could make markup out of text.
 */
export function renderMarkdown(source: string): DocumentFragment {
  const html = marked.parse(source, { async: false });
  const fragment = DOMPurify.sanitize(html, allowList);
  for (const element of fragment.querySelectorAll('[class]')) {
    if (!/^(?:language-[\w+#-]+|picture|math|math-block|footnote|footnote-ref)$/.test(element.className))
      element.removeAttribute('class');
  }
  for (const link of fragment.querySelectorAll('a')) {
    const target = safeLink(link.getAttribute('href') ?? '');
    if (target === undefined) {
      link.replaceWith(...link.childNodes);
      continue;
    }
    link.href = target;
    link.title = target;
    link.target = '_blank';
    link.rel = 'noopener noreferrer nofollow';
  }
  return fragment;
}

function escapeHtml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}
