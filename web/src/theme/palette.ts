// SPDX-License-Identifier: Apache-2.0
import { mixed, rgbOf, type Rgb } from "./colour";

/**
 * Every colour of the console. Red, yellow and cyan are alarms of high, medium and low priority (IEC 60601-1-8:2006,
 * table 2) and nothing else, so no structure, dose, chart or decoration comes near their hues; a test holds that, and
 * that text has a contrast of at least 4.5 on whatever it stands on.
 */
export const surface = {
  ground: "#121417",
  panel: "#1a1d22",
  raised: "#252a31",
  line: "#3d4551",
  room: "#0d0f12",
} as const;

export const ink = {
  text: "#eceef1",
  muted: "#adb4c0",
  stale: "#8d95a3",
  accent: "#a9b8ff",
  onAccent: "#121417",
  pass: "#8fd694",
} as const;

export const alarm = {
  high: "#ff6b62",
  medium: "#ffd84a",
  low: "#4fe0ea",
  onAlarm: "#121417",
} as const;

/** The beam is on: black on white, which nothing else is. */
export const beam = { on: "#ffffff", onInk: "#000000", ray: "#d9c8ff" } as const;

/** Structures in the order of the plan; what is not listed begins again. */
export const structures: readonly string[] = [
  "#ff9ae1", "#8fd694", "#a9b8ff", "#e0a070", "#c3a2ff", "#6fae5f", "#d98cb0", "#7f9cff", "#c9b59a", "#b06fe0", "#9fbf6a", "#e8c8f0",
];

/** Lines of charts: the plan is pale, what is measured bright. */
export const chart = { measured: "#a9b8ff", planned: "#adb4c0", second: "#ff9ae1", third: "#8fd694", grid: "#333a45", gate: "#1b2a22" } as const;

/** Dose from low to high: indigo, violet, pink, white. */
const doseStops: readonly (readonly [number, string])[] = [
  [0, "#1b1b5c"], [0.25, "#4a3fd0"], [0.5, "#9c4fe8"], [0.75, "#e86fd0"], [0.95, "#ffc4e6"], [1.1, "#ffffff"],
];

/** Colour of a dose given as a part of the prescription; beyond 1.1 it stays white. */
export function doseColour(part: number): Rgb {
  let [lowPart, lowHex] = doseStops[0]!;
  for (const [highPart, highHex] of doseStops) {
    if (part <= highPart) {
      const within = highPart > lowPart ? (part - lowPart) / (highPart - lowPart) : 0;
      return mixed(rgbOf(lowHex), rgbOf(highHex), Math.max(0, within));
    }
    [lowPart, lowHex] = [highPart, highHex];
  }
  return rgbOf(lowHex);
}

/** Isodose lines, % of the prescription, highest first. */
export const isodoseLevels_percent: readonly number[] = [107, 100, 95, 80, 50, 30, 10];

/** Colours that are not alarms, for the test that none of them could be taken for one. */
export function ordinaryColours(): string[] {
  return [...Object.values(ink), ...structures, ...Object.values(chart), beam.ray, ...doseStops.map(([, hex]) => hex)];
}

/** Pairs of text and what it stands on. */
export function textPairs(): (readonly [string, string])[] {
  const grounds = [surface.ground, surface.panel, surface.raised];
  return [
    ...grounds.flatMap((ground) => [ink.text, ink.muted, ink.accent, ink.pass, ...Object.values(alarm).slice(0, 3)].map((text) => [text, ground] as const)),
    [ink.stale, surface.ground], [ink.stale, surface.panel], [ink.stale, surface.raised],
    [ink.onAccent, ink.accent], [beam.onInk, beam.on],
    [alarm.onAlarm, alarm.high], [alarm.onAlarm, alarm.medium], [alarm.onAlarm, alarm.low],
    [ink.text, surface.room], [ink.muted, surface.room],
  ];
}

/** The palette as CSS custom properties, so that styles and drawings have one source. */
export function paletteProperties(): (readonly [string, string])[] {
  const groups = { surface, ink, alarm, beam, chart };
  return Object.entries(groups).flatMap(([group, colours]) => Object.entries(colours).map(([name, hex]) => [`--${group}-${name}`, hex] as const));
}
