// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../state/console_app";
import { LiveValue } from "./live_value";

/** The room as it moves: machine, couch, patient and beam, with the axes by their encoders. */
export function RoomPanel() {
  const { anatomy, room, state, viewports } = useApp();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const stops = [viewports.add(room.roomView(place.current!)), room.orbit.attach(place.current!)];
    return () => stops.forEach((stop) => stop());
  }, [room, viewports]);
  const scene = anatomy.scene.value;
  return (
    <figure class="room" data-room>
      <div class="viewport" ref={place} tabIndex={0} role="img" aria-label={`treatment room of ${scene?.machine ?? "the machine"}; arrow keys turn, plus and minus zoom, Home goes back`} />
      <figcaption>Room {scene !== undefined && scene.urdf === null && <span class="more">this machine has no model of its parts: patient only</span>}</figcaption>
      {anatomy.isLoading.value && <p class="loading" role="status">loading the room</p>}
      {state.isReplay.value && <p class="watermark">REPLAY</p>}
      <div class="overlay">
        <LiveValue label="Gantry" channel="gantry_deg" unit="deg" goal="gantry_goal_deg" />
        <LiveValue label="Couch" channel="couch_deg" unit="deg" goal="couch_goal_deg" />
        <LiveValue label="Collimator" channel="collimator_deg" unit="deg" goal="collimator_goal_deg" />
        <LiveValue label="Clearance" channel="clearance_mm" unit="mm" />
      </div>
    </figure>
  );
}
