// SPDX-License-Identifier: Apache-2.0
import { Color, type Camera, type Scene, WebGLRenderer } from "three";
import { surface } from "../theme/palette";

/** A scene seen through a camera, in the rectangle of an element of the page. */
export interface View {
  readonly element: HTMLElement;
  readonly scene: Scene;
  readonly camera: Camera;
  /** Fits the camera to the element's size in pixels. */
  readonly resize: (width: number, height: number) => void;
  /** Whether anything moved since the last call. */
  readonly takeChange: () => boolean;
}

interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** With smooth edges on a graphics card, and without where the processor must draw: four times the work there. */
function contextOf(canvas: HTMLCanvasElement): WebGL2RenderingContext {
  const common: WebGLContextAttributes = { preserveDrawingBuffer: true, powerPreference: "high-performance" };
  const context =
    canvas.getContext("webgl2", { ...common, antialias: true, failIfMajorPerformanceCaveat: true }) ??
    canvas.getContext("webgl2", { ...common, antialias: false });
  if (context === null) {
    throw new Error("this browser has no WebGL 2, which the pictures of the room need");
  }
  return context;
}

const frame_s = 1 / 60;
const restFactor = 3;

/**
 * All three-dimensional pictures of the page in one WebGL context: a canvas that fills the window behind the page, of
 * which each view draws its own rectangle by a scissor. A view that did not change is not drawn again, and keeps its
 * pixels.
 */
export class Viewports {
  private readonly renderer: WebGLRenderer;
  private readonly views = new Map<View, Place>();
  private isWhole = false;
  private drawnAt_s = -Infinity;
  private hasDrawn = false;
  private rest_s = 0;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.renderer = new WebGLRenderer({ canvas, context: contextOf(canvas) });
    this.renderer.setScissorTest(true);
    this.renderer.setClearColor(new Color(surface.room));
    window.addEventListener("resize", () => (this.isWhole = false));
  }

  add(view: View): () => void {
    this.views.set(view, { left: -1, top: -1, width: 0, height: 0 });
    this.isWhole = false;
    return () => {
      this.views.delete(view);
      this.isWhole = false;
    };
  }

  /**
   * Draws what changed. To be called once a frame. After a drawing it rests for some times as long as the next frame was
   * late for it: on a computer without a graphics card the numbers of the page go first, and the pictures follow.
   */
  draw(now_s: number): void {
    if (this.hasDrawn) {
      this.hasDrawn = false;
      this.rest_s = restFactor * Math.max(0, now_s - this.drawnAt_s - frame_s);
    }
    if (this.isWhole && now_s - this.drawnAt_s < this.rest_s) {
      return;
    }
    if (!this.isWhole) {
      this.clear();
    }
    for (const [view, place] of this.views) {
      const isMoved = this.follow(view, place);
      const isChanged = view.takeChange();
      if ((isMoved || isChanged || !this.isWhole) && place.width > 0 && place.height > 0) {
        this.drawView(view, place);
        this.hasDrawn = true;
        this.drawnAt_s = now_s;
      }
    }
    this.isWhole = true;
  }

  /** Colour of the canvas at a point of the window, for tests: red, green, blue. */
  pixelAt(x: number, y: number): [number, number, number] {
    const gl = this.renderer.getContext();
    const ratio = this.renderer.getPixelRatio();
    const pixel = new Uint8Array(4);
    gl.readPixels(Math.round(x * ratio), Math.round((window.innerHeight - y) * ratio), 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    return [pixel[0]!, pixel[1]!, pixel[2]!];
  }

  private clear(): void {
    this.renderer.setSize(window.innerWidth, window.innerHeight, false);
    this.renderer.setScissor(0, 0, window.innerWidth, window.innerHeight);
    this.renderer.clear();
  }

  /** Takes over where the element is now; true if that is elsewhere than before. */
  private follow(view: View, place: Place): boolean {
    const { left, top, width, height } = view.element.getBoundingClientRect();
    const isSame = left === place.left && top === place.top && width === place.width && height === place.height;
    if (!isSame) {
      if (place.width > 0) {
        this.isWhole = false;
      }
      Object.assign(place, { left, top, width, height });
      view.resize(width, height);
    }
    return !isSame;
  }

  private drawView(view: View, place: Place): void {
    const bottom = window.innerHeight - place.top - place.height;
    this.renderer.setViewport(place.left, bottom, place.width, place.height);
    this.renderer.setScissor(place.left, bottom, place.width, place.height);
    this.renderer.render(view.scene, view.camera);
  }

  /** The canvas, which lies behind the page. */
  get element(): HTMLCanvasElement {
    return this.canvas;
  }
}
