// SPDX-License-Identifier: Apache-2.0
import { Group, type Mesh } from "three";
import type { Structure } from "../state/anatomy";
import type { Surface } from "../volume/surface";
import { skinMaterial, structureMaterial } from "./materials";
import { meshOf } from "./shapes";

/** Layer of what the beam's eye view shows: the patient without the machine. */
export const patientLayer = 1;

/** Skin and structures in frame P, mm. */
export class PatientModel {
  readonly object = new Group();
  private readonly parts = new Map<string, Mesh>();

  /** @param shows  what is seen beside the skin; the beam's eye view always sees all structures and never the skin */
  constructor(skin: Surface | undefined, structures: readonly Structure[], skinOpacity: number, shows: "targets" | "structures") {
    if (skin !== undefined) {
      const mesh = meshOf(skin, skinMaterial(skinOpacity));
      mesh.renderOrder = 2;
      this.object.add(mesh);
    }
    for (const structure of structures.filter((one) => !one.isBody)) {
      if (structure.surface.triangles.length > 0) {
        const mesh = meshOf(structure.surface, structureMaterial(structure.colour, structure.isTarget ? 0.95 : 0.4));
        mesh.renderOrder = structure.isTarget ? 0 : 1;
        if (shows === "targets" && !structure.isTarget) {
          mesh.layers.set(patientLayer);
        } else {
          mesh.layers.enable(patientLayer);
        }
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
