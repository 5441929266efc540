// SPDX-License-Identifier: Apache-2.0
// What the server says, as docs/user/console-protocol.md has it (version 1). Lengths mm, angles degrees, doses Gy.

import type { Vector } from "../volume/plane";

export type Role = "viewer" | "operator";
export type Mode = "none" | "live" | "replay";

export interface Info {
  readonly version: string;
  readonly program: string;
  readonly notice: string;
  readonly role: Role;
  readonly is_simulation: boolean;
  readonly patient: { readonly name: string; readonly id: string };
  readonly plan: { readonly label: string; readonly uid: string };
  readonly machine: string;
  readonly can_deliver: boolean;
  readonly can_replay: boolean;
}

export interface Segment {
  readonly mu: number;
  readonly x1_mm: readonly number[];
  readonly x2_mm: readonly number[];
}

export interface Beam {
  readonly number: number;
  readonly name: string;
  readonly gantry_deg: number;
  /** Lean of the ring out of its plane; 0 for machines that cannot. */
  readonly gantry_pitch_deg: number;
  readonly couch_deg: number;
  readonly collimator_deg: number;
  readonly sad_mm: number;
  readonly isocentre_mm: Vector;
  readonly mu: number;
  /** From the isocentre to the source, frame P. */
  readonly source_direction: Vector;
  readonly leaf_boundaries_mm: readonly number[];
  readonly segments: readonly Segment[];
}

export interface Goal {
  readonly structure: string;
  readonly metric: string;
  readonly comparison: string;
  readonly limit: number;
  readonly achieved: number | null;
  readonly unit: string;
  readonly status: "met" | "missed" | "missing";
  readonly priority: number;
  readonly source: string;
}

export interface DvhCurve {
  readonly dose_Gy: readonly number[];
  readonly volume_percent: readonly number[];
}

export interface PlannedDvh extends DvhCurve {
  readonly structure: string;
  readonly role: string;
  readonly volume_cm3: number;
  readonly d98_Gy: number;
  readonly mean_Gy: number;
  readonly max_Gy: number;
}

export interface Plan {
  readonly label: string;
  readonly machine: string;
  readonly patient_position: string;
  readonly fractions: number;
  readonly prescription_Gy: number;
  readonly target: string;
  readonly dose_status: string;
  readonly isocentre_mm: Vector;
  readonly mu: number;
  readonly beams: readonly Beam[];
  readonly goals: readonly Goal[];
  readonly dvhs: readonly PlannedDvh[];
  readonly warnings: readonly string[];
}

export interface VolumeHead {
  readonly name: string;
  readonly quantity: string;
  readonly unit: string;
  readonly type: "int16" | "float32";
  readonly shape: readonly [number, number, number];
  readonly spacing_mm: Vector;
  readonly origin_mm: Vector;
  readonly status: string;
}

export interface StructureHead {
  readonly id: string | number;
  readonly name: string;
  readonly type: string;
  readonly volume_cm3: number | null;
  readonly contours: string;
}

export interface Contour {
  readonly z_mm: number;
  /** x, y, x, y, … of a closed polygon, frame P. */
  readonly points_mm: readonly number[];
}

export interface Scene {
  readonly machine: string;
  readonly urdf: string | null;
  readonly skin: string | null;
  readonly joints: readonly { readonly name: string; readonly type: "revolute" | "prismatic"; readonly channel: string }[];
  readonly patient: { readonly link: string; readonly pose: readonly number[] } | null;
  readonly beam: { readonly link: string } | null;
}

export interface InterlockRow {
  readonly bit: number;
  readonly name: string;
  readonly source: string;
  readonly threshold: number;
  readonly unit: string;
  readonly persistence_ms: number;
  readonly bound_ms: number;
  readonly response: "hold" | "terminate";
  readonly latch: "none" | "person";
  readonly remedy: string;
}

export interface FaultRow {
  readonly kind: string;
  readonly unit: string;
  readonly smallest: number;
  readonly largest: number;
  readonly has_index: boolean;
  readonly interlock: string;
}

export interface StateRow {
  readonly code: number;
  readonly name: string;
  readonly meaning: string;
  readonly lets_beam_on: boolean;
}

export interface NextBeam {
  /** The beam's number, as in the plan. */
  readonly beam: number;
  readonly name: string;
  readonly mu: number;
  readonly gantry_deg: number;
  readonly pitch_deg: number;
  readonly couch_deg: number;
  readonly collimator_deg: number;
  readonly beams_left: number;
  readonly mu_left: number;
}

/** Two bodies whose distance is watched: `clearance_mm` is the distance times the weight. */
export interface WatchedPair {
  readonly first: string;
  readonly second: string;
  readonly weight: number;
}

export interface ReplayPlace {
  readonly t_s: number;
  readonly from_s: number;
  readonly to_s: number;
  readonly rate: number;
  readonly session: number | null;
}

export interface Session {
  readonly id: number | null;
  readonly state: string;
  readonly mode: Mode;
  readonly lost_console: "hold" | "continue" | null;
  readonly motion: string | null;
  readonly tracking: string | null;
  readonly beam: number;
  readonly segment: number;
  readonly planned_mu: number;
  /** By beam, of a session that was resumed. */
  readonly given_before_mu: readonly number[];
  readonly next: NextBeam | null;
  /** Number of the arming that stands. */
  readonly arming: number | null;
  readonly interlocks: { readonly first_out: string | number | null; readonly first_out_t_s: number | null };
  readonly seat: { readonly client: string; readonly since: string } | null;
  readonly can_resume: boolean;
  /** The session of this plan that gave some of its MU and not all: what can be resumed. */
  readonly unfinished: { readonly session: number; readonly given_mu: number } | null;
  /** The emergency stop's button is in: nothing can be loaded until it is released. */
  readonly is_stop_pressed: boolean;
  readonly replay: ReplayPlace | null;
}

