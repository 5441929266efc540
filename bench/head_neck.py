#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Head-and-neck plans from the sphere against the reference doses that come with the patients, as two tables.

usage: bench/head_neck.py XINGU SHARED OUT [--beams N] [--candidates N] [--segments N] [patient ...]

XINGU is the program, SHARED the folder of reference data (with data/patients), OUT a new folder. Both doses are judged by
`xingu evaluate --protocol head-neck-70gy`. Ends with status 1 if a goal that a reference meets is not met by our plan, or if
the mean dose to parotids, larynx or oesophagus is not lower on average.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

PROTOCOL = "head-neck-70gy"
SPARED = ("Parotid_L", "Parotid_R", "Larynx", "Esophagus")


def call(program, *arguments):
    outcome = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if outcome.returncode != 0:
        sys.exit(f"{arguments[0]} ended with {outcome.returncode}: {outcome.stderr.strip()}")
    return outcome.stdout


def goals_of(program, dose, patient):
    goals = json.loads(call(program, "evaluate", dose, patient, "--protocol", PROTOCOL, "--json"))["goals"]
    return {(goal["structure"], goal["metric"]): goal for goal in goals if goal["status"] != "missing"}


def planned(program, patient, out, options):
    begin = time.monotonic()
    call(program, "plan", patient, "--protocol", PROTOCOL, "--out", out, "--beams", options.beams, "--candidates",
         options.candidates, "--segments", options.segments, "--grid-mm", 4, "--quiet")
    return time.monotonic() - begin


def compare(patient, options, lost, means):
    """One row of the first table; gathers the goals that are lost and the mean doses."""
    program, out = options.program, options.out / patient.name
    seconds = planned(program, patient, out, options)
    reference = goals_of(program, patient, patient)
    ours = goals_of(program, out / "RTDOSE.dcm", patient)
    kept = [key for key, goal in reference.items() if goal["status"] == "met" and ours[key]["status"] == "met"]
    for key, goal in reference.items():
        if goal["status"] == "met" and ours[key]["status"] != "met":
            lost.append((patient.name, *key, goal["achieved"], ours[key]["achieved"], goal["limit"]))
    for structure in SPARED:
        key = (structure, "Mean[Gy]")
        if key in reference:
            means.setdefault(structure, []).append((patient.name, reference[key]["achieved"], ours[key]["achieved"]))
    met = [sum(goal["status"] == "met" for goal in goals.values()) for goals in (reference, ours)]
    summary = json.loads((out / "summary.json").read_text())
    print(f"| {patient.name} | {len(summary['beams'])} | {met[0]}/{len(reference)} | {met[1]}/{len(ours)} | "
          f"{len(kept)}/{met[0]} | {sum(beam['mu'] for beam in summary['beams']):.0f} | {seconds:.0f} | "
          f"{summary['timings']['peak_memory_bytes'] / 2**30:.2f} |", flush=True)


def print_means(means):
    """@return the organs whose mean dose is not lower on average"""
    print("\n| mean dose, Gy (reference → ours) | " + " | ".join(name for name, _, _ in means["Parotid_L"]) + " | average |")
    print("|---" * (len(means["Parotid_L"]) + 2) + "|")
    patients = [name for name, _, _ in means["Parotid_L"]]
    worse = []
    for structure, rows in means.items():
        by_patient = {name: (reference, ours) for name, reference, ours in rows}
        cells = ["{:.1f} → {:.1f}".format(*by_patient[name]) if name in by_patient else "–" for name in patients]
        averages = [sum(column) / len(rows) for column in list(zip(*rows))[1:]]
        if averages[1] >= averages[0]:
            worse.append(structure)
        print(f"| {structure} | {' | '.join(cells)} | {averages[0]:.1f} → {averages[1]:.1f} |")
    return worse


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("patients", nargs="*", default=["pt_200", "pt_201", "pt_222", "pt_233"])
    parser.add_argument("--beams", type=int, default=30)
    parser.add_argument("--candidates", type=int, default=200)
    parser.add_argument("--segments", type=int, default=20)
    options = parser.parse_args()
    lost, means = [], {}
    print("| patient | beams | reference meets | ours meets | kept of the reference's | MU per fraction | s | peak GiB |")
    print("|---|---|---|---|---|---|---|---|")
    for name in options.patients:
        patient = options.shared / "data" / "patients" / name
        compare(patient, options, lost, means)
    worse = print_means(means)
    for patient, structure, metric, reference, ours, limit in lost:
        print(f"\nlost: {patient} {structure} {metric}: reference {reference:.2f}, ours {ours:.2f}, limit {limit:g}")
    for structure in worse:
        print(f"\nnot lower on average: {structure}")
    sys.exit(1 if lost or worse else 0)


if __name__ == "__main__":
    main()
