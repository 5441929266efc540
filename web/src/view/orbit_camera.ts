// SPDX-License-Identifier: Apache-2.0
import { PerspectiveCamera, Vector3 } from "three";

/** Where a camera stands about the point it looks at. */
export interface OrbitPlace {
  readonly azimuth_deg: number;
  readonly elevation_deg: number;
  readonly distance_m: number;
}

const radians = Math.PI / 180;

/** Where a place is in a frame with Z up, seen from the target. Azimuth 0 looks along +Y, and turns to the left. */
export function offsetOf({ azimuth_deg, elevation_deg, distance_m }: OrbitPlace): [number, number, number] {
  const level = distance_m * Math.cos(elevation_deg * radians);
  return [
    level * Math.sin(azimuth_deg * radians),
    -level * Math.cos(azimuth_deg * radians),
    distance_m * Math.sin(elevation_deg * radians),
  ];
}

/** A camera that turns about one point: by dragging and wheel, or by arrow keys, + and −, and Home for where it began. */
export class OrbitCamera {
  readonly camera = new PerspectiveCamera(38, 1, 0.05, 60);
  private place: OrbitPlace;
  private isChanged = true;

  constructor(
    private readonly home: OrbitPlace,
    private readonly target: Vector3 = new Vector3(),
  ) {
    this.place = home;
    this.camera.up.set(0, 0, 1);
    this.apply();
  }

  /** Listens on an element; the result ends that. */
  attach(element: HTMLElement): () => void {
    const stop = new AbortController();
    const { signal } = stop;
    element.addEventListener("pointerdown", (event) => element.setPointerCapture(event.pointerId), { signal });
    element.addEventListener(
      "pointermove",
      (event) => {
        if (event.buttons === 1) {
          this.turn(-event.movementX * 0.35, event.movementY * 0.35);
        }
      },
      { signal },
    );
    element.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoom(Math.exp(event.deltaY * 0.001));
      },
      { signal, passive: false },
    );
    element.addEventListener("keydown", (event) => this.takeKey(event), { signal });
    return () => stop.abort();
  }

  turn(azimuth_deg: number, elevation_deg: number): void {
    const elevation = Math.min(89, Math.max(-80, this.place.elevation_deg + elevation_deg));
    this.place = { ...this.place, azimuth_deg: this.place.azimuth_deg + azimuth_deg, elevation_deg: elevation };
    this.apply();
  }

  zoom(factor: number): void {
    this.place = { ...this.place, distance_m: Math.min(15, Math.max(0.3, this.place.distance_m * factor)) };
    this.apply();
  }

  resize(width: number, height: number): void {
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.isChanged = true;
  }

  takeChange(): boolean {
    const was = this.isChanged;
    this.isChanged = false;
    return was;
  }

  private takeKey(event: KeyboardEvent): void {
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.turn(6, 0),
      ArrowRight: () => this.turn(-6, 0),
      ArrowUp: () => this.turn(0, 6),
      ArrowDown: () => this.turn(0, -6),
      "+": () => this.zoom(0.9),
      "-": () => this.zoom(1 / 0.9),
      Home: () => {
        this.place = this.home;
        this.apply();
      },
    };
    const action = actions[event.key];
    if (action !== undefined) {
      event.preventDefault();
      action();
    }
  }

  private apply(): void {
    this.camera.position.set(...offsetOf(this.place)).add(this.target);
    this.camera.lookAt(this.target);
    this.isChanged = true;
  }
}
