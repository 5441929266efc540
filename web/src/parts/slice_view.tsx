// SPDX-License-Identifier: Apache-2.0
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { quantityText } from "../format/quantity";
import { useApp, type ConsoleApp } from "../state/console_app";
import { doseText } from "../state/plan_display";
import { orientation, planes, spokenOrientation, type PlaneName, type PlaneView, type Vector, type Window2d } from "../volume/plane";
import { pointAt, SlicePainter } from "../volume/slice_painter";
import { valueAt } from "../volume/volume";

const axisNames = ["x", "y", "z"] as const;

/** A slice through the crosshair: click or drag moves it, the wheel pages, Ctrl and wheel zooms, arrow keys do as well. */
export function SliceView({ plane }: { plane: PlaneName }) {
  const app = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = planes[plane];
  const letters = orientation(view);
  useEffect(() => follow(app, view, canvas.current!), [app, plane]);
  const crosshair = app.display.crosshair.value;
  return (
    <figure class="slice" data-plane={plane}>
      <canvas ref={canvas} tabIndex={0} role="img" aria-label={spokenOrientation(view)} onKeyDown={(event) => takeKey(app, view, event)} />
      {(["left", "right", "top"] as const).map((side) => <span key={side} class={`letter ${side}`} data-letter={side}>{letters[side]}</span>)}
      <figcaption>{plane} <span class="number">{axisNames[view.normal]} {quantityText(crosshair[view.normal], "mm")}</span></figcaption>
      <div class="foot">
        <span class="letter" data-letter="bottom">{letters.bottom}</span>
        <DoseStatus />
      </div>
    </figure>
  );
}

/** What the dose on a view is worth, printed on it, so that a picture of it says so too. */
function DoseStatus() {
  const { anatomy, state } = useApp();
  const dose = anatomy.dose.value;
  if (dose === undefined) {
    return <span class="dose-status">no dose</span>;
  }
  const [sx, sy, sz] = dose.volume.spacing_mm;
  const isUniform = Math.abs(sx - sy) + Math.abs(sx - sz) < 1e-6;
  const grid = isUniform ? quantityText(sx, "mm") : `${sx.toFixed(1)} × ${sy.toFixed(1)} × ${quantityText(sz, "mm")}`;
  return <span class="dose-status" data-dose-status>{state.plan.value?.dose_status || dose.head.status} · grid {grid}</span>;
}

/** The values at the crosshair. */
export function CrosshairReadout() {
  const { anatomy, display, state } = useApp();
  const point = display.crosshair.value;
  const ct = anatomy.ct.value === undefined ? NaN : valueAt(anatomy.ct.value, point);
  const dose_Gy = anatomy.dose.value === undefined ? NaN : valueAt(anatomy.dose.value.volume, point);
  const prescription_Gy = state.plan.value?.prescription_Gy ?? NaN;
  return (
    <p class="readout" role="status" aria-label="values at the crosshair">
      {axisNames.map((name, axis) => <span key={name}>{name} <b class="number">{quantityText(point[axis as 0 | 1 | 2], "mm")}</b></span>)}
      <span>CT <b class="number">{quantityText(ct, "HU")}</b></span>
      <span>dose <b class="number" data-crosshair-dose>{doseText(dose_Gy, prescription_Gy, display.isRelative.value)}</b></span>
    </p>
  );
}

function windowOf(app: ConsoleApp, canvas: HTMLCanvasElement): Window2d {
  const { centre, mmPerPixel } = fitted(app, canvas);
  return { centre, mmPerPixel, width: canvas.width, height: canvas.height };
}

/** The view is about the crosshair's start, the isocentre, and as wide as the patient at zoom 1. */
function fitted(app: ConsoleApp, canvas: HTMLCanvasElement): { centre: Vector; mmPerPixel: number } {
  const centre = app.state.plan.value?.isocentre_mm ?? [0, 0, 0];
  const ct = app.anatomy.ct.value;
  const widest = ct === undefined ? 400 : Math.min(420, Math.max(ct.counts[0] * ct.spacing_mm[0], ct.counts[1] * ct.spacing_mm[1]));
  return { centre, mmPerPixel: (app.display.mmPerPixel.value * widest) / Math.max(1, canvas.width) };
}

