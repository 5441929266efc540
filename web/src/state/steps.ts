// SPDX-License-Identifier: Apache-2.0
import { quantityText } from "../format/quantity";
import type { Info, NextBeam, Plan } from "../wire/model";

/** What the operator's panel offers: one step of the session at a time. */
export type Step = "watch" | "seat" | "load" | "wait" | "arm" | "confirm" | "treat" | "over";

export interface StepFacts {
  readonly isOperator: boolean;
  readonly hasSeat: boolean;
  readonly isLive: boolean;
  readonly isReplay: boolean;
  readonly state: string;
}

/** The step that a session's state asks for. Who is no operator, or has no seat, can only watch or ask for it. */
export function stepOf({ isOperator, hasSeat, isLive, isReplay, state }: StepFacts): Step {
  if (!isOperator || isReplay) {
    return "watch";
  }
  if (!hasSeat) {
    return "seat";
  }
  if (!isLive || state === "idle") {
    return "load";
  }
  const steps: Readonly<Record<string, Step>> = {
    loaded: "wait", verified: "wait", ready: "arm", armed: "confirm", "beam on": "treat", hold: "treat", complete: "over", aborted: "over",
  };
  return steps[state] ?? "wait";
}

export interface RestatedFact {
  readonly name: string;
  readonly value: string;
}

/** What is read out before the beam: who, what, and every number with its unit. */
export function restated(info: Info, plan: Plan, next: NextBeam): RestatedFact[] {
  const isocentre = plan.beams.find((beam) => beam.number === next.beam)?.isocentre_mm ?? plan.isocentre_mm;
  const others = next.beams_left - 1;
  return [
    { name: "Patient", value: `${info.patient.name}, ID ${info.patient.id}` },
    { name: "Plan", value: info.plan.label },
    { name: "Beam", value: `${next.beam} of ${plan.beams.length}, ${next.name}` },
    { name: "Monitor units", value: quantityText(next.mu, "MU") },
    { name: "Gantry", value: quantityText(next.gantry_deg, "deg") },
    { name: "Gantry pitch", value: quantityText(next.pitch_deg, "deg") },
    { name: "Couch", value: quantityText(next.couch_deg, "deg") },
    { name: "Collimator", value: quantityText(next.collimator_deg, "deg") },
    { name: "Isocentre", value: `${isocentre.map((mm) => mm.toFixed(1).replace("-", "−")).join(", ")} mm` },
    { name: "Then", value: others > 0 ? `${others} more beam${others > 1 ? "s" : ""}` : "no more beams" },
    { name: "In all", value: quantityText(next.mu_left, "MU") },
  ];
}
