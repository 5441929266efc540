#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The shipped machines on one patient: what they reach, what a plan loses to it, and how long its treatment takes.

usage: bench/machines.py XINGU PATIENT OUT [option of xingu plan ...]

XINGU is the program, PATIENT a folder of DICOM with a target (star_lateral of the shared data), OUT a new folder. Further
options go to `xingu plan` as they are, for example --candidates 300. Each machine is asked for its reach (1,000 directions),
for a star-25gy plan of 20 beams compared with the unlimited sphere, and for the path through that plan's beams.
"""
import json
import pathlib
import resource
import subprocess
import sys
import time

MACHINES = ("ring-arm-4pi", "sphere-linac", "radiosurgery-arm")


def run(*command):
    """Runs to the end; returns JSON of the output, what it said beside it, seconds by the clock and of user CPU."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    begin = time.monotonic()
    done = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    seconds = time.monotonic() - begin
    return json.loads(done.stdout), done.stderr, seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def map_seconds(said):
    """Of `1000 directions in 0.29 s`: the map alone, without reading the patient."""
    words = next(line for line in said.splitlines() if " directions in " in line).split()
    return float(words[words.index("in") + 1])


def reached(program, machine, patient):
    answer, said, _, _ = run(program, "machine", "reach", machine, patient, "--json")
    return answer["covered"], map_seconds(said)


def planned(program, machine, patient, out, options):
    summary, _, seconds, user = run(program, "plan", patient, "--protocol", "star-25gy", "--machine", machine, "--beams",
                                    "20", "--compare-sphere", "--json", "--out", out, *options)
    return summary, seconds, user


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, patient, out, options = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4:]
    print("| machine | sphere | map, s | goals met | R50 | loss with all candidates | loss with chosen beams | MU | motion | "
          "beam | leaves | set-up | imaging | min | nearest, mm | plan, s (user) |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    for machine in MACHINES:
        covered, seconds = reached(program, machine, patient)
        summary, plan_s, user_s = planned(program, machine, patient, out / machine, options)
        time_s = summary["treatment"]["time_s"]
        counts = summary["goal_counts"]
        reach = summary["optimisation"]["reach"]
        print(f"| {machine} | {100 * covered:.1f} % | {seconds:.2f} | {counts['met']}/{counts['evaluated']} | "
              f"{summary['dose']['targets'][0]['R50']:.2f} | {100 * reach['bound_loss']:.1f} % | "
              f"{100 * reach['loss']:.1f} % | {summary['delivery']['mu']:.0f} | "
              + " | ".join(f"{time_s[part]:.0f}" for part in ("motion", "beam_on", "leaves", "setup", "imaging"))
              + f" | {time_s['total'] / 60:.1f} | {summary['treatment']['least_clearance_mm']:.0f} of "
              f"{summary['treatment']['buffer_mm']:.0f} | {plan_s:.0f} ({user_s:.0f}) |", flush=True)
        distances = sorted({beam["sad_mm"] for beam in summary["beams"]})
        if len(distances) > 1:
            shares = ", ".join(f"{sum(b['sad_mm'] == d for b in summary['beams'])} from {d:g} mm" for d in distances)
            print(f"\n{machine}: beams {shares}\n", flush=True)


if __name__ == "__main__":
    main()
