// SPDX-License-Identifier: Apache-2.0
// Bundles each *.test.ts of a folder and runs them by Node's own test runner: node test/run.mjs [FOLDER]
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const { build } = await import("esbuild").catch(() => {
  console.error("The packages of web/package-lock.json are not installed; build the target web first: cmake --build --preset ci --target web");
  process.exit(1);
});
const web = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(web, process.argv[2] ?? "test");
const names = readdirSync(folder, { recursive: true }).map(String).filter((name) => name.endsWith(".test.ts"));
const out = mkdtempSync(join(web, "node_modules", ".tests-"));
try {
  await build({
    entryPoints: names.map((name) => join(folder, name)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    outbase: folder,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node18",
    jsx: "automatic",
    jsxImportSource: "preact",
    packages: "external",
    sourcemap: "inline",
    logLevel: "warning",
  });
  const files = names.map((name) => join(out, name.replace(/\.ts$/, ".mjs")));
  const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], { stdio: "inherit", env: { ...process.env, XINGU_WEB: web } });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(out, { recursive: true });
}
