# SPDX-License-Identifier: Apache-2.0
"""The control loop and the console under viewers: steps that began late, and the age of telemetry where it arrives.

    python3 bench/console_load.py PLAN PATIENT [--seconds 600] [--viewers 8] [--json]

Starts `xingu console` on the plan in real time, with an operator who lets the beam on, the given number of viewers who read
everything, and one who reads nothing. The age of a frame is from the step of the loop that it shows to its arrival: both
run by the monotonic clock, and their offset is taken from the fastest frame of all, less the age that the server itself
states for it. XINGU_PROGRAM names the program. Ends with 1 if 95 % of the frames are not there within 50 ms.
"""

import argparse
import json
import pathlib
import resource
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "system"))
from console_client import VIEWER, Console, Operator  # noqa: E402

GOAL_MS = 50.0  # of 95 % of the frames


def watch(live, arrivals, until):
    """Notes the arrival of every frame: (monotonic time, session's time, age stated by the server, number)."""
    age = live.names.index("server_age_ms")
    while time.monotonic() < until:
        message = live.read()
        now = time.monotonic()
        if isinstance(message, tuple):
            arrivals.append((now, message[1], 1e-3 * message[2][age], message[0]))


def part(values, fraction):
    return sorted(values)[min(len(values) - 1, int(fraction * len(values)))]


def end_of(silent):
    """What became of a viewer that did not read."""
    try:
        while silent.read() is not None:
            if any(text["type"] == "status" and text["dropped"] for text in silent.texts):
                return f"missed {silent.texts[-1]['dropped']} frames"
    except ConnectionError:
        pass
    return "was disconnected"


def work(operator, until):
    """Loads, arms, confirms; resumes what an interlock holds; keeps the heartbeat."""
    operator.deliver()
    while time.monotonic() < until:
        operator.live.wait_for_frame(lambda _: True, beats=True)
        operator.live.frames.clear()


def measure(arguments):
    with tempfile.TemporaryDirectory(prefix="xingu-bench-") as store, \
            Console(arguments.plan, "--patient", arguments.patient, "--store", store) as server:
        operator = Operator(server)
        until = time.monotonic() + arguments.seconds
        arrivals = [[] for _ in range(arguments.viewers)]
        watchers = [threading.Thread(target=watch, args=(server.live(VIEWER), one, until)) for one in arrivals]
        silent = server.live(VIEWER, receive_buffer=4096)
        for watcher in watchers:
            watcher.start()
        begun = time.monotonic()
        work(operator, until)
        for watcher in watchers:
            watcher.join()
        session = server.get("/api/session")[1]
        silent_end = end_of(silent)
        server.end()
        moving = [[a for a in one if a[1] > 1.0] for one in arrivals]
        offset = min(at_s - t_s - age for one in moving for at_s, t_s, age, _ in one)
        ages = [1000 * (at_s - t_s - offset) for one in moving for at_s, t_s, _, _ in one]
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {"seconds": round(time.monotonic() - begun, 1), "viewers": arguments.viewers, "steps": session["steps"],
                "late_steps": session["late_steps"],
                "late_percent": 100 * session["late_steps"] / max(1, session["steps"]),
                "worst_late_ms": session["worst_late_ms"], "state": session["state"], "given_mu": session["given_mu"],
                "frames": len(ages), "frames_per_s": sum(len(one) for one in arrivals) / arguments.viewers / arguments.seconds,
                "age_ms": {"p50": part(ages, 0.5), "p95": part(ages, 0.95), "p99": part(ages, 0.99), "max": max(ages)},
                "missed_by_viewers": sum(b[3] - a[3] - 1 for one in arrivals for a, b in zip(one, one[1:])),
                "the_silent": silent_end,
                "server_cpu_s": round(usage.ru_utime + usage.ru_stime, 1)}


def table(result):
    ages = ", ".join(f"{name} {value:.1f}" for name, value in result["age_ms"].items())
    rows = {**{name: value for name, value in result.items() if name != "age_ms"}, "age of telemetry, ms": ages}
    return "\n".join(f"  {name:24} {value:.4g}" if isinstance(value, float) else f"  {name:24} {value}" for name, value in rows.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("plan")
    parser.add_argument("patient")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--viewers", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    result = measure(parser.parse_args())
    print(json.dumps(result, indent=2) if "--json" in sys.argv else table(result))
    if result["age_ms"]["p95"] > GOAL_MS:
        sys.exit(f"95 % of the frames are {result['age_ms']['p95']:.1f} ms old or younger: the goal is {GOAL_MS} ms")


if __name__ == "__main__":
    main()
