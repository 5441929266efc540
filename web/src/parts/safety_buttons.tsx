// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "preact/hooks";
import { useApp } from "../state/console_app";
import type { ConsoleState } from "../state/console_state";

const hold = (state: ConsoleState) => void state.command("/api/session/hold", {}, "Hold");

/** Whether Space is taken for HOLD: an operator at a live session, who is not writing into a field. */
function takesSpace(state: ConsoleState, event: KeyboardEvent): boolean {
  const isWriting = event.target instanceof HTMLInputElement && event.target.type === "text";
  return event.code === "Space" && state.isOperator.value && state.isLive.value && !isWriting;
}

/** Beam off at one click or one key, on every page, in front of every dialogue. */
export function HoldButton() {
  const { state } = useApp();
  useEffect(() => {
    const stop = new AbortController();
    const take = (event: KeyboardEvent) => {
      if (takesSpace(state, event)) {
        event.preventDefault();
        event.stopPropagation();
        if (event.type === "keydown" && !event.repeat) {
          hold(state);
        }
      }
    };
    for (const type of ["keydown", "keyup"] as const) {
      window.addEventListener(type, take, { capture: true, signal: stop.signal });
    }
    return () => stop.abort();
  }, [state]);
  return (
    <button class="hold" disabled={!state.isOperator.value} aria-keyshortcuts="Space" onClick={() => hold(state)}>
      HOLD <kbd>Space</kbd>
    </button>
  );
}

/** The button that stays in, whatever becomes of the session, until it is pulled out again. */
export function EmergencyStop() {
  const { state } = useApp();
  const isIn = state.session.value?.is_stop_pressed === true;
  const [path, text, name] = isIn
    ? (["/api/session/release-stop", "RELEASE STOP", "Release of the emergency stop"] as const)
    : (["/api/session/emergency-stop", "EMERGENCY STOP", "Emergency stop"] as const);
  return (
    <button class={isIn ? "stop in" : "stop"} disabled={!state.isOperator.value} aria-pressed={isIn} onClick={() => void state.command(path, {}, name)}>
      {text}
    </button>
  );
}
