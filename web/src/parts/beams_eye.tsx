// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";
import { quantityText } from "../format/quantity";
import { area_cm2 } from "../room/aperture";
import { beamsEyeHalf_mm, liveOpenings } from "../room/room_view";
import { useApp, type ConsoleApp } from "../state/console_app";
import { chart } from "../theme/palette";
import type { Beam } from "../wire/model";
import { paintLeaves } from "./leaf_painter";

function currentBeam({ state }: ConsoleApp): Beam | undefined {
  const beams = state.plan.value?.beams;
  return beams?.[state.link.shown("beam")] ?? beams?.[0];
}

/** What the source sees: the structures, and the leaves by their encoders against the plan's. */
export function BeamsEye() {
  const app = useApp();
  const place = useRef<HTMLDivElement>(null);
  const leaves = useRef<HTMLCanvasElement>(null);
  useEffect(() => app.viewports.add(app.room.beamsEyeView(place.current!)), [app]);
  useEffect(() => followLeaves(app, leaves.current!), [app]);
  const beam = currentBeam(app);
  const segment = app.state.link.shown("segment");
  void app.state.link.snapshot.value;
  const area = beam === undefined ? NaN : area_cm2(liveOpenings(app.state.link, beam.leaf_boundaries_mm));
  const isStale = app.state.link.isStale.value;
  return (
    <figure class={isStale ? "eye stale" : "eye"}>
      <div class="square">
        <div class="viewport" ref={place} />
        <canvas ref={leaves} role="img" aria-label={`beam's eye view of ${beam?.name ?? "no beam"}: the leaves leave ${quantityText(area, "cm²", 1)} open`} />
      </div>
      <figcaption>
        Beam's eye <b>{beam?.name ?? ""}</b>{" "}
        <span class="number">segment {Number.isFinite(segment) ? segment + 1 : "–"} of {beam?.segments.length ?? "–"}</span>
        <span class="number" data-open-area>open {quantityText(area, "cm²", 1)}</span>
        <span class="key"><i style={{ borderColor: chart.second }} />plan</span>
      </figcaption>
    </figure>
  );
}

/** Draws the leaves in the page's loop when a frame came. */
function followLeaves(app: ConsoleApp, canvas: HTMLCanvasElement): () => void {
  const context = canvas.getContext("2d")!;
  let drawn: unknown;
  const fit = new ResizeObserver(() => {
    canvas.width = canvas.clientWidth;
    canvas.height = canvas.clientHeight;
    drawn = undefined;
  });
  fit.observe(canvas);
  const stop = app.loop.add(() => {
    const { link, plan } = app.state;
    const beam = plan.peek()?.beams[link.value("beam")] ?? plan.peek()?.beams[0];
    const frame = link.newest;
    if (beam !== undefined && frame !== undefined && frame !== drawn && canvas.width > 0) {
      drawn = frame;
      const bank = (name: string) => Float32Array.from(beam.segments[0]?.x1_mm ?? [], (_, i) => link.value(`leaf.${name}.${i}`));
      paintLeaves(context, {
        half_mm: beamsEyeHalf_mm, boundaries_mm: beam.leaf_boundaries_mm, x1: bank("x1"), x2: bank("x2"),
        planned: beam.segments[link.value("segment")], isOn: link.value("beam_on") === 1,
      });
    }
  });
  return () => {
    stop();
    fit.disconnect();
  };
}