export interface PastSession {
  readonly id: number;
  readonly began: string;
  readonly ended: string | null;
  readonly plan: string;
  readonly machine: string;
  readonly end: string | null;
  readonly given_mu: number | null;
  readonly planned_mu: number | null;
  readonly late_steps: number | null;
}

/** What happened: the fields depend on the kind. */
export interface SessionEvent {
  readonly type: "event";
  readonly n: number;
  readonly t_s: number;
  readonly kind: string;
  readonly state?: string;
  readonly event?: string;
  readonly interlock?: string;
  readonly bit?: number;
  readonly first_out?: boolean;
  readonly beam?: number;
  readonly segment?: number;
  readonly mu?: number;
  readonly off_mm?: number;
  readonly action?: string;
  readonly client?: string;
  readonly result?: string;
  readonly detail?: string;
  readonly fault?: string;
  readonly begins?: boolean;
  /** Of a fault: its time had come or was over, and nobody asked for it. */
  readonly by_itself?: boolean;
  readonly magnitude?: number | null;
  /** Of the magnitude; empty where the fault has none. */
  readonly unit?: string;
  readonly index?: number | null;
  /** The axis or leaf; empty where the fault has none. */
  readonly part?: string;
  /** Null: until it is ended. */
  readonly for_s?: number | null;
  readonly what?: string;
  /** Of a clearance that tripped: the two bodies. */
  readonly near?: readonly [string, string];
  readonly distance_mm?: number | null;
}

export interface Channel {
  readonly name: string;
  readonly unit: string;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly rate_hz: number;
}

export interface Schema {
  readonly type: "schema";
  readonly version: number;
  readonly client: string;
  readonly role: Role;
  readonly t0: string;
  readonly mode: Mode;
  readonly channels: readonly Channel[];
}

export interface DvhPair {
  readonly name: string;
  readonly planned: DvhCurve;
  readonly delivered: DvhCurve;
  readonly planned_d98_Gy: number;
  readonly delivered_d98_Gy: number;
  readonly planned_mean_Gy: number;
  readonly delivered_mean_Gy: number;
}

export interface DvhMessage {
  readonly type: "dvh";
  readonly t_s?: number;
  readonly given_mu?: number;
  readonly planned_mu?: number;
  readonly engine?: string;
  readonly structures: readonly DvhPair[];
}

export interface StatusMessage {
  readonly type: "status";
  readonly dropped: number;
  readonly sent: number;
  readonly viewers: number;
  readonly seat: string | null;
  readonly mode: Mode;
}

export interface ReplayMessage {
  readonly type: "replay";
  readonly t_s: number;
  readonly rate: number;
  readonly from_s?: number;
  readonly to_s?: number;
  readonly session?: number | null;
  readonly events?: readonly SessionEvent[];
}

export type ServerMessage =
  | Schema
  | SessionEvent
  | StatusMessage
  | DvhMessage
  | ReplayMessage
  | { readonly type: "events"; readonly events: readonly SessionEvent[] }
  | { readonly type: "seat"; readonly granted: boolean; readonly reason?: string }
  | { readonly type: "echo"; readonly tag: number };

/** The answer to a command of a session. */
export interface CommandAnswer {
  readonly id: number;
  readonly result: "done" | "refused";
  readonly t_s: number;
  readonly state: string;
  readonly detail?: string;
  readonly arming?: number;
}

export type EcgState = "learning" | "beating" | "no beats" | "noisy" | "no signal" | "possible ventricular fibrillation";
export type EcgContact = "good" | "poor" | "off" | "unknown";

/** The phases of the heart in which the session gives beam, and when that was. */
export interface EcgGate {
  readonly from: number;
  readonly to: number;
  readonly confidence: number;
  /** What its beats are known from. */
  readonly by: "ecg" | "R peaks";
  readonly is_open: boolean;
  /** Stretches in which it stood open, s from sample 0. */
  readonly open_s: readonly (readonly [number, number])[];
}

/** A running ECG since a sample: what `/api/ecg?after=N` answers. */
export interface EcgBatch {
  /** What the leads come from, in words. */
  readonly source: string;
  /** Another number is another ECG, from its sample 0. */
  readonly course: number;
  /** The session's time of sample 0, s. */
  readonly t0_s: number;
  /** Seconds of it in a second. */
  readonly speed: number;
  /** It is being run to where a record stands; nothing is shown meanwhile. */
  readonly is_catching_up: boolean;
  readonly gate: EcgGate | null;
  /** The gate that will hold once a delivery is loaded; null in a session and where none was asked for. */
  readonly gate_to_come: Pick<EcgGate, "from" | "to" | "by"> | null;
  readonly rate_hz: number;
  /** Longest time from a beat to its being known, ms. */
  readonly latency_ms: number;
  /** Number of the first sample that is given, and of the next one to ask for. */
  readonly first: number;
  readonly next: number;
  readonly state: EcgState;
  /** Ventricular fibrillation: "not excluded" where it is too noisy to tell although leads have contact; null where nothing speaks for it. */
  readonly fibrillation: "possible" | "not excluded" | null;
  readonly rate_per_min: number | null;
  /** µV without baseline, null where nothing was measured. */
  readonly leads: readonly { readonly name: string; readonly contact: EcgContact; readonly faults: readonly string[]; readonly uV: readonly (number | null)[] }[];
  readonly electrodes: readonly { readonly name: string; readonly contact: EcgContact }[];
  /** The last ones, newest last; `t_s` counts from sample 0. */
  readonly beats: readonly { readonly t_s: number; readonly known_s: number; readonly confidence: number }[];
}
