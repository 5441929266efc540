// SPDX-License-Identifier: Apache-2.0
import { numberText, unitText } from "../format/quantity";
import { useApp } from "../state/console_app";

export interface LiveValueProps {
  readonly label: string;
  readonly channel: string;
  readonly unit: string;
  readonly places?: number;
  /** What the value should be, for comparison. */
  readonly goal?: string;
  /** What that is called. */
  readonly goalWord?: string;
}

/** A live number with its unit. It turns grey and is struck through as soon as the connection is lost. */
export function LiveValue({ label, channel, unit, places = 1, goal, goalWord = "plan" }: LiveValueProps) {
  const { link } = useApp().state;
  const isStale = link.isStale.value;
  const goalValue = goal === undefined ? NaN : link.shown(goal);
  return (
    <div class={isStale ? "value stale" : "value"} data-channel={channel}>
      {label !== "" && <span class="label">{label}</span>}
      <span class="number">{numberText(link.shown(channel), places)}</span>
      <span class="unit">{unitText(unit)}</span>
      {goal !== undefined && <span class="goal">{goalWord} {numberText(goalValue, places)}{"\u202f"}{unitText(unit)}</span>}
      {isStale && <span class="old">old</span>}
    </div>
  );
}
