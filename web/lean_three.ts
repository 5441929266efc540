// SPDX-License-Identifier: Apache-2.0
// three.js without what the pages never ask for. Its bundle is one module that no bundler can take apart; its sources
// are many, so they are built here instead, as three's own build does it, but for the modules below. What would need
// one of them fails in the tests of the pages, which draw everything that there is to draw.
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

/** Programs of materials that the pages do not have: they draw basic and standard (physical) surfaces and lines only. */
const unusedPrograms = [
  "background", "backgroundCube", "cube", "depth", "distanceRGBA", "equirect", "linedashed", "meshlambert", "meshmatcap", "meshnormal", "meshphong", "meshtoon",
  "points", "shadow", "sprite", "vsm",
];

/** Beginnings of the chunks of features that no material of the pages switches on; each is empty without its switch. */
const unusedChunks = ["cube_uv_reflection", "iridescence", "morph", "shadowmap", "shadowmask", "skin", "transmission"];

const unused = new RegExp(`/shaders/(ShaderLib/(${unusedPrograms.join("|")})|ShaderChunk/(${unusedChunks.join("|")})[a-z_]*)\\.glsl\\.js$`);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export function leanThree(): Plugin {
  return {
    name: "lean-three",
    enforce: "pre",
    config: () => ({
      resolve: {
        alias: [
          { find: /^three$/, replacement: here("node_modules/three/src/Three.js") },
          { find: /^three\/examples\/jsm\/loaders\/ColladaLoader\.js$/, replacement: here("src/room/no_collada.ts") },
          { find: /^.*\/webxr\/WebXRManager\.js$/, replacement: here("src/room/no_webxr.ts") },
        ],
      },
    }),
    transform(code, path) {
      if (!path.endsWith(".glsl.js")) {
        return null;
      }
      return { code: unused.test(path) ? 'export const vertex = "", fragment = "";\nexport default "";\n' : withoutComments(code), map: null };
    },
  };
}

/** A shader's text without comments and indentation, which only people read. */
function withoutComments(shader: string): string {
  return shader.replace(/\/\*[^]*?\*\//g, "").replace(/[ \t]*\/\/[^\n]*/g, "").replace(/\n\s+/g, "\n");
}
