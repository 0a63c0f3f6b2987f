import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from '@formatjs/icu-messageformat-parser';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Go embeds dist, so its placeholder has to outlive every build, also a failed one.
function emptyDist(): Plugin {
  return {
    name: 'empty-dist-but-placeholder',
    apply: 'build',
    buildStart() {
      for (const name of readdirSync(here('./dist'))) {
        if (name !== '.keep') rmSync(here(`./dist/${name}`), { recursive: true });
      }
    },
  };
}

// What pdf.js fetches while it draws: character maps, the standard fonts, and
// decoders for pictures.
function pdfAssets(): Plugin {
  return {
    name: 'pdf-assets',
    apply: 'build',
    generateBundle() {
      for (const folder of ['cmaps', 'standard_fonts', 'wasm']) {
        const source = here(`./node_modules/pdfjs-dist/${folder}/`);
        for (const name of readdirSync(source)) {
          this.emitFile({
            type: 'asset',
            fileName: `pdf/${folder}/${name}`,
            source: readFileSync(source + name),
          });
        }
      }
    },
  };
}

// The page that draws diagrams. Its scripts are part of it: with an origin of
// its own it could fetch none. Its policy names exactly these scripts.
function diagramPage(): Plugin {
  return {
    name: 'diagram-page',
    apply: 'build',
    generateBundle() {
      const scripts = ['./node_modules/mermaid/dist/mermaid.min.js', './diagram/frame.js'].map((name) =>
        readFileSync(here(name), 'utf8').replace(/<(?=\/script|!--|script)/gi, '\\x3c'),
      );
      const hashes = scripts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
      const policy = `default-src 'none'; script-src ${hashes.join(' ')}; style-src 'unsafe-inline'`;
      this.emitFile({
        type: 'asset',
        fileName: 'diagram.html',
        source: [
          `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">`,
          `<title>Diagram</title><body>${scripts.map((text) => `<script>${text}</script>`).join('')}</body>`,
        ].join(''),
      });
    },
  };
}

// The texts of the window are parsed here, so that no page loads a parser and
// parses them again. A text without arguments stays as it is.
function parsedTexts(): Plugin {
  return {
    name: 'parsed-texts',
    enforce: 'pre',
    transform(code, id) {
      if (!/\/app\/text\/\w+\.\w+\.json$/.test(id)) return undefined;
      const texts = Object.entries(JSON.parse(code) as Record<string, string>).map(([key, text]) => {
        const parts = parse(text, { ignoreTag: true, captureLocation: false });
        const only = parts.length === 1 ? parts[0] : undefined;
        return [key, only?.type === 0 ? only.value : parts];
      });
      return { code: JSON.stringify(Object.fromEntries(texts)), map: null };
    },
  };
}

// Every web view that Kontor runs in reads WOFF2; the older forms stay out.
function newestFonts(): Plugin {
  return {
    name: 'newest-fonts',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('katex.min.css')) return undefined;
      return code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, '');
    },
  };
}

export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [svelte(), emptyDist(), pdfAssets(), diagramPage(), newestFonts(), parsedTexts()],
  resolve: {
    alias: {
      $lib: here('./src/lib'),
      $text: here('../app/text'),
      '@formatjs/icu-messageformat-parser': '@formatjs/icu-messageformat-parser/no-parser.js',
    },
    // Components are tested in jsdom; without this Svelte resolves to its server build.
    ...(mode === 'test' ? { conditions: ['browser'] } : {}),
  },
  server: {
    host: '127.0.0.1',
    fs: { allow: [here('.'), here('../app/text')] },
  },
  build: {
    emptyOutDir: false,
    target: 'es2022',
    // No inlined data: URLs, so that the policy of the page can stay narrow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' as const },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
  },
}));
