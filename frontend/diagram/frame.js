// Runs in the frame that draws diagrams, behind Mermaid itself.
const { mermaid } = globalThis;
const limits = { maxTextSize: 20000, maxEdges: 300, securityLevel: 'strict', startOnLoad: false };
let turn = Promise.resolve();

async function draw({ id, source, dark }) {
  try {
    mermaid.initialize({
      ...limits,
      ...{ theme: dark ? 'dark' : 'neutral', htmlLabels: false, suppressErrorRendering: true },
      ...{ fontFamily: 'system-ui, sans-serif', flowchart: { htmlLabels: false, useMaxWidth: false } },
      secure: [
        'secure',
        'securityLevel',
        'startOnLoad',
        'maxTextSize',
        'maxEdges',
        'htmlLabels',
        'themeCSS',
        'fontFamily',
      ],
    });
    const { svg } = await mermaid.render(`d${id}`, source);
    const box = document.createElement('div');
    box.innerHTML = svg;
    const drawn = box.querySelector('svg');
    const view = (drawn.getAttribute('viewBox') ?? '').split(/[\s,]+/).map(Number);
    if (view.length === 4 && view[2] > 0) {
      drawn.setAttribute('width', String(Math.ceil(view[2])));
      drawn.setAttribute('height', String(Math.ceil(view[3])));
      drawn.style.maxWidth = '';
    }
    parent.postMessage({ id, svg: new XMLSerializer().serializeToString(drawn) }, '*');
  } catch {
    parent.postMessage({ id, svg: null }, '*');
  } finally {
    document.body.replaceChildren();
  }
}

addEventListener('message', (event) => {
  if (event.source !== parent) return;
  turn = turn.then(() => draw(event.data));
});
parent.postMessage({ ready: true }, '*');