/** Draws in the page's loop when a signal that the picture depends on changed. */
function follow(app: ConsoleApp, view: PlaneView, canvas: HTMLCanvasElement): () => void {
  const { anatomy, display, state } = app;
  const painter = new SlicePainter(view);
  const context = canvas.getContext("2d")!;
  let isChanged = true;
  const stopWatching = effect(() => {
    void [anatomy.ct.value, anatomy.dose.value, anatomy.structures.value, anatomy.hidden.value, display.crosshair.value, display.mmPerPixel.value];
    void [display.window.value, display.showsWash.value, display.showsLines.value, state.plan.value];
    isChanged = true;
  });
  const fit = new ResizeObserver(() => {
    canvas.width = canvas.clientWidth;
    canvas.height = canvas.clientHeight;
    isChanged = true;
  });
  fit.observe(canvas);
  const stopDrawing = app.loop.add(() => {
    if (isChanged && canvas.width > 0) {
      isChanged = false;
      painter.paint(context, windowOf(app, canvas), display.crosshair.peek(), contentOf(app));
    }
  });
  const stopMouse = takeMouse(app, view, canvas);
  return () => {
    stopWatching();
    stopDrawing();
    stopMouse();
    fit.disconnect();
  };
}

function contentOf({ anatomy, display, state }: ConsoleApp) {
  const plan = state.plan.peek();
  return {
    ct: anatomy.ct.peek(), dose: anatomy.dose.peek(), structures: anatomy.structures.peek(), hidden: anatomy.hidden.peek(),
    prescription_Gy: plan?.prescription_Gy ?? 1, isocentre_mm: plan?.isocentre_mm,
    window: display.window.peek(), showsWash: display.showsWash.peek(), showsLines: display.showsLines.peek(),
  };
}

function takeMouse(app: ConsoleApp, view: PlaneView, canvas: HTMLCanvasElement): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const move = (event: PointerEvent) => app.display.moveTo(pointAt(view, windowOf(app, canvas), event, app.display.crosshair.peek()));
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    move(event);
  }, { signal });
  canvas.addEventListener("pointermove", (event) => void (event.buttons === 1 && move(event)), { signal });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (event.ctrlKey) {
      app.display.zoom(Math.exp(event.deltaY * 0.002));
    } else {
      page(app, view, Math.sign(event.deltaY));
    }
  }, { signal, passive: false });
  return () => stop.abort();
}

function stepped(app: ConsoleApp, axis: 0 | 1 | 2, by_mm: number): void {
  const point: [number, number, number] = [...app.display.crosshair.peek()];
  point[axis] += by_mm;
  app.display.moveTo(point);
}

function page(app: ConsoleApp, view: PlaneView, by: number): void {
  stepped(app, view.normal, by * (app.anatomy.ct.peek()?.spacing_mm[view.normal] ?? 1));
}

function takeKey(app: ConsoleApp, view: PlaneView, event: KeyboardEvent): void {
  const step = event.shiftKey ? 10 : 1;
  const actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => stepped(app, view.right.axis, -step * view.right.sign),
    ArrowRight: () => stepped(app, view.right.axis, step * view.right.sign),
    ArrowUp: () => stepped(app, view.down.axis, -step * view.down.sign),
    ArrowDown: () => stepped(app, view.down.axis, step * view.down.sign),
    PageUp: () => page(app, view, 1),
    PageDown: () => page(app, view, -1),
    "+": () => app.display.zoom(0.9),
    "-": () => app.display.zoom(1 / 0.9),
  };
  const action = actions[event.key];
  if (action !== undefined) {
    event.preventDefault();
    action();
  }
}
