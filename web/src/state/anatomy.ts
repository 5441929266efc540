// SPDX-License-Identifier: Apache-2.0
import { signal } from "@preact/signals";
import { structures as structureColours } from "../theme/palette";
import type { Vector } from "../volume/plane";
import { rasterise } from "../volume/rasterise";
import { surfaceAt, type Surface } from "../volume/surface";
import type { Volume } from "../volume/volume";
import type { Api } from "../wire/api";
import type { Contour, Plan, Scene, StructureHead, VolumeHead } from "../wire/model";

export interface Structure {
  readonly name: string;
  readonly isTarget: boolean;
  readonly isBody: boolean;
  readonly colour: string;
  readonly volume_cm3: number;
  readonly contours: readonly Contour[];
  /** 0 outside to 255 inside. */
  readonly mask: Volume | undefined;
  readonly surface: Surface;
}

export interface Dose {
  readonly head: VolumeHead;
  readonly volume: Volume;
  readonly max_Gy: number;
}

/** The patient as pictures need it. Loaded once a connection; each part shows as soon as it is there. */
export class Anatomy {
  readonly ct = signal<Volume | undefined>(undefined);
  readonly dose = signal<Dose | undefined>(undefined);
  readonly structures = signal<readonly Structure[]>([]);
  readonly scene = signal<Scene | undefined>(undefined);
  readonly skin = signal<Surface | undefined>(undefined);
  readonly isLoading = signal(true);
  /** Names of structures that are not drawn. */
  readonly hidden = signal<ReadonlySet<string>>(new Set());

  async load(api: Api, plan: Plan): Promise<void> {
    this.isLoading.value = true;
    const scene = await api.get<Scene>("/api/scene");
    const ct = await api.volume("ct");
    this.ct.value = ct.volume;
    const dose = await api.volume("dose");
    this.dose.value = { ...dose, max_Gy: largest(dose.volume.values) };
    const heads = await api.get<readonly StructureHead[]>("/api/structures");
    const contours = await Promise.all(heads.map((head) => api.contours(head.contours)));
    const structures: Structure[] = [];
    for (const [i, head] of heads.entries()) {
      structures.push(structureOf(head, contours[i]!, ct.volume.spacing_mm[0], plan, i));
      await new Promise((resolve) => setTimeout(resolve)); // live values and heartbeats go on between structures
    }
    this.structures.value = structures;
    this.skin.value = scene.skin === null ? undefined : await skinOf(api, scene.skin);
    this.scene.value = scene;
    this.isLoading.value = false;
  }

  toggle(name: string): void {
    const hidden = new Set(this.hidden.value);
    if (!hidden.delete(name)) {
      hidden.add(name);
    }
    this.hidden.value = hidden;
  }

  /** Colour of a structure, or of a volume that a protocol made of structures and named itself. */
  colourOf(name: string): string {
    const structures = this.structures.value;
    const exact = structures.find((structure) => structure.name === name) ?? structures.find((one) => one.isTarget && one.name.startsWith(name));
    const sum = [...name].reduce((total, letter) => total + letter.charCodeAt(0), 0);
    return exact?.colour ?? structureColours[sum % structureColours.length]!;
  }
}

const emptySurface: Surface = { positions: new Float32Array(), triangles: new Uint32Array() };

/** Voxels of a structure's mask are a fiftieth of its size, within these bounds, mm: fine enough for a line on a slice. */
const maskSpacing_mm = { least: 1, most: 4 };

function structureOf(head: StructureHead, contours: readonly Contour[], ctSpacing_mm: number, plan: Plan, i: number): Structure {
  const spacing_mm = Math.min(maskSpacing_mm.most, Math.max(maskSpacing_mm.least, ctSpacing_mm / 2, widthOf(contours) / 50));
  const isBody = head.type === "EXTERNAL";
  const mask = rasterise(contours, spacing_mm);
  return {
    name: head.name,
    isTarget: head.name === plan.target || /^(PTV|CTV|GTV|ITV)$/.test(head.type),
    isBody,
    colour: structureColours[i % structureColours.length]!,
    volume_cm3: head.volume_cm3 ?? volumeOf(mask),
    contours,
    mask,
    surface: mask === undefined || isBody ? emptySurface : surfaceAt(mask, 127.5),
  };
}

/** Widest extent of the contours in their planes, mm. */
function widthOf(contours: readonly Contour[]): number {
  const extent = (axis: 0 | 1) => {
    const all = contours.flatMap(({ points_mm }) => points_mm.filter((_, i) => i % 2 === axis));
    return all.reduce((high, value) => Math.max(high, value), -Infinity) - all.reduce((low, value) => Math.min(low, value), Infinity);
  };
  return contours.length === 0 ? 0 : Math.max(extent(0), extent(1));
}

/** Volume of a mask, cm³. */
export function volumeOf(mask: Volume | undefined): number {
  if (mask === undefined) {
    return 0;
  }
  const [x, y, z] = mask.spacing_mm;
  let sum = 0;
  for (let i = 0; i < mask.values.length; ++i) {
    sum += mask.values[i]!;
  }
  return (sum / 255) * x * y * z * 1e-3;
}

function largest(values: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < values.length; ++i) {
    result = Math.max(result, values[i]!);
  }
  return result;
}

async function skinOf(api: Api, path: string): Promise<Surface> {
  const { vertices } = await api.get<{ vertices: number; triangles: number }>(path);
  const raw = await api.bytes(path.replace(/\.json$/, ".raw"));
  return { positions: new Float32Array(raw, 0, 3 * vertices), triangles: new Uint32Array(raw, 12 * vertices) };
}

/** The structure that a plan's target is: protocols and patients may name it differently ("PTV", "PTV_2500"). */
export function targetOf(plan: Plan, structures: readonly Structure[]): Structure | undefined {
  return structures.find((one) => one.name === plan.target) ?? structures.find((one) => one.isTarget && one.name.startsWith(plan.target));
}

/** Middle of a structure's mask, frame P, mm; undefined where it is empty. */
export function centreOf(mask: Volume | undefined): Vector | undefined {
  if (mask === undefined) {
    return undefined;
  }
  const sum: [number, number, number] = [0, 0, 0];
  let weight = 0;
  const [nx, ny] = mask.counts;
  for (let i = 0; i < mask.values.length; ++i) {
    const value = mask.values[i]!;
    if (value > 0) {
      sum[0] += value * (i % nx);
      sum[1] += value * (Math.floor(i / nx) % ny);
      sum[2] += value * Math.floor(i / (nx * ny));
      weight += value;
    }
  }
  const at = (axis: 0 | 1 | 2) => mask.origin_mm[axis] + (sum[axis] / weight) * mask.spacing_mm[axis];
  return weight === 0 ? undefined : [at(0), at(1), at(2)];
}
