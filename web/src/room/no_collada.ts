// SPDX-License-Identifier: Apache-2.0

/**
 * Stands for three's ColladaLoader, which urdf-loader names but the console never reaches: the machines' meshes are STL and
 * come through MachineModel. It keeps 12 kB out of the page.
 */
export class ColladaLoader {
  constructor() {
    throw new Error("a machine's mesh is in Collada format (the console draws STL); convert it");
  }
}
