// SPDX-License-Identifier: Apache-2.0
import { cssOf } from "../theme/colour";
import { doseColour, isodoseLevels_percent } from "../theme/palette";
import { useApp } from "../state/console_app";
import { doseText } from "../state/plan_display";
import { ctWindows } from "../volume/pixels";
import { chooseByArrows } from "./arrow_keys";

/** How the slices are drawn: window of CT numbers, zoom, dose as wash and lines, in Gy or per cent. */
export function DisplayTools() {
  const { display, state } = useApp();
  const plan = state.plan.value;
  return (
    <div class="tools" role="toolbar" aria-label="display">
      <WindowTools />
      <span class="group">
        <button aria-label="zoom out" onClick={() => display.zoom(1.25)}>−</button>
        <span>zoom <b class="number">{(1 / display.mmPerPixel.value).toFixed(1)}</b>×</span>
        <button aria-label="zoom in" onClick={() => display.zoom(0.8)}>+</button>
      </span>
      <label><input type="checkbox" checked={display.showsWash.value} onChange={() => void (display.showsWash.value = !display.showsWash.value)} /> dose wash</label>
      <label><input type="checkbox" checked={display.showsLines.value} onChange={() => void (display.showsLines.value = !display.showsLines.value)} /> isodose lines</label>
      <span class="group" role="radiogroup" aria-label="unit of dose" onKeyDown={chooseByArrows}>
        {[false, true].map((isRelative) => (
          <button key={String(isRelative)} role="radio" aria-checked={display.isRelative.value === isRelative} data-dose-unit={isRelative ? "relative" : "absolute"}
            onClick={() => void (display.isRelative.value = isRelative)}>
            {isRelative ? "relative, %" : "absolute, Gy"}
          </button>
        ))}
      </span>
      <span class="more">100 % is {plan === undefined ? "–" : doseText(plan.prescription_Gy, 1, false)} in {plan?.fractions ?? "–"} fraction{plan?.fractions === 1 ? "" : "s"}</span>
    </div>
  );
}

function WindowTools() {
  const { display } = useApp();
  const { centre_HU, width_HU } = display.window.value;
  const preset = Object.entries(ctWindows).find(([, window]) => window.centre_HU === centre_HU && window.width_HU === width_HU)?.[0] ?? "own";
  const number = (label: string, value: number, set: (value: number) => void) => (
    <label>{label} <input type="number" step={20} value={value} onChange={(event) => set(Number(event.currentTarget.value))} /> HU</label>
  );
  return (
    <span class="group">
      <label>CT <select value={preset} onChange={(event) => void (display.window.value = ctWindows[event.currentTarget.value] ?? display.window.value)}>
        {Object.keys(ctWindows).map((name) => <option key={name}>{name}</option>)}
        {preset === "own" && <option>own</option>}
      </select></label>
      {number("level", centre_HU, (value) => void (display.window.value = { centre_HU: value, width_HU }))}
      {number("window", width_HU, (value) => void (display.window.value = { centre_HU, width_HU: Math.max(1, value) }))}
    </span>
  );
}

/** The isodose lines' doses, in the unit that was chosen. */
export function DoseKey() {
  const { display, state } = useApp();
  const whole = state.plan.value?.prescription_Gy ?? NaN;
  return (
    <ul class="dose-key" aria-label="isodose lines">
      {isodoseLevels_percent.map((percent) => (
        <li key={percent}><i style={{ borderColor: cssOf(doseColour(Math.max(0.3, percent / 100))) }} /><span class="number">{doseText((percent / 100) * whole, whole, display.isRelative.value)}</span></li>
      ))}
    </ul>
  );
}
