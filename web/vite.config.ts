// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from "vite";

/** Everything is served from the console's own port: no address of others, no source of data outside. */
export default defineConfig({
  base: "./",
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
  },
});
