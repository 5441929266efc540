// SPDX-License-Identifier: Apache-2.0
import type { SessionEvent } from "../wire/model";
import { bodiesText, quantityText } from "./quantity";

const nearText = ({ near, distance_mm }: SessionEvent) => (near === undefined ? "" : `: ${bodiesText(near)}, ${quantityText(distance_mm ?? NaN, "mm", 0)}`);

/** How large, where and for how long a fault is: what it has of these. */
function circumstances({ magnitude, unit, part, for_s }: SessionEvent): string {
  const parts = [
    unit ? quantityText(magnitude ?? NaN, unit, 2) : "",
    part ?? "",
    typeof for_s === "number" ? `for ${quantityText(for_s, "s")}` : "",
  ].filter((one) => one !== "");
  return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
}

/** What an event says in one line. */
export function eventText(event: SessionEvent): string {
  switch (event.kind) {
    case "state":
      return `state ${event.state ?? "?"} (${event.event ?? "?"})`;
    case "tripped":
      return `${event.interlock ?? "?"} tripped${event.first_out ? ", first out" : ""}${nearText(event)}`;
    case "released":
      return `${event.interlock ?? "?"} released`;
    case "segment_done":
      return `beam ${(event.beam ?? 0) + 1}, segment ${(event.segment ?? 0) + 1} given, ${quantityText(event.mu ?? NaN, "MU")}`;
    case "beam_done":
      return `beam ${(event.beam ?? 0) + 1} given, ${quantityText(event.mu ?? NaN, "MU")}`;
    case "image":
      return `image: target ${quantityText(event.off_mm ?? NaN, "mm")} off its model`;
    case "action":
      return `${event.action ?? "?"}${!event.result ? "" : `: ${event.result}`}${event.detail ? `, ${event.detail}` : ""}`;
    case "fault":
      return `fault ${(event.fault ?? "?").replaceAll("_", " ")} ${event.begins ? `begins${circumstances(event)}` : "ends"}`;
    case "session":
      return `session ${event.what ?? "?"}`;
    default:
      return event.kind;
  }
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** Events as a table for other programs: RFC 4180, times in seconds of the session. */
export function eventsCsv(events: readonly SessionEvent[]): string {
  const rows = events.map((event) => [event.t_s.toFixed(3), event.kind, quoted(event.interlock ?? ""), event.first_out ? "1" : "0", quoted(eventText(event))].join(","));
  return ["t_s,kind,interlock,first_out,text", ...rows, ""].join("\r\n");
}
