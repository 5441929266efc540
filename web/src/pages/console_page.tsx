// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { AlarmLine } from "../parts/alarm_line";
import { IdentityStrip, type PageName } from "../parts/identity_strip";
import { LostBanner } from "../parts/lost_banner";
import { useApp } from "../state/console_app";
import { DeliverPage } from "./deliver_page";
import { EcgPage } from "./ecg_page";
import { LogPage } from "./log_page";
import { PlanPage } from "./plan_page";

const pages: readonly string[] = ["plan", "deliver", "ecg", "log"] satisfies PageName[];
const pageOf = (hash: string): PageName => (pages.includes(hash.slice(1)) ? (hash.slice(1) as PageName) : "plan");

/** Identity on top, alarms at the bottom, and one page between them. */
export function ConsolePage() {
  const { state } = useApp();
  const [page, setPage] = useState<PageName>(pageOf(window.location.hash));
  useEffect(() => {
    const follow = () => setPage(pageOf(window.location.hash));
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
  const name = state.link.isStale.value ? "NO CONNECTION" : state.isBeamOn.value ? "BEAM ON" : state.stateName.value;
  useEffect(() => void (document.title = `${name} · Xingu console (simulation)`), [name]);
  return (
    <div class={state.link.isStale.value ? "console is-stale" : "console"}>
      <IdentityStrip page={page} onPage={(to) => void (window.location.hash = to)} />
      <LostBanner />
      <main data-page={page}>
        {page === "plan" && <PlanPage />}
        {page === "deliver" && <DeliverPage />}
        {page === "ecg" && <EcgPage />}
        {page === "log" && <LogPage />}
      </main>
      <AlarmLine />
    </div>
  );
}
