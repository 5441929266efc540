// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { quantityText, unitText } from "../format/quantity";
import { Throttle, type DrawLoop } from "../view/draw_loop";
import { axis, tickTexts } from "./chart_style";
import { verticalRange } from "./live_range";
import type { Trace } from "./trace";

export interface LiveLine {
  readonly label: string;
  readonly colour: string;
  /** Broken lines tell plan from measurement without colour. */
  readonly isBroken?: boolean;
}

export interface LiveChartProps {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly LiveLine[];
  readonly trace: Trace;
  readonly loop: DrawLoop;
  readonly window_s: number;
  /** A level that must not be passed, drawn as a dotted line with its value. */
  readonly limit?: number;
  /** Smallest span of the vertical axis, so that noise does not fill the chart. */
  readonly least_span?: number;
}

const redraw_s = 0.2;

/** A strip chart of the last seconds. Drawn in the page's loop, five times a second. */
export function LiveChart(props: LiveChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const { title, unit, lines, trace, loop } = props;
  useEffect(() => {
    const element = place.current!;
    const plot = new uPlot(optionsOf(props), trace.data() as uPlot.AlignedData, element);
    const fit = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: element.clientHeight }));
    fit.observe(element);
    const throttle = new Throttle(redraw_s);
    let shown_s = NaN;
    const stop = loop.add((now_s) => {
      if (trace.end_s !== shown_s && throttle.isDue(now_s)) {
        shown_s = trace.end_s;
        plot.setData(trace.data() as uPlot.AlignedData);
      }
    });
    return () => {
      stop();
      fit.disconnect();
      plot.destroy();
    };
  }, [trace]);
  const lineNames = lines.map((line) => line.label).join(", ");
  return (
    <figure class="chart" role="img" aria-label={`${title} in ${unitText(unit)}, last ${props.window_s} seconds: ${lineNames}`}>
      <figcaption>
        <b>{title}</b> <span class="unit">{unitText(unit)}</span>
        {lines.map((line) => (
          <span class="key" key={line.label}>
            <i class={line.isBroken ? "broken" : ""} style={{ borderColor: line.colour }} />
            {line.label}
          </span>
        ))}
        {props.limit !== undefined && <span class="key"><i class="dotted" />limit {quantityText(props.limit, unit)}</span>}
      </figcaption>
      <div class="plot" ref={place} />
    </figure>
  );
}

function optionsOf(props: LiveChartProps): uPlot.Options {
  return {
    width: 200,
    height: 100,
    legend: { show: false },
    cursor: { show: false },
    padding: [4, 13, 0, 0],
    scales: {
      x: { time: false, range: (_, low, high) => [Math.max(low ?? 0, (high ?? 0) - props.window_s), Math.max(high ?? 1, (low ?? 0) + 1)] },
      y: { range: (_, low, high) => verticalRange(low, high, props) },
    },
    axes: [
      axis("", { values: (_, ticks) => ticks.map((tick) => `${tick.toFixed(0)} s`), size: 18, space: 60 }),
      axis("", { values: tickTexts, size: 40, space: 24 }),
    ],
    series: [{}, ...props.lines.map((line) => ({ stroke: line.colour, width: line.isBroken ? 1 : 1.5, points: { show: false }, ...(line.isBroken ? { dash: [4, 4] } : {}) }))],
    hooks: { draw: [(plot) => drawLimit(plot, props.limit)] },
  };
}

function drawLimit(plot: uPlot, limit: number | undefined): void {
  if (limit === undefined) {
    return;
  }
  const y = plot.valToPos(limit, "y", true);
  const { left, width } = plot.bbox;
  plot.ctx.save();
  plot.ctx.strokeStyle = "#eceef1";
  plot.ctx.setLineDash([2, 4]);
  plot.ctx.beginPath();
  plot.ctx.moveTo(left, y);
  plot.ctx.lineTo(left + width, y);
  plot.ctx.stroke();
  plot.ctx.restore();
}
