import { Marked } from 'marked';
import type { TokenizerAndRendererExtension } from 'marked';
import { sentinelsIn, withoutSentinels } from './sentinels';

// Marks of sentences may stand before the first sign of a block.
const marks = '[\\uE000-\\uF8FF]*';
const blockMath = new RegExp(
  `^ {0,3}${marks}(?:\\$\\$([\\s\\S]+?)\\$\\$|\\\\\\[([\\s\\S]+?)\\\\\\])${marks}[ \\t]*(?:\\n|$)`,
);
const blockStart = new RegExp(`\\n(?= {0,3}${marks}(?:\\$\\$|\\\\\\[|\\[\\^[^\\]\\s]+\\]:))`);
// A sum of money is no formula: signs next to spaces or before digits and letters do not count.
const inlineMath =
  /^(?:\$\$([^$\n]+?)\$\$|\$([^\s$](?:[^$\n]*[^\s$\\])?)\$(?![\p{L}\d])|\\\(([^\n]+?)\\\)|\\\[([^\n]+?)\\\])/u;
const footnote = new RegExp(
  `^${marks}\\[\\^([^\\]\\s]{1,40})\\]:[ \\t]*([^\\n]*(?:\\n(?![ \\t]*(?:\\n|$)|${marks}\\[\\^)[^\\n]+)*)(?:\\n|$)`,
);

function escaped(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}

function formula(tex: string, kind: 'math' | 'math-block'): string {
  return `<code class="${kind}">${escaped(withoutSentinels(tex).trim())}</code>`;
}

const extensions: TokenizerAndRendererExtension[] = [
  {
    name: 'blockMath',
    level: 'block',
    start: (source) => blockStart.exec(source)?.index,
    tokenizer(source) {
      const found = blockMath.exec(source);
      if (!found) return undefined;
      return { type: 'blockMath', raw: found[0], text: found[1] ?? found[2] ?? '' };
    },
    renderer: ({ raw, text }) => `<p>${formula(String(text), 'math-block')}${sentinelsIn(raw)}</p>`,
  },
  {
    name: 'inlineMath',
    level: 'inline',
    start: (source) => {
      const at = source.search(/\$|\\[([]/);
      return at < 0 ? undefined : at;
    },
    tokenizer(source) {
      const found = inlineMath.exec(source);
      if (!found) return undefined;
      const display = found[1] ?? found[4];
      const text = display ?? found[2] ?? found[3] ?? '';
      return { type: 'inlineMath', raw: found[0], text, display: display !== undefined };
    },
    renderer: ({ raw, text, display }) =>
      formula(String(text), display === true ? 'math-block' : 'math') + sentinelsIn(raw),
  },
  {
    name: 'footnote',
    level: 'block',
    start: (source) => blockStart.exec(source)?.index,
    tokenizer(source) {
      const found = footnote.exec(source);
      if (!found) return undefined;
      const before = sentinelsIn(found[0].slice(0, found[0].indexOf('[')));
      const tokens = this.lexer.inline(before + (found[2] ?? ''));
      return { type: 'footnote', raw: found[0], label: found[1] ?? '', tokens };
    },
    renderer(token) {
      const label = escaped(withoutSentinels(String(token.label)));
      return `<p class="footnote"><sup>${label}</sup> ${this.parser.parseInline(token.tokens ?? [])}</p>`;
    },
  },
  {
    name: 'footnoteReference',
    level: 'inline',
    start: (source) => {
      const at = source.indexOf('[^');
      return at < 0 ? undefined : at;
    },
    tokenizer(source) {
      const found = /^\[\^([^\]\s]{1,40})\](?!:)/.exec(source);
      return found ? { type: 'footnoteReference', raw: found[0], label: found[1] ?? '' } : undefined;
    },
    renderer: ({ raw, label }) =>
      `<sup class="footnote-ref">${escaped(withoutSentinels(String(label)))}</sup>${sentinelsIn(raw)}`,
  },
];

/** syntax is Markdown with formulas and footnotes, for splitting and for rendering alike. */
export function syntax(): Marked {
  return new Marked({ gfm: true, breaks: false, async: false, extensions: undefined }, { extensions });
}
