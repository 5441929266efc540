// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";
import { bodiesText, numberText } from "../format/quantity";
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
        <LiveValue label="Pitch" channel="pitch_deg" unit="deg" goal="pitch_goal_deg" />
        <LiveValue label="Couch" channel="couch_deg" unit="deg" goal="couch_goal_deg" />
        <LiveValue label="Collimator" channel="collimator_deg" unit="deg" goal="collimator_goal_deg" />
        <Nearest />
      </div>
    </figure>
  );
}

/**
 * Which two bodies are nearest, and how far apart they stay at least until the machine could stand. The number that is
 * watched counts some distances manifold; people read the distance.
 */
function Nearest() {
  const { link, pairs } = useApp().state;
  const isStale = link.isStale.value;
  const pair = pairs.value[link.shown("nearest_pair")];
  const distance_mm = link.shown("clearance_mm") / (pair?.weight ?? 1);
  return (
    <div class={isStale ? "value stale" : "value"} data-nearest title="at least, until the machine could stand still">
      <span class="label">Nearest</span>
      <span class="number">{numberText(distance_mm, 0)}</span>
      <span class="unit">mm</span>
      <span class="goal">{pair === undefined ? "bodies not known" : bodiesText([pair.first, pair.second])}</span>
      {isStale && <span class="old">old</span>}
    </div>
  );
}
