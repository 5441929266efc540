// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { chooseByArrows } from "../parts/arrow_keys";
import { BeamProgress } from "../parts/beam_progress";
import { BeamsEye } from "../parts/beams_eye";
import { ControlPanel } from "../parts/control_panel";
import { DeliveredDvh } from "../parts/delivered_dvh";
import { FaultPanel } from "../parts/fault_panel";
import { InterlockGrid } from "../parts/interlock_grid";
import { LiveCharts } from "../parts/live_charts";
import { RoomPanel } from "../parts/room_panel";

const tabs = ["Beams", "Delivered dose", "Training faults"] as const;

/** What is given: the room as it moves, the field, the interlocks, and the numbers over time. */
export function DeliverPage() {
  const [tab, setTab] = useState<(typeof tabs)[number]>("Beams");
  return (
    <div class="deliver-page">
      <RoomPanel />
      <BeamsEye />
      <section class="panel tabs" aria-label="session">
        <div role="tablist" aria-label="session" onKeyDown={chooseByArrows}>
          {tabs.map((name) => <button key={name} role="tab" aria-controls="session-tab" aria-selected={tab === name} onClick={() => setTab(name)}>{name}</button>)}
        </div>
        <div role="tabpanel" id="session-tab" aria-label={tab}>
          {tab === "Beams" && <BeamProgress />}
          {tab === "Delivered dose" && <DeliveredDvh />}
          {tab === "Training faults" && <FaultPanel />}
        </div>
      </section>
      <div class="side">
        <ControlPanel />
        <InterlockGrid />
      </div>
      <LiveCharts />
    </div>
  );
}
