// SPDX-License-Identifier: Apache-2.0
import { Group, type Mesh } from "three";
import type { Structure } from "../state/anatomy";
import { surfaceAt, type Surface } from "../volume/surface";
import { skinMaterial, structureMaterial } from "./materials";
import { meshOf } from "./shapes";

/** Layer of what the beam's eye view shows: the patient without the machine. */
export const patientLayer = 1;

/** Surfaces of structures are made once and shared by all pictures. */
const surfaces = new WeakMap<object, Surface>();

function surfaceOf(structure: Structure): Surface | undefined {
  if (structure.mask === undefined) {
    return undefined;
  }
  let surface = surfaces.get(structure.mask);
  if (surface === undefined) {
    surface = surfaceAt(structure.mask, 127.5);
    surfaces.set(structure.mask, surface);
  }
  return surface;
}

/** Skin and structures in frame P, mm. */
export class PatientModel {
  readonly object = new Group();
  private readonly parts = new Map<string, Mesh>();

  constructor(skin: Surface | undefined, structures: readonly Structure[], skinOpacity: number) {
    if (skin !== undefined) {
      const mesh = meshOf(skin, skinMaterial(skinOpacity));
      mesh.renderOrder = 2;
      this.object.add(mesh);
    }
    for (const structure of structures.filter((one) => !one.isBody)) {
      const surface = surfaceOf(structure);
      if (surface !== undefined && surface.triangles.length > 0) {
        const mesh = meshOf(surface, structureMaterial(structure.colour, structure.isTarget ? 0.95 : 0.4));
        mesh.renderOrder = structure.isTarget ? 0 : 1;
        mesh.layers.enable(patientLayer);
        this.parts.set(structure.name, mesh);
        this.object.add(mesh);
      }
    }
  }

  hide(names: ReadonlySet<string>): void {
    for (const [name, mesh] of this.parts) {
      mesh.visible = !names.has(name);
    }
  }
}
