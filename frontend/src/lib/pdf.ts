import * as pdfjs from 'pdfjs-dist/legacy/build/pdf.mjs';
import type {
  PDFDocumentProxy,
  PDFPageProxy,
  PageViewport,
  RenderTask,
} from 'pdfjs-dist/legacy/build/pdf.mjs';
import workerUrl from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?url';

export type { PDFDocumentProxy, PDFPageProxy, PageViewport, RenderTask };

// The legacy build also runs in the web views of older systems.
pdfjs.GlobalWorkerOptions.workerSrc = workerUrl;

const assets = import.meta.env.DEV
  ? new URL('/node_modules/pdfjs-dist/', document.baseURI).href
  : new URL('pdf/', document.baseURI).href;

/** openPdf reads a PDF that is already in memory; nothing is evaluated or fetched from elsewhere. */
export async function openPdf(bytes: ArrayBuffer): Promise<PDFDocumentProxy> {
  return pdfjs.getDocument({
    data: new Uint8Array(bytes),
    cMapUrl: `${assets}cmaps/`,
    cMapPacked: true,
    standardFontDataUrl: `${assets}standard_fonts/`,
    wasmUrl: `${assets}wasm/`,
    isEvalSupported: false,
    enableXfa: false,
    verbosity: 0,
  }).promise;
}

/** drawText lays the selectable text of a page over its picture. */
export async function drawText(
  page: PDFPageProxy,
  viewport: PageViewport,
  container: HTMLElement,
): Promise<void> {
  const layer = new pdfjs.TextLayer({ textContentSource: page.streamTextContent(), container, viewport });
  await layer.render();
}
