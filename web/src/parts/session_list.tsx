// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { numberText } from "../format/quantity";
import { useApp } from "../state/console_app";
import type { PastSession } from "../wire/model";

/** All sessions of this console, newest first. Each can be opened for replay while none runs. */
export function SessionList() {
  const { state } = useApp();
  const [sessions, setSessions] = useState<readonly PastSession[]>([]);
  const last = state.events.value.findLast((event) => event.kind === "session")?.n;
  useEffect(() => {
    state.api.get<readonly PastSession[]>("/api/sessions").then(setSessions, () => setSessions([]));
  }, [state, last, state.session.value?.id, state.session.value?.mode]);
  const canOpen = state.isOperator.value && state.hasSeat.value && !state.isLive.value;
  return (
    <section class="panel sessions" aria-label="sessions">
      <h2>Sessions <span class="more">{sessions.length}</span></h2>
      <div class="table-frame">
        <table>
          <thead><tr><th>No.</th><th>Began</th><th>End</th><th>Given MU</th><th>Plan MU</th><th>Record</th></tr></thead>
          <tbody>
            {sessions.map((one) => (
              <tr key={one.id} data-session={one.id} class={one.id === state.replay.value?.session ? "chosen" : ""}>
                <td class="number">{one.id}</td>
                <td class="number">{one.began.replace("T", " ").slice(0, 19)}</td>
                <td>{one.end ?? "runs"}</td>
                <td class="number">{numberText(one.given_mu ?? NaN, 2)}</td>
                <td class="number">{numberText(one.planned_mu ?? NaN, 2)}</td>
                <td><button disabled={!canOpen} aria-label={`replay session ${one.id}`} onClick={() => void state.command("/api/replay/open", { session: one.id }, "Replay")}>Replay</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {!canOpen && <p class="more">{state.isLive.value ? "A session runs: records can be replayed when it is put away." : "Replaying needs the operator's seat."}</p>}
    </section>
  );
}
