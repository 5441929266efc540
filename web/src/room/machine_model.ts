// SPDX-License-Identifier: Apache-2.0
import { BufferGeometry, Group, Mesh, Object3D, type Material } from "three";
import { STLLoader } from "three/examples/jsm/loaders/STLLoader.js";
import URDFLoader, { type URDFRobot } from "urdf-loader";
import type { Api } from "../wire/api";
import type { Scene } from "../wire/model";
import { partMaterial } from "./materials";

const radians = Math.PI / 180;

/** A joint that moved less than this, degrees or mm, is not drawn anew: encoders are never quite still. */
const visibleMove = 0.05;

/** The machine of a URDF, frame F in metres; its shapes are those that collisions are computed with. */
export class MachineModel {
  private readonly values = new Map<string, number>();

  private constructor(
    readonly robot: URDFRobot,
    private readonly scene: Scene,
  ) {}

  /** @throws Refusal where the server has no such file */
  static async load(api: Api, scene: Scene): Promise<MachineModel | undefined> {
    if (scene.urdf === null) {
      return undefined;
    }
    const loader = new URDFLoader();
    loader.parseVisual = false;
    loader.parseCollision = true;
    loader.workingPath = scene.urdf.replace(/[^/]*$/, "");
    const meshes: Promise<void>[] = [];
    loader.loadMeshCb = (path, _, done) => void meshes.push(api.bytes(path).then((bytes) => done(stlMesh(bytes))));
    const robot = loader.parse(await api.text(scene.urdf));
    await Promise.all(meshes);
    paint(robot);
    for (const joint of Object.values(robot.joints)) {
      joint.ignoreLimits = true;
    }
    return new MachineModel(robot, scene);
  }

  /** A link's frame, to hang things on; the room itself where there is no such link. */
  link(name: string): Object3D {
    return this.robot.links[name] ?? this.robot;
  }

  /** Moves the joints to the values of their channels, degrees or mm. True if any moved. */
  move(valueOf: (channel: string) => number): boolean {
    let isMoved = false;
    for (const { name, type, channel } of this.scene.joints) {
      const value = valueOf(channel);
      if (Number.isFinite(value) && Math.abs(value - (this.values.get(name) ?? Infinity)) > visibleMove) {
        this.values.set(name, value);
        this.robot.setJointValue(name, type === "revolute" ? value * radians : value * 0.001);
        isMoved = true;
      }
    }
    return isMoved;
  }
}

/** Normals by the order of the corners: those that are written in STL files are often wrong. */
function stlMesh(bytes: ArrayBuffer): Mesh {
  const geometry: BufferGeometry = new STLLoader().parse(bytes);
  geometry.computeVertexNormals();
  return new Mesh(geometry);
}

function paint(robot: URDFRobot): void {
  const materials = new Map<string, Material>();
  for (const [name, link] of Object.entries(robot.links)) {
    const material = materials.get(name) ?? partMaterial(name);
    materials.set(name, material);
    for (const child of link.children.filter((one) => (one as { isURDFCollider?: boolean }).isURDFCollider)) {
      child.traverse((part) => {
        if (part instanceof Mesh) {
          part.material = material;
        }
      });
    }
  }
}

/** A group that takes frame P in mm into a link's frame in metres. */
export function poseGroup(pose: readonly number[]): Group {
  const group = new Group();
  group.matrixAutoUpdate = false;
  group.matrix.set(...(pose as Matrix16));
  group.matrix.elements.forEach((value, i) => (group.matrix.elements[i] = i % 4 === 3 ? value : value * 0.001));
  return group;
}

type Matrix16 = [
  number, number, number, number, number, number, number, number, number, number, number, number, number, number, number, number,
];
