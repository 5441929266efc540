#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plans from end to end, as a table: time, memory, coverage, fall-off.

usage: bench/plans.py XINGU SHARED OUT [case ...]

XINGU is the program, SHARED the folder of reference data (with data/patients), OUT a new folder. Cases: star (the thorax,
20 beams over the sphere against 9 and 36 coplanar ones) and a head-and-neck patient's name such as pt_200.
"""
import json
import pathlib
import subprocess
import sys
import time


def plan(program, patient, protocol, out, *options):
    begin = time.monotonic()
    subprocess.run([program, "plan", patient, "--protocol", protocol, "--out", out, "--quiet", *options], check=True,
                   stdout=subprocess.DEVNULL)
    return json.loads((pathlib.Path(out) / "summary.json").read_text()), time.monotonic() - begin


def row(name, summary, seconds):
    target = summary["dose"]["targets"][0]
    met = sum(goal["status"] == "met" for goal in summary["goals"])
    assessed = sum(goal["status"] != "missing" for goal in summary["goals"])
    print(f"| {name} | {len(summary['beams'])} | {met}/{assessed} | {target['paddick_ci']:.3f} | {target['R50']:.2f} | "
          f"{target['gradient_index']:.2f} | {sum(b['mu'] for b in summary['beams']):.0f} | {seconds:.0f} | "
          f"{summary['timings']['peak_memory_bytes'] / 2**30:.2f} |", flush=True)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, shared, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    cases = sys.argv[4:] or ["star"]
    patients = shared / "data" / "patients"
    print("| plan | beams | goals met | Paddick | R50 | GI | MU per fraction | s | peak GiB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for case in cases:
        if case == "star":
            runs = {"star 4π, 600 candidates": ["--beams", "20", "--candidates", "600"],
                    "star, 9 coplanar": ["--arrangement", "coplanar", "--beams", "9"],
                    "star, 36 coplanar directions": ["--arrangement", "coplanar", "--beams", "36"]}
            folder, protocol = patients / "star_lateral", "star-25gy"
        else:
            runs = {f"{case} 4π, 30 beams": ["--beams", "30", "--candidates", "600", "--grid-mm", "4"],
                    f"{case}, 9 coplanar": ["--arrangement", "coplanar", "--beams", "9", "--grid-mm", "4"]}
            folder, protocol = patients / case, "head-neck-70gy"
        for number, (name, options) in enumerate(runs.items()):
            summary, seconds = plan(program, str(folder), protocol, str(out / f"{case}-{number}"), *options)
            row(name, summary, seconds)


if __name__ == "__main__":
    main()
