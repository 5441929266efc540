// SPDX-License-Identifier: Apache-2.0
import { LiveChart } from "../charts/live_chart";
import { chartWindow_s, useApp } from "../state/console_app";
import { chart } from "../theme/palette";
import { LiveValue } from "./live_value";

/** The numbers over the last half minute, each with its newest value. */
export function LiveCharts() {
  const { loop, state, traces } = useApp();
  const common = { loop, window_s: chartWindow_s };
  const limitOf = (name: string) => state.interlockRows.value.find((row) => row.name === name)?.threshold;
  const clearance = limitOf("clearance");
  const hardwareWeight = Math.max(1, ...state.pairs.value.map((pair) => pair.weight));
  return (
    <section class={state.link.isStale.value ? "charts stale" : "charts"} aria-label="live charts">
      <div>
        <LiveChart {...common} title="MU" unit="MU" trace={traces.mu} lines={[{ label: "given", colour: chart.measured }, { label: "plan", colour: chart.planned, isBroken: true }]} />
        <LiveValue label="" channel="given_mu" unit="MU" places={0} goal="planned_mu" goalWord="of" />
      </div>
      <div>
        <LiveChart {...common} title="Dose rate" unit="MU/min" trace={traces.doseRate} least_span={100} lines={[{ label: "monitor 1", colour: chart.measured }]} />
        <LiveValue label="" channel="dose_rate_mu_per_min" unit="MU/min" places={0} />
      </div>
      <div>
        <LiveChart {...common} title="Axes − plan" unit="deg" trace={traces.axes} least_span={1}
          lines={[{ label: "gantry", colour: chart.measured }, { label: "couch", colour: chart.second }, { label: "coll.", colour: chart.third }, { label: "pitch", colour: chart.planned }]} />
        <LiveValue label="gantry" channel="gantry_deg" unit="deg" places={2} goal="gantry_goal_deg" />
      </div>
      <div>
        <LiveChart {...common} title="Target" unit="mm" trace={traces.target} least_span={4}
          lines={[{ label: "off", colour: chart.measured }, { label: "gate", colour: chart.planned, isBroken: true }, { label: "z", colour: chart.second }]} />
        <LiveValue label="off" channel="target_off_mm" unit="mm" goal="gate_mm" goalWord="gate" />
        <ImageAge />
      </div>
      <div>
        <LiveChart {...common} title="Clearance" unit="mm" trace={traces.clearance} least_span={100} {...(clearance === undefined ? {} : { limit: clearance })}
          lines={[{ label: "nearest", colour: chart.measured }]} />
        <LiveValue label="" channel="clearance_mm" unit="mm" />
        {hardwareWeight > 1 && <p class="image">hardware apart counts ×{hardwareWeight.toFixed(0)}</p>}
      </div>
      <div>
        <LiveChart {...common} title="Latency" unit="ms" trace={traces.latency} least_span={20}
          lines={[{ label: "echo", colour: chart.measured }, { label: "server", colour: chart.third }, { label: "heartbeat", colour: chart.second }]} />
        <LiveValue label="late steps" channel="late_steps" unit="" places={0} />
      </div>
    </section>
  );
}

/** Images older than this say nothing of where the target is, s. */
const staleImage_s = 30;

/** The newest image of the target, always with its age: an old picture must not pass for a new one. */
function ImageAge() {
  const { state } = useApp();
  const shot = state.lastImage.value;
  const now_s = state.link.snapshot.value?.time_s ?? NaN;
  if (shot === undefined || !Number.isFinite(now_s)) {
    return <p class="image" data-image="none">no image yet</p>;
  }
  const age_s = now_s - shot.t_s;
  const isStale = !(age_s <= staleImage_s) || state.link.isStale.value;
  return (
    <p class={isStale ? "image stale" : "image"} data-image={isStale ? "stale" : "fresh"}>
      image {shot.off_mm.toFixed(1)} mm off, {isStale ? "STALE, " : ""}{age_s.toFixed(1)} s old
    </p>
  );
}
