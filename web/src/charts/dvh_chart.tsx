// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { DvhCurve } from "../wire/model";
import { axis, tickTexts } from "./chart_style";
import { doseGrid, volumeOn } from "./dvh_curves";

export interface DvhLine {
  readonly name: string;
  readonly colour: string;
  readonly curve: DvhCurve;
  /** The plan's curve beside the delivered one is broken. */
  readonly isBroken?: boolean;
  readonly isWide?: boolean;
}

export interface DvhChartProps {
  readonly lines: readonly DvhLine[];
  readonly prescription_Gy: number;
  readonly isRelative: boolean;
  readonly label: string;
}

/** Cumulative dose-volume histograms: which part of each volume receives at least a dose. */
export function DvhChart({ lines, prescription_Gy, isRelative, label }: DvhChartProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current!;
    const grid = doseGrid(lines.map((line) => line.curve), prescription_Gy);
    const scale = isRelative ? 100 / prescription_Gy : 1;
    const data = [grid.map((dose) => dose * scale), ...lines.map((line) => grid.map((dose) => volumeOn(line.curve, dose)))];
    const plot = new uPlot(optionsOf(lines, isRelative), data as uPlot.AlignedData, element);
    const fit = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: element.clientHeight }));
    fit.observe(element);
    return () => {
      fit.disconnect();
      plot.destroy();
    };
  }, [lines, prescription_Gy, isRelative]);
  return <div class="plot dvh" ref={place} role="img" aria-label={label} data-dose-unit={isRelative ? "%" : "Gy"} />;
}

function optionsOf(lines: readonly DvhLine[], isRelative: boolean): uPlot.Options {
  return {
    width: 300,
    height: 200,
    legend: { show: false },
    cursor: { show: false },
    padding: [6, 10, 0, 0],
    scales: { x: { time: false }, y: { range: [0, 102] } },
    axes: [axis(isRelative ? "dose / %" : "dose / Gy", { values: tickTexts, size: 24 }), axis("volume / %", { values: tickTexts, size: 34 })],
    series: [{}, ...lines.map(({ colour, isBroken, isWide }) => ({ stroke: colour, width: isWide ? 2.2 : 1.4, points: { show: false }, ...(isBroken ? { dash: [5, 4] } : {}) }))],
  };
}
