// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from "vite";
import { leanThree } from "./lean_three";

/** Everything is served from the console's own port: no address of others, no source of data outside. */
export default defineConfig({
  base: "./",
  plugins: [leanThree()],
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
