// SPDX-License-Identifier: Apache-2.0
import { EventTable } from "../parts/event_table";
import { InterlockGrid } from "../parts/interlock_grid";
import { ReplayBar } from "../parts/replay_bar";
import { RoomPanel } from "../parts/room_panel";
import { SessionList } from "../parts/session_list";

/** What happened: sessions that ended, the events of one, and its record played back in the room. */
export function LogPage() {
  return (
    <div class="log-page">
      <SessionList />
      <EventTable />
      <div class="replay-side">
        <RoomPanel />
        <ReplayBar />
        <InterlockGrid />
      </div>
    </div>
  );
}
