// SPDX-License-Identifier: Apache-2.0
import { DirectionalLight, Group, HemisphereLight, PerspectiveCamera, Scene as ThreeScene } from "three";
import type { Anatomy } from "../state/anatomy";
import type { Link } from "../state/link";
import { OrbitCamera } from "../view/orbit_camera";
import type { View } from "../view/viewports";
import type { Api } from "../wire/api";
import type { Plan, Scene } from "../wire/model";
import { openings, type Opening } from "./aperture";
import { MachineModel, poseGroup } from "./machine_model";
import { PatientModel, patientLayer } from "./patient_model";
import { FieldShape, metresPerMm } from "./shapes";

/** Half of what the beam's eye view shows at the isocentre, mm. */
export const beamsEyeHalf_mm = 60;

export function lit(scene: ThreeScene): void {
  const sky = new HemisphereLight(0xffffff, 0x30343a, 1.6);
  const lamp = new DirectionalLight(0xffffff, 1.8);
  lamp.position.set(2, -4, 5);
  for (const light of [sky, lamp]) {
    light.layers.enable(patientLayer);
    scene.add(light);
  }
}

/** The treatment room as it moves: machine, couch, patient and beam, seen from the room and from the source. */
export class RoomView {
  readonly scene = new ThreeScene();
  readonly orbit = new OrbitCamera({ azimuth_deg: 32, elevation_deg: 22, distance_m: 4.6 });
  private readonly beamsEye = new PerspectiveCamera(20, 1, 0.05, 3);
  private machine: MachineModel | undefined;
  private field: FieldShape | undefined;
  private patient: PatientModel | undefined;
  private changes = { room: true, eye: true };
  private shownField = "";

  constructor(private readonly link: Link) {
    lit(this.scene);
    this.beamsEye.layers.set(patientLayer);
  }

  /** Builds the room anew for a scene. */
  async build(api: Api, scene: Scene, plan: Plan, anatomy: Anatomy): Promise<void> {
    const machine = await MachineModel.load(api, scene);
    for (const old of this.scene.children.filter((child) => child.userData.isBuilt === true)) {
      this.scene.remove(old);
    }
    this.machine = machine;
    const pose = poseGroup(scene.patient?.pose ?? standing(plan));
    this.patient = new PatientModel(anatomy.skin.value, anatomy.structures.value, 0.5, "targets");
    pose.add(this.patient.object);
    const beamGroup = new Group();
    beamGroup.scale.setScalar(metresPerMm);
    const sad = plan.beams[0]?.sad_mm ?? 1000;
    this.field = new FieldShape(sad);
    beamGroup.add(this.field.object);
    if (machine !== undefined && scene.patient !== null && scene.beam !== null) {
      machine.robot.userData.isBuilt = true;
      this.scene.add(machine.robot);
      machine.link(scene.patient.link).add(pose);
      machine.link(scene.beam.link).add(beamGroup, this.beamsEye);
    } else {
      pose.userData.isBuilt = true;
      this.scene.add(pose);
    }
    this.shownField = "";
    this.beamsEye.fov = (2 * Math.atan(beamsEyeHalf_mm / sad) * 180) / Math.PI;
    this.beamsEye.updateProjectionMatrix();
    this.changes = { room: true, eye: true };
  }

  hide(names: ReadonlySet<string>): void {
    this.patient?.hide(names);
    this.changes = { room: true, eye: true };
  }

  /** Takes over the newest values. To be called once a frame. */
  follow(boundaries_mm: readonly number[] | undefined): void {
    const isMoved = this.machine?.move((channel) => this.link.value(channel)) ?? false;
    const isOn = this.link.value("beam_on") === 1;
    const open = boundaries_mm === undefined ? [] : liveOpenings(this.link, boundaries_mm);
    const key = `${isOn} ${open.map((one) => `${one.x1.toFixed(1)} ${one.x2.toFixed(1)} ${one.y1}`).join()}`;
    if (key !== this.shownField) {
      this.shownField = key;
      this.field?.show(open, isOn);
      this.changes.room = true;
    }
    if (isMoved) {
      this.changes = { room: true, eye: true };
    }
  }

  roomView(element: HTMLElement): View {
    return {
      element, scene: this.scene, camera: this.orbit.camera,
      resize: (width, height) => this.orbit.resize(width, height),
      takeChange: () => {
        const isTurned = this.orbit.takeChange();
        return this.take("room") || isTurned;
      },
    };
  }

  /** From the source towards the isocentre: right is the leaves' travel. Square, whatever the element. */
  beamsEyeView(element: HTMLElement): View {
    return {
      element, scene: this.scene, camera: this.beamsEye,
      resize: (width, height) => {
        this.beamsEye.aspect = width / height;
        this.beamsEye.updateProjectionMatrix();
      },
      takeChange: () => this.take("eye"),
    };
  }

  private take(which: "room" | "eye"): boolean {
    const was = this.changes[which];
    this.changes[which] = false;
    return was;
  }
}

/** Frame P about the isocentre, for a machine without a model: the patient alone is shown. */
function standing({ isocentre_mm: [x, y, z] }: Plan): number[] {
  return [1, 0, 0, -x, 0, 1, 0, -y, 0, 0, 1, -z, 0, 0, 0, 1];
}

/** Openings by the leaves' encoders. */
export function liveOpenings(link: Link, boundaries_mm: readonly number[]): Opening[] {
  const pairs = boundaries_mm.length - 1;
  const bank = (name: string) => Array.from({ length: pairs }, (_, i) => link.value(`leaf.${name}.${i}`));
  return openings(boundaries_mm, bank("x1"), bank("x2"));
}
