// SPDX-License-Identifier: Apache-2.0
import type uPlot from "uplot";
import { numberText } from "../format/quantity";
import { chart, ink } from "../theme/palette";

const font = "11px system-ui, sans-serif";

/** An axis as every chart of the console has it. */
export function axis(label: string, options: uPlot.Axis = {}): uPlot.Axis {
  return {
    stroke: ink.muted,
    font,
    labelFont: font,
    labelSize: 14,
    size: 28,
    gap: 3,
    grid: { stroke: chart.grid, width: 1 },
    ticks: { stroke: chart.grid, width: 1, size: 4 },
    ...(label === "" ? {} : { label }),
    ...options,
  };
}

/** Tick labels with as many decimals as the step between them needs. */
export function tickTexts(_: uPlot, ticks: number[]): string[] {
  const step = ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) : 1;
  const places = Math.max(0, Math.min(3, Math.ceil(-Math.log10(step) - 1e-9)));
  return ticks.map((tick) => numberText(tick, places));
}
