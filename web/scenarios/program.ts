// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const web = process.env.XINGU_WEB ?? process.cwd();
const program = process.env.XINGU_PROGRAM ?? resolve(web, "../build/release/bin/xingu");
const python = process.env.XINGU_PYTHON ?? "python3";

function run(command: string, ...options: string[]): string {
  const outcome = spawnSync(command, options, { encoding: "utf8" });
  if (outcome.status !== 0) {
    throw new Error(`${command} ${options.join(" ")} ended with ${outcome.status}: ${outcome.stderr ?? outcome.error}`);
  }
  return outcome.stdout;
}

/** A patient and plans in a folder of their own, made once a run. */
export interface Case {
  readonly folder: string;
  readonly patient: string;
  readonly plan: string;
  /** How the patient breathes. */
  readonly motion: string;
  /** The same plan with its isocentre 60 mm away. */
  readonly displacedPlan: string;
}

export function makeCase(): Case {
  const folder = mkdtempSync(join(tmpdir(), "xingu-console-"));
  const [patient, plan, motion, displacedPlan] = ["patient", "plan", "breath.toml", "displaced"].map((name) => join(folder, name)) as [string, string, string, string];
  writeFileSync(motion, "[motion]\nbreathing_mm = 8\n");
  run(program, "-q", "phantom", "heart", "--out", patient, "--spacing-mm", "4");
  run(program, "-q", "plan", patient, "--protocol", "star-25gy", "--machine", "ring-arm-4pi", "--beams", "4", "--candidates", "40", "--grid-mm", "5",
    "--engine", "ccc", "--engine-quality", "draft", "--out", plan);
  mkdirSync(displacedPlan);
  run(python, "-c", displace, plan, displacedPlan);
  return { folder, patient, plan, motion, displacedPlan };
}

export function removeCase({ folder }: Case): void {
  rmSync(folder, { recursive: true });
}

const displace = `
import pathlib, shutil, sys
import pydicom
source, target = map(pathlib.Path, sys.argv[1:])
shutil.copytree(source, target, dirs_exist_ok=True)
path = target / "RTPLAN.dcm"
plan = pydicom.dcmread(path)
for beam in plan.BeamSequence:
    x, y, z = beam.ControlPointSequence[0].IsocenterPosition
    beam.ControlPointSequence[0].IsocenterPosition = [x - 60, y, z]
plan.save_as(path)
`;

/** A really running server. */
export class ConsoleProcess {
  private static readonly running = new Set<ChildProcess>();

  /** Those that a scenario left behind when it failed: they would keep the run from ending. */
  static killAll(): void {
    for (const process of ConsoleProcess.running) {
      process.kill("SIGKILL");
    }
  }

  private constructor(
    private readonly process: ChildProcess,
    readonly operator: string,
    readonly viewer: string,
  ) {}

  /** Starts `xingu console` and reads the addresses that it prints. */
  static async start(plan: string, patient: string, ...options: string[]): Promise<ConsoleProcess> {
    const process = spawn(program, ["console", plan, "--patient", patient, "--machine", "ring-arm-4pi", "--port", "0", ...options], { stdio: ["ignore", "pipe", "pipe"] });
    ConsoleProcess.running.add(process);
    process.once("exit", () => ConsoleProcess.running.delete(process));
    let said = "";
    process.stderr!.on("data", (text: Buffer) => (said += text.toString()));
    const addresses: Partial<Record<"operator" | "viewer", string>> = {};
    for await (const line of createInterface({ input: process.stdout! })) {
      said += `${line}\n`;
      const match = /(operator|viewer)\S*\s+(https?:\S+)/i.exec(line);
      if (match !== null) {
        addresses[match[1]!.toLowerCase() as "operator" | "viewer"] = match[2]!;
      }
      if (addresses.operator !== undefined && addresses.viewer !== undefined) {
        return new ConsoleProcess(process, addresses.operator, addresses.viewer);
      }
    }
    throw new Error(`xingu console ended before it said its addresses:\n${said}`);
  }

  /** As a crash or a cut cable would. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, "exit");
      this.process.kill(signal);
      await ended;
    }
  }
}
