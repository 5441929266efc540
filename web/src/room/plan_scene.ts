// SPDX-License-Identifier: Apache-2.0
import { Group, Matrix4, Scene as ThreeScene, Vector3 } from "three";
import type { Anatomy } from "../state/anatomy";
import { OrbitCamera } from "../view/orbit_camera";
import type { View } from "../view/viewports";
import type { Vector } from "../volume/plane";
import type { Beam, Plan } from "../wire/model";
import { openings } from "./aperture";
import { beamAxes } from "./beam_frame";
import { PatientModel } from "./patient_model";
import { lit } from "./room_view";
import { beamLines, FieldShape, metresPerMm } from "./shapes";

/** The patient, the structures and all beams of a plan, without the machine. */
export class PlanScene {
  private readonly scene = new ThreeScene();
  private readonly orbit = new OrbitCamera({ azimuth_deg: 25, elevation_deg: 18, distance_m: 0.95 });
  private patient: PatientModel | undefined;
  private content: Group | undefined;
  private isChanged = true;

  constructor() {
    lit(this.scene);
  }

  build(plan: Plan, anatomy: Anatomy, chosen: number): void {
    this.content?.removeFromParent();
    const content = new Group();
    this.patient = new PatientModel(anatomy.skin.value, anatomy.structures.value, 0.16, "structures");
    content.add(this.patient.object, beamLines(plan.beams.map(lineOf), 0.35));
    const beam = plan.beams[chosen];
    if (beam !== undefined) {
      content.add(fieldOf(beam, plan.patient_position));
    }
    content.position.set(...plan.isocentre_mm).negate();
    const scaled = new Group();
    scaled.add(content);
    scaled.scale.setScalar(metresPerMm);
    this.content = scaled;
    this.scene.add(scaled);
    this.isChanged = true;
  }

  hide(names: ReadonlySet<string>): void {
    this.patient?.hide(names);
    this.isChanged = true;
  }

  view(element: HTMLElement): View {
    return {
      element, scene: this.scene, camera: this.orbit.camera,
      resize: (width, height) => this.orbit.resize(width, height),
      takeChange: () => {
        const was = this.isChanged || this.orbit.takeChange();
        this.isChanged = false;
        return was;
      },
    };
  }

  attach(element: HTMLElement): () => void {
    return this.orbit.attach(element);
  }
}

function sourceOf(beam: Beam, distance_mm = beam.sad_mm): Vector {
  const at = (axis: 0 | 1 | 2) => beam.isocentre_mm[axis] + distance_mm * beam.source_direction[axis];
  return [at(0), at(1), at(2)];
}

const lineOf = (beam: Beam): readonly [Vector, Vector] => [sourceOf(beam, 0.55 * beam.sad_mm), beam.isocentre_mm];

/** The chosen beam's field: the bounds of what its segments open, turned as the collimator is. */
function fieldOf(beam: Beam, position: string): Group {
  const field = new FieldShape(beam.sad_mm);
  field.show(beam.segments.flatMap((segment) => openings(beam.leaf_boundaries_mm, segment.x1_mm, segment.x2_mm)), true);
  const { x, y, z } = beamAxes(position, beam);
  const group = new Group();
  group.add(field.object);
  group.position.set(...sourceOf(beam));
  group.quaternion.setFromRotationMatrix(new Matrix4().makeBasis(new Vector3(...x), new Vector3(...y), new Vector3(...z)));
  return group;
}
