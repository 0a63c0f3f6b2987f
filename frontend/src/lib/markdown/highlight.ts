import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import powershell from 'highlight.js/lib/languages/powershell';
import python from 'highlight.js/lib/languages/python';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const languages = {
  ...{ bash, csharp, css, go, java, javascript, json, powershell, python, sql, typescript, xml, yaml },
};
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);

// Longer code is left plain: colouring it would hold up the page.
const longest = 20_000;

/** highlight colours one code element in place; an unknown language stays plain. */
export function highlight(code: HTMLElement): void {
  const name = /language-([\w+#-]+)/.exec(code.className)?.[1];
  const text = code.textContent;
  if (!name || !hljs.getLanguage(name) || text.length > longest) return;
  // The highlighter escapes the text and adds nothing but spans with classes.
  code.innerHTML = hljs.highlight(text, { language: name, ignoreIllegals: true }).value;
}
