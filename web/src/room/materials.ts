// SPDX-License-Identifier: Apache-2.0
import { AdditiveBlending, Color, DoubleSide, LineBasicMaterial, MeshBasicMaterial, MeshStandardMaterial } from "three";
import { beam } from "../theme/palette";

/** Greys of the room, told apart by lightness: nothing of the machine has a colour that could mean something. */
const shades: readonly (readonly [RegExp, number])[] = [
  [/floor|wall|plinth|shield/, 0x23272d],
  [/ring|arc|yoke|cradle|pedestal/, 0x8c96a3],
  [/linac|head|nose/, 0xc3cad4],
  [/table_top/, 0x5d6672],
  [/couch/, 0x747f8c],
];

export function partMaterial(link: string): MeshStandardMaterial {
  const shade = shades.find(([pattern]) => pattern.test(link))?.[1] ?? 0x8c96a3;
  return new MeshStandardMaterial({ color: shade, roughness: 0.75, metalness: 0.1 });
}

export function skinMaterial(opacity: number): MeshStandardMaterial {
  return new MeshStandardMaterial({ color: 0xc9b0a0, roughness: 0.9, transparent: opacity < 1, opacity, depthWrite: opacity === 1, side: DoubleSide });
}

export function structureMaterial(colour: string, opacity: number): MeshStandardMaterial {
  return new MeshStandardMaterial({ color: new Color(colour), roughness: 0.6, transparent: opacity < 1, opacity, depthWrite: opacity > 0.6 });
}

/** The beam: a pale volume while it is on, an outline while it is off. */
export function rayMaterial(): MeshBasicMaterial {
  return new MeshBasicMaterial({ color: new Color(beam.ray), transparent: true, opacity: 0.35, blending: AdditiveBlending, depthWrite: false, side: DoubleSide });
}

export function outlineMaterial(opacity: number): LineBasicMaterial {
  return new LineBasicMaterial({ color: new Color(beam.ray), transparent: true, opacity });
}
