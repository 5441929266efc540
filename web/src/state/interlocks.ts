// SPDX-License-Identifier: Apache-2.0
import type { InterlockRow, SessionEvent } from "../wire/model";

/** Without a session nothing is watched, which is not the same as clear. */
export type CellState = "unwatched" | "clear" | "active" | "latched";

/** Priority of an alarm after IEC 60601-1-8: how soon a person must act. */
export type Priority = "high" | "medium" | "low";

/** One cell of the grid of interlocks. Cells stand in the order of the table for ever, so that eyes find them again. */
export interface InterlockCell {
  readonly row: InterlockRow;
  readonly state: CellState;
  readonly isFirstOut: boolean;
  /** When it last tripped, session time; NaN if it never did. */
  readonly tripped_s: number;
  readonly priority: Priority;
}

/** What ends a session is high, what waits for a person medium, what clears itself low. */
export function priorityOf(row: InterlockRow): Priority {
  if (row.response === "terminate") {
    return "high";
  }
  return row.latch === "person" ? "medium" : "low";
}

const has = (mask: number, bit: number) => Number.isFinite(mask) && Math.floor(mask / 2 ** bit) % 2 === 1;

/**
 * The grid from the masks of a frame.
 *
 * @param active, latched  bits as the channels give them, exact below 2²⁴; NaN while there is no frame
 * @param firstOut         bit, or −1
 * @param tripped_s        time of the last trip by bit
 */
export function cellsOf(
  rows: readonly InterlockRow[], active: number, latched: number, firstOut: number, tripped_s: ReadonlyMap<number, number>,
): InterlockCell[] {
  return rows.map((row) => ({
    row,
    state: !Number.isFinite(active) ? "unwatched" : has(active, row.bit) ? "active" : has(latched, row.bit) ? "latched" : "clear",
    isFirstOut: firstOut === row.bit,
    tripped_s: tripped_s.get(row.bit) ?? NaN,
    priority: priorityOf(row),
  }));
}

const order: readonly Priority[] = ["high", "medium", "low"];

/** What stands, the most urgent first: by priority, then what came first, then the table's order. */
export function standing(cells: readonly InterlockCell[]): InterlockCell[] {
  const rank = (cell: InterlockCell) => order.indexOf(cell.priority) - (cell.isFirstOut ? 0.5 : 0);
  return cells.filter((cell) => cell.state === "active" || cell.state === "latched").sort((a, b) => rank(a) - rank(b) || a.row.bit - b.row.bit);
}

/** Time of the last trip of each interlock. */
export function tripTimes(events: readonly SessionEvent[]): Map<number, number> {
  const times = new Map<number, number>();
  for (const event of events) {
    if (event.kind === "tripped" && event.bit !== undefined) {
      times.set(event.bit, event.t_s);
    }
  }
  return times;
}
