// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useRef } from "preact/hooks";
import { clockText, numberText } from "../format/quantity";
import { paintEcg } from "../parts/ecg_painter";
import { useApp } from "../state/console_app";
import { EcgFeed } from "../state/ecg_feed";
import { sweepWindow_s } from "../state/ecg_sweep";
import { lostAfter_s } from "../state/link";
import type { EcgBatch, EcgContact, EcgGate, EcgState } from "../wire/model";

/** A sign beside each word, so that no one has to read colours. */
const contactSigns: Readonly<Record<EcgContact, string>> = { good: "✓", poor: "≈", off: "✕", unknown: "?" };

const stateTexts: Readonly<Record<EcgState, string>> = {
  learning: "learning what a beat is like here",
  beating: "beating",
  "no beats": "NO BEATS for three seconds, in a clean signal",
  noisy: "too noisy: beats may be missed or invented",
  "no signal": "NO SIGNAL: no lead has contact",
  "possible ventricular fibrillation": "POSSIBLE VENTRICULAR FIBRILLATION: look at the patient first, then at the electrodes",
};

const notExcludedText = "; ventricular fibrillation cannot be excluded, though leads have contact: look at the patient";

/** The heart as its ECG shows it now: leads that sweep, beats, rate, and how far each electrode can be trusted. */
export function EcgPage() {
  const app = useApp();
  const feed = useMemo(() => new EcgFeed(app.state.api), [app]);
  useEffect(() => feed.start(), [feed]);
  const batch = feed.newest.value;
  return (
    <div class="ecg-page">
      <Leads feed={feed} batch={batch} />
      <aside class="panel ecg-side">
        <Whose batch={batch} />
        <Rate batch={batch} refusal={feed.refusal.value} />
        <Gate gate={batch?.gate ?? null} toCome={batch?.gate_to_come ?? null} />
        <Electrodes batch={batch} />
        <LastBeats batch={batch} />
        <p class="more">{batch === undefined ? "" : `A beat is known ${numberText(batch.latency_ms, 0)} ms after its middle at the latest.`}</p>
      </aside>
    </div>
  );
}

function Leads({ feed, batch }: { feed: EcgFeed; batch: EcgBatch | undefined }) {
  const app = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => sweep(app, feed, canvas.current!), [app, feed]);
  const leads = batch?.leads ?? [];
  return (
    <section class="panel ecg-leads" aria-label="leads">
      <ol class="lead-names">
        {leads.map(({ name, contact, faults }) => (
          <li key={name} data-lead={name} data-contact={contact}>
            <b>{name}</b>
            <span><span aria-hidden="true">{contactSigns[contact]}</span> {contact}</span>
            <span class="more">{faults.join(", ")}</span>
          </li>
        ))}
      </ol>
      <canvas ref={canvas} role="img" aria-label={`${leads.length} leads of the ECG, ${sweepWindow_s} seconds across, newest sample at the gap`} />
    </section>
  );
}

/** Draws in the page's loop. */
function sweep(app: ReturnType<typeof useApp>, feed: EcgFeed, canvas: HTMLCanvasElement): () => void {
  const context = canvas.getContext("2d")!;
  let last_s = NaN;
  return app.loop.add((now_s) => {
    feed.sweep.advance(Number.isNaN(last_s) ? 0 : now_s - last_s);
    last_s = now_s;
    const { clientWidth, clientHeight } = canvas;
    if (canvas.width !== clientWidth || canvas.height !== clientHeight) {
      canvas.width = clientWidth;
      canvas.height = clientHeight;
    }
    const batch = feed.newest.peek();
    paintEcg(context, {
      sweep: feed.sweep, numLeads: batch?.leads.length ?? 0, beats_s: batch?.beats.map((beat) => beat.t_s) ?? [], open_s: batch?.gate?.open_s ?? null, isStale: now_s - feed.heardAt_s > lostAfter_s,
    });
  });
}

/** Whose heart this is, and when: a record's must not pass for the patient's, nor one that gates nothing for one that does. */
function Whose({ batch }: { batch: EcgBatch | undefined }) {
  if (batch === undefined) {
    return null;
  }
  const newest_s = batch.t0_s + batch.next / batch.rate_hz;
  return (
    <div class="ecg-source" data-ecg-source>
      <p>{batch.source}.</p>
      <p class="number" data-ecg-clock>{batch.is_catching_up ? "being read up to this moment" : clockText(newest_s)}</p>
    </div>
  );
}

