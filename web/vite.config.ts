// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** Everything is served from the console's own port: no address of others, no source of data outside. */
export default defineConfig({
  base: "./",
  resolve: {
    alias: { "three/examples/jsm/loaders/ColladaLoader.js": fileURLToPath(new URL("src/room/no_collada.ts", import.meta.url)) },
  },
  worker: { format: "es" },
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
  },
});
