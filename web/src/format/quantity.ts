// SPDX-License-Identifier: Apache-2.0

/** Decimals of a unit: the same number always has the same length after the point, so that digits do not jump. */
const decimalsOf: Readonly<Record<string, number>> = {
  Gy: 2,
  "%": 1,
  "cm³": 1,
  MU: 2,
  "MU/min": 0,
  mm: 1,
  "mm/s": 1,
  deg: 1,
  "deg/s": 1,
  s: 1,
  ms: 0,
  Hz: 0,
  HU: 0,
  "1/min": 0,
};

/** How units are written for people, where that differs from how programs write them. */
const writtenAs: Readonly<Record<string, string>> = { deg: "°", "deg/s": "°/s", cc: "cm³", percent: "%" };

const narrowSpace = "\u202f";
export const noValue = "–";

/** A unit as people write it. */
export function unitText(unit: string): string {
  return writtenAs[unit] ?? unit;
}

/** A number with a fixed count of decimals, a true minus sign, and no "−0.0". What is no number is a dash. */
export function numberText(value: number, decimals: number): string {
  if (!Number.isFinite(value)) {
    return noValue;
  }
  const text = Math.abs(value).toFixed(decimals);
  const isZero = Number(text) === 0;
  return value < 0 && !isZero ? `−${text}` : text;
}

/** Decimals that values of a unit are shown with. */
export function decimals(unit: string): number {
  return decimalsOf[unit] ?? decimalsOf[unitText(unit)] ?? 2;
}

/** A value with its unit, which is never left out: "12.30 MU", "−4.2°", "– mm". */
export function quantityText(value: number, unit: string, places = decimals(unit)): string {
  const written = unitText(unit);
  const gap = written === "" || written.startsWith("°") ? "" : narrowSpace;
  return `${numberText(value, places)}${gap}${written}`;
}

/** Two bodies of the machine's model, as people read their names: "head – table top". */
export function bodiesText([first, second]: readonly [string, string]): string {
  return `${first.replaceAll("_", " ")} – ${second.replaceAll("_", " ")}`;
}

/** A count with its noun: "1 viewer", "3 viewers". */
export function counted(count: number | undefined, noun: string): string {
  return `${count ?? 0} ${noun}${count === 1 ? "" : "s"}`;
}

/** Session time as 1:02:03.4 or 02:03.4; with three places to the millisecond, the machine's step; without any to the second. */
export function clockText(time_s: number, places = 1): string {
  if (!Number.isFinite(time_s)) {
    return noValue;
  }
  const parts = 10 ** places;
  const whole = Math.max(0, Math.round(time_s * parts));
  const seconds = Math.floor(whole / parts);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const fraction = places === 0 ? "" : `.${String(whole % parts).padStart(places, "0")}`;
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${fraction}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** How long ago something was, coarse where it is long: "0.2 s", "14 s", "3 min". */
export function ageText(age_s: number): string {
  if (!Number.isFinite(age_s)) {
    return noValue;
  }
  if (age_s < 10) {
    return quantityText(Math.max(0, age_s), "s", 1);
  }
  return age_s < 120 ? quantityText(Math.round(age_s), "s", 0) : quantityText(Math.floor(age_s / 60), "min", 0);
}
