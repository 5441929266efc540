// SPDX-License-Identifier: Apache-2.0
import { BufferAttribute, BufferGeometry, Group, LineSegments, Mesh, type Material } from "three";
import type { Surface } from "../volume/surface";
import { boundsOf, type Opening } from "./aperture";
import { outlineMaterial, rayMaterial } from "./materials";

export const metresPerMm = 0.001;

export function meshOf(surface: Surface, material: Material): Mesh {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(surface.positions, 3));
  geometry.setIndex(new BufferAttribute(surface.triangles, 1));
  geometry.computeVertexNormals();
  return new Mesh(geometry, material);
}

/**
 * The field as a pyramid from the source through the openings' bounds, to beyond the isocentre. In a frame whose origin
 * is the source, with Z away from the isocentre and X along the leaves' travel, as the machine's beam link has it; mm.
 */
export class FieldShape {
  readonly object = new Group();
  private readonly inside = new Mesh(new BufferGeometry(), rayMaterial());
  private readonly edges = new LineSegments(new BufferGeometry(), outlineMaterial(0.7));

  constructor(private readonly sad_mm: number) {
    this.object.add(this.inside, this.edges);
    this.inside.visible = false;
  }

  show(open: readonly Opening[], isOn: boolean): void {
    const bounds = boundsOf(open);
    this.edges.visible = bounds !== undefined;
    this.inside.visible = bounds !== undefined && isOn;
    if (bounds !== undefined) {
      this.draw(bounds);
    }
  }

  private draw(bounds: Opening): void {
    const reach = 1.25;
    const corner = (x: number, y: number) => [x * reach, y * reach, -this.sad_mm * reach];
    const points = [[0, 0, 0], corner(bounds.x1, bounds.y1), corner(bounds.x2, bounds.y1), corner(bounds.x2, bounds.y2), corner(bounds.x1, bounds.y2)];
    const positions = new BufferAttribute(Float32Array.from(points.flat()), 3);
    setShape(this.inside.geometry, positions, [0, 1, 2, 0, 2, 3, 0, 3, 4, 0, 4, 1]);
    setShape(this.edges.geometry, positions, [0, 1, 0, 2, 0, 3, 0, 4, 1, 2, 2, 3, 3, 4, 4, 1]);
  }
}

function setShape(geometry: BufferGeometry, positions: BufferAttribute, index: number[]): void {
  geometry.setAttribute("position", positions);
  geometry.setIndex(index);
  geometry.computeBoundingSphere();
}

/** A line from each beam's source to the isocentre, frame P, mm. */
export function beamLines(lines: readonly (readonly [readonly number[], readonly number[]])[], opacity: number): LineSegments {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(Float32Array.from(lines.flat(2)), 3));
  return new LineSegments(geometry, outlineMaterial(opacity));
}
