// SPDX-License-Identifier: Apache-2.0

/** Red, green and blue, each 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Reads "#rrggbb". */
export function rgbOf(hex: string): Rgb {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  if (match === null) {
    throw new RangeError(`'${hex}' is not a colour (#rrggbb is)`);
  }
  return [parseInt(match[1]!, 16), parseInt(match[2]!, 16), parseInt(match[3]!, 16)];
}

/** Relative luminance, 0 to 1 (WCAG 2.2, "relative luminance"). */
export function luminance([red, green, blue]: Rgb): number {
  const linear = (channel: number) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** Contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio"). Text needs 4.5. */
export function contrast(one: Rgb, other: Rgb): number {
  const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (bright + 0.05) / (dark + 0.05);
}

/** Hue in degrees and saturation 0 to 1 (HSV). A grey has the hue 0 and the saturation 0. */
export function hueAndSaturation([red, green, blue]: Rgb): { hue_deg: number; saturation: number } {
  const largest = Math.max(red, green, blue);
  const spread = largest - Math.min(red, green, blue);
  if (spread === 0) {
    return { hue_deg: 0, saturation: 0 };
  }
  let hue = 0;
  if (largest === red) {
    hue = ((green - blue) / spread + 6) % 6;
  } else if (largest === green) {
    hue = (blue - red) / spread + 2;
  } else {
    hue = (red - green) / spread + 4;
  }
  return { hue_deg: hue * 60, saturation: spread / largest };
}

/** A colour between two, part 0 to 1. */
export function mixed(from: Rgb, to: Rgb, part: number): Rgb {
  const at = (i: 0 | 1 | 2) => Math.round(from[i] + (to[i] - from[i]) * part);
  return [at(0), at(1), at(2)];
}

export function cssOf([red, green, blue]: Rgb, alpha = 1): string {
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}