/** Whether the heart is where the session gives beam; before a session, where it will be. */
function Gate({ gate, toCome }: { gate: EcgGate | null; toCome: EcgBatch["gate_to_come"] }) {
  if (gate === null && toCome !== null) {
    const phases = `phases ${numberText(toCome.from, 2)} to ${numberText(toCome.to, 2)} of the beat, by ${toCome.by === "ecg" ? "the beats found here" : "every R peak, exactly"}`;
    return <p data-ecg-gate="to come">The cardiac gate will hold once a delivery is loaded: {phases}. Nothing is gated yet.</p>;
  }
  if (gate === null) {
    return <p data-ecg-gate="none">No cardiac gate: the beam does not wait for this heart.</p>;
  }
  const phases = `phases ${numberText(gate.from, 2)} to ${numberText(gate.to, 2)}, as soon as ${numberText(100 * gate.confidence, 0)}\u00a0% sure`;
  return (
    <p data-ecg-gate={gate.is_open ? "open" : "shut"}>
      <b>{gate.is_open ? "✓ gate open" : "– gate shut"}</b> <span class="more">{phases}, by {gate.by === "ecg" ? "the beats found here" : "every R peak, exactly"}</span>
      <br /><i class="gate-key" aria-hidden="true" /><span class="more">when it stood open</span>
    </p>
  );
}

function Rate({ batch, refusal }: { batch: EcgBatch | undefined; refusal: string }) {
  const { link } = useApp().state;
  const isStale = link.isStale.value || refusal !== "";
  const rate = batch?.rate_per_min ?? NaN;
  return (
    <div class={isStale ? "heart-rate stale" : "heart-rate"} role="status" aria-label="heart rate">
      <p><span class="number" data-ecg-rate>{numberText(rate, 0)}</span> <span class="unit">/min</span>{isStale && <span class="old"> old</span>}</p>
      <HeartState batch={batch} refusal={refusal} />
    </div>
  );
}

/** In words; an alarm of the highest priority where the ventricles may fibrillate, though the link to the front end be lost. */
function HeartState({ batch, refusal }: { batch: EcgBatch | undefined; refusal: string }) {
  const isUrgent = batch?.fibrillation === "possible";
  const of = batch === undefined ? "waiting for the front end" : stateTexts[batch.state] + (batch.fibrillation === "not excluded" ? notExcludedText : "");
  const text = refusal === "" ? of : isUrgent ? `${of} (${refusal})` : refusal;
  return isUrgent ? <p class="alarm high" role="alert" data-ecg-state={batch.state}><b>{text}</b></p> : <p data-ecg-state={batch?.state}>{text}</p>;
}

function Electrodes({ batch }: { batch: EcgBatch | undefined }) {
  return (
    <table class="electrodes">
      <caption>Electrodes</caption>
      <thead><tr><th scope="col">electrode</th><th scope="col">contact</th></tr></thead>
      <tbody>
        {(batch?.electrodes ?? []).map(({ name, contact }) => (
          <tr key={name} data-electrode={name} data-contact={contact}>
            <td>{name}</td>
            <td><span aria-hidden="true">{contactSigns[contact]}</span> {contact}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function LastBeats({ batch }: { batch: EcgBatch | undefined }) {
  const beats = batch?.beats ?? [];
  const rows = beats.map((beat, i) => ({ ...beat, interval_ms: 1000 * (beat.t_s - (beats[i - 1]?.t_s ?? NaN)) })).slice(-6).reverse();
  return (
    <table class="last-beats">
      <caption>Last beats</caption>
      <thead><tr><th scope="col">at, s</th><th scope="col">interval, ms</th><th scope="col">known after, ms</th><th scope="col">confidence</th></tr></thead>
      <tbody>
        {rows.map((beat) => (
          <tr key={beat.t_s} data-beat>
            <td class="number">{numberText(beat.t_s, 2)}</td>
            <td class="number">{numberText(beat.interval_ms, 0)}</td>
            <td class="number">{numberText(1000 * (beat.known_s - beat.t_s), 0)}</td>
            <td class="number">{numberText(beat.confidence, 2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
