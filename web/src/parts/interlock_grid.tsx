// SPDX-License-Identifier: Apache-2.0
import { clockText, quantityText } from "../format/quantity";
import { useApp } from "../state/console_app";
import type { CellState, InterlockCell } from "../state/interlocks";

const words: Readonly<Record<CellState, string>> = { unwatched: "no session", clear: "clear", active: "TRIPPED", latched: "latched" };

/** All interlocks, each for ever in its place: name, state, time and first-out mark; below them what to do about those that stand. */
export function InterlockGrid() {
  const { state } = useApp();
  const isStale = state.link.isStale.value;
  const num = state.alarms.value.length;
  const isWatched = state.cells.value.some((cell) => cell.state !== "unwatched");
  return (
    <section class={isStale ? "panel interlocks stale" : "panel interlocks"} aria-label="interlocks">
      <h2>Interlocks <span class="more">{isStale ? "unknown" : !isWatched ? "no session" : num === 0 ? "all clear" : `${num} stand`}</span></h2>
      <ol>
        {state.cells.value.map((cell) => <Cell key={cell.row.bit} cell={cell} isStale={isStale} />)}
      </ol>
      <WhatToDo cells={isStale ? [] : state.alarms.value} />
    </section>
  );
}

function Cell({ cell, isStale }: { cell: InterlockCell; isStale: boolean }) {
  const { row, state, isFirstOut, tripped_s, priority } = cell;
  const stands = (state === "active" || state === "latched") && !isStale;
  const word = isStale ? "unknown" : words[state];
  const limit = row.unit === "" ? row.source : `${row.source}, beyond ${quantityText(row.threshold, row.unit)}`;
  return (
    <li class={stands ? `cell ${priority} ${state}` : "cell"} data-interlock={row.name} data-cell-state={isStale ? "unknown" : state} data-first-out={isFirstOut}
      title={`${limit}. ${row.remedy}`} aria-label={`${row.name}: ${word}${isFirstOut ? ", first out" : ""}. ${stands ? row.remedy : limit}`}>
      <span class="name">{row.name}</span>
      <span class="word">{word}</span>
      {isFirstOut && stands && <span class="mark">1st</span>}
      {Number.isFinite(tripped_s) && state !== "unwatched" && <span class="time number">{clockText(tripped_s)}</span>}
    </li>
  );
}

/** In a place of its own, so that no cell moves when one trips, and no word is cut. */
function WhatToDo({ cells }: { cells: readonly InterlockCell[] }) {
  return (
    <ul class="remedies" tabIndex={0} aria-label="what to do">
      {cells.map(({ row, priority }) => <li key={row.bit} class={priority} data-remedy={row.name}><b>{row.name}:</b> {row.remedy}</li>)}
    </ul>
  );
}
