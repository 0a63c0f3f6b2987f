import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
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

export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [svelte(), emptyDist(), pdfAssets()],
  resolve: {
    alias: { $lib: here('./src/lib'), $text: here('../app/text') },
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
