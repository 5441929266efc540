// SPDX-License-Identifier: Apache-2.0
// What two independent readers make of glTF files, as one JSON array on standard output: node test/check_gltf.mjs FILE...
// Khronos's validator gives its messages, three.js the meshes and their extent in metres. Exit code 3: the packages are
// not installed.
import { readFileSync } from "node:fs";

const missing = () => {
  console.error("the packages of web/package-lock.json are not installed; build the target web first");
  process.exit(3);
};
const { default: validator } = await import("gltf-validator").catch(missing);
const { Box3, Mesh } = await import("three").catch(missing);
const { GLTFLoader } = await import("three/examples/jsm/loaders/GLTFLoader.js").catch(missing);

/** The scene as three.js loads it: its meshes, all vertices, and the box around them. */
async function loaded(bytes) {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { scene } = await new GLTFLoader().parseAsync(buffer, "");
  let meshes = 0;
  let vertices = 0;
  scene.traverse((object) => {
    if (object.geometry !== undefined) {
      meshes += object instanceof Mesh ? 1 : 0;
      vertices += object.geometry.attributes.position.count;
    }
  });
  const box = new Box3().setFromObject(scene, true);
  return { meshes, vertices, low_m: box.min.toArray(), high_m: box.max.toArray() };
}

const results = [];
for (const file of process.argv.slice(2)) {
  const bytes = readFileSync(file);
  const { issues, info } = await validator.validateBytes(new Uint8Array(bytes), { uri: file, maxIssues: 20 });
  results.push({ file, issues, info, loaded: await loaded(bytes) });
}
console.log(JSON.stringify(results));
