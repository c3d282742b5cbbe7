import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const DECODER = 'iced-x86';
const decoderFile = createRequire(import.meta.url).resolve(DECODER);

/** What of the decoder's CommonJS glue is said otherwise in an ES module; each has to be found. */
const AS_MODULE: readonly (readonly [RegExp, string])[] = [
  [
    /^imports\['__wbindgen_placeholder__'\] = module\.exports;$/m,
    'const given = imports.__wbindgen_placeholder__ = {};',
  ],
  [/^const \{ TextDecoder, TextEncoder \} = require\(`util`\);$/m, ''],
  [/^module\.exports\.(__wb\w+) = /gm, 'given.$1 = '],
  [/^module\.exports\.(\w+) = \1;$/gm, 'export { $1 };'],
  [
    /^module\.exports\.(\w+) = Object\.freeze\(/gm,
    'export const $1 = /* @__PURE__ */ Object.freeze(',
  ],
  [/^module\.exports\.(\w+) = function/gm, 'export const $1 = function'],
  [/^module\.exports\.__wasm = wasm;$/m, ''],
  [
    /^const path = require\('path'\)\.join\(__dirname, '(\w+\.wasm)'\);$/m,
    `const path = createRequire(import.meta.url).resolve('${DECODER}/$1');`,
  ],
  // Makers of instructions, which only an assembler needs.
  [/^ {4}static create\w*\(.*\) \{\n(?: {5}.*\n|\n)*? {4}\}$/gm, ''],
  [/require\('fs'\)\.readFileSync/, 'readFileSync'],
];

/**
 * Of the decoder's JavaScript, which is as much as all of ours, only what we use comes into the
 * bundle, with its licence; its WebAssembly is read from the installed package.
 */
const bundledDecoder: Plugin = {
  name: 'bundled-decoder',
  enforce: 'pre',
  resolveId: (id) => (id === DECODER ? `\0${DECODER}` : null),
  load(id) {
    if (id !== `\0${DECODER}`) return null;
    const licence = readFileSync(join(dirname(decoderFile), 'LICENSE.txt'), 'utf8');
    let code = readFileSync(decoderFile, 'utf8');
    for (const [pattern, replacement] of AS_MODULE) {
      if (code.search(pattern) < 0) throw new Error(`${DECODER} has no ${pattern}`);
      code = code.replace(pattern, replacement);
    }
    return [
      `import { readFileSync } from 'node:fs';`,
      `import { createRequire } from 'node:module';`,
      `/*! ${DECODER}\n${licence}*/`,
      code,
    ].join('\n');
  },
};

export default defineConfig({
  plugins: [bundledDecoder],
  build: {
    ssr: true,
    target: 'node20',
    outDir: 'dist',
    minify: false,
    rollupOptions: {
      input: { index: 'src/index.ts', cli: 'src/cli/main.ts' },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'chunk-[name].js',
        // Half as much to parse at every start; names stay for the stacks of our own defects.
        minify: {
          compress: true,
          mangle: { keepNames: true },
          codegen: { removeWhitespace: true },
        },
      },
    },
  },
});
