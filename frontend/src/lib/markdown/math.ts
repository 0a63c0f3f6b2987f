import DOMPurify from 'dompurify';
import katex from 'katex';
import 'katex/dist/katex.min.css';

// Longer formulas are left as they were written: setting them would hold up the page.
const longest = 4000;
const most = 300;
const set = new Map<string, string>();

/** setFormula puts a typeset formula in the place of its source; what cannot be set stays source. */
export function setFormula(code: HTMLElement): void {
  const tex = code.textContent;
  const displayMode = code.classList.contains('math-block');
  const key = `${displayMode ? 'd' : 'i'}${tex}`;
  let html = set.get(key);
  if (html === undefined) {
    html = typeset(tex, displayMode);
    if (set.size >= most) set.clear();
    set.set(key, html);
  }
  if (html === '') return;
  const frame = document.createElement('span');
  frame.className = displayMode ? 'formula display' : 'formula';
  if (displayMode) frame.tabIndex = 0;
  frame.dataset.tex = tex;
  frame.append(
    DOMPurify.sanitize(html, {
      USE_PROFILES: { html: true, mathMl: true, svg: true },
      ADD_TAGS: ['semantics', 'annotation'],
      FORBID_TAGS: ['a', 'img', 'image', 'style', 'form', 'input', 'video', 'audio', 'foreignObject'],
      FORBID_ATTR: ['href', 'src', 'id', 'name'],
      RETURN_DOM_FRAGMENT: true,
    }),
  );
  code.replaceWith(frame);
}

// The empty text says that this is no formula.
function typeset(tex: string, displayMode: boolean): string {
  if (tex.length > longest) return '';
  try {
    const options = { displayMode, throwOnError: true, strict: 'ignore' as const, trust: false };
    return katex.renderToString(tex, { ...options, maxSize: 40, maxExpand: 500 });
  } catch {
    return '';
  }
}
