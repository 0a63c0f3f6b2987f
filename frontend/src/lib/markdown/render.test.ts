import { describe, expect, it } from 'vitest';
import { renderMarkdown } from './render';

function render(markdown: string): HTMLElement {
  const box = document.createElement('div');
  box.append(renderMarkdown(markdown));
  return box;
}

// Attacks on Markdown renderers: raw markup, links, images, attributes, and
// text that becomes markup in a later step.
const attacks = [
  '<script>alert(1)</script>',
  '<SCRIPT SRC=//evil.example/x.js></SCRIPT>',
  '<img src=x onerror=alert(1)>',
  '<img src="https://evil.example/p.png">',
  '<svg onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
  '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data="javascript:alert(1)"></object>',
  '<embed src="javascript:alert(1)">',
  '<form action="https://evil.example"><button>go</button></form>',
  '<input autofocus onfocus=alert(1)>',
  '<body onload=alert(1)>',
  '<details open ontoggle=alert(1)>x</details>',
  '<video><source onerror=alert(1)></video>',
  '<audio src=x onerror=alert(1)>',
  '<marquee onstart=alert(1)>x</marquee>',
  '<base href="https://evil.example/">',
  '<link rel=stylesheet href="https://evil.example/x.css">',
  '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
  '<style>@import "https://evil.example/x.css";</style>',
  '<div style="background:url(https://evil.example/x)">x</div>',
  '<a href="javascript:alert(1)">x</a>',
  '<a href="https://evil.example" onclick="alert(1)">x</a>',
  '<template><script>alert(1)</script></template>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<!--><img src=x onerror=alert(1)>-->',
  '<![CDATA[<img src=x onerror=alert(1)>]]>',
  '<p id="kontor" class="layer" name="x">x</p>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](java\tscript:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x](\u0001javascript:alert(1))',
  '[x](vbscript:msgbox(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '[x](file:///etc/passwd)',
  '[x](smb://evil.example/share)',
  '[x](ms-msdt:/id PCWDiagnostic)',
  '[x](blob:https://evil.example/1)',
  '[x](//evil.example/x)',
  '[x](/api/call/chats.delete)',
  '[x](https://user:secret@evil.example/)',
  '[x](https://evil.example "title\\" onmouseover=alert(1) \\"")',
  '<javascript:alert(1)>',
  '<https://evil.example/"onmouseover="alert(1)>',
  '![x](https://evil.example/p.png?secret)',
  '![x](data:image/svg+xml,<svg onload=alert(1)>)',
  '![x][r]\n\n[r]: https://evil.example/p.png',
  '[x][r]\n\n[r]: javascript:alert(1)',
  '![" onerror="alert(1)](https://evil.example/x.png)',
  '```"><img src=x onerror=alert(1)>\ncode\n```',
  '```js" onload="alert(1)\ncode\n```',
  '`<img src=x onerror=alert(1)>`',
  '| <img src=x onerror=alert(1)> | b |\n|---|---|\n| <script>alert(1)</script> | d |',
  '# <img src=x onerror=alert(1)>',
  '- [ ] <img src=x onerror=alert(1)>',
  '**<img src=x onerror=alert(1)>**',
  '&lt;img src=x onerror=alert(1)&gt;',
  '\\<img src=x onerror=alert(1)>',
];

const tags = new Set(
  'P BR HR H1 H2 H3 H4 H5 H6 BLOCKQUOTE PRE CODE EM STRONG DEL UL OL LI TABLE THEAD TBODY TR TH TD A'.split(
    ' ',
  ),
);
const attributes = new Set(['href', 'title', 'class', 'align', 'start', 'target', 'rel']);

describe('hostile Markdown', () => {
  it.each(attacks)('%s', (attack) => {
    for (const element of render(attack).querySelectorAll('*')) {
      expect(tags).toContain(element.tagName);
      for (const { name } of element.attributes) expect(attributes).toContain(name);
      const href = element.getAttribute('href');
      if (href !== null) {
        expect(href).toMatch(/^(?:https?|mailto):/);
        expect(element.getAttribute('rel')).toContain('noopener');
        expect(element.getAttribute('title')).toBe(href);
      }
      expect(element.className).toMatch(/^(?:|language-[\w+#-]+|picture)$/);
    }
  });

  it('shows markup as the text it was', () => {
    expect(render('Use <b>bold</b> & <img src=x>').textContent.trim()).toBe('Use <b>bold</b> & <img src=x>');
  });
});

describe('Markdown', () => {
  it('renders what answers use', () => {
    const box = render('# A\n\n**b** *c* ~~d~~ `e`\n\n1. x\n2. y\n\n> q\n\n| a | b |\n|---|--:|\n| 1 | 2 |');
    expect([...box.children].map((child) => child.tagName)).toEqual(['H1', 'P', 'OL', 'BLOCKQUOTE', 'TABLE']);
    expect(box.querySelector('p')?.innerHTML).toBe(
      '<strong>b</strong> <em>c</em> <del>d</del> <code>e</code>',
    );
    expect(box.querySelector('td:last-child')?.getAttribute('align')).toBe('right');
  });

  it('turns a picture into a link and loads nothing', () => {
    const box = render('![a chart](https://example.com/chart.png)');
    expect(box.querySelector('img')).toBeNull();
    expect(box.querySelector('a.picture')?.textContent).toBe('a chart');
  });

  it('keeps code as it is, its language as a class', () => {
    const code = render('```Go\nif a < b && c { }\n```').querySelector('pre > code');
    expect(code?.className).toBe('language-go');
    expect(code?.textContent).toBe('if a < b && c { }\n');
  });
});
