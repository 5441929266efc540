# SPDX-License-Identifier: Apache-2.0
"""Several ranks by mpirun: the same files as one process, one sentence for what goes wrong, and nothing half-written."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

from plan_test import without_times
from program import PROGRAM, SystemTest, contents, run

AS_ANYBODY = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
MPIRUN = ("mpirun", "--quiet", "--oversubscribe", "--bind-to", "none")
TANK = ("tank", "water-10x10", "--engine", "mc", "--grid-mm", "10", "--field-mm", "40x40")


def ranks_of(mpirun):
    """{rank: process id} of the program's processes that an mpirun has started and that listen for signals by now."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            environment = dict(part.split("=", 1) for part in (folder / "environ").read_text().split("\0") if "=" in part)
            status = (folder / "status").read_text()
            parent = int(re.search(r"PPid:\s*(\d+)", status).group(1))
            caught = int(re.search(r"SigCgt:\s*(\w+)", status).group(1), 16)
        except (OSError, ValueError, AttributeError):
            continue  # not ours, or gone
        if parent == mpirun and caught & 1 << (signal.SIGTERM - 1) and "OMPI_COMM_WORLD_RANK" in environment:
            found[int(environment["OMPI_COMM_WORLD_RANK"])] = int(folder.name)
    return found


@unittest.skipIf(shutil.which("mpirun") is None, "mpirun is not installed; ./check installs it (openmpi-bin)")
class Cluster(SystemTest):
    def ranks(self, count, *arguments):
        return run([*MPIRUN, "-n", count, PROGRAM, *arguments], folder=self.folder, environment=AS_ANYBODY)

    def assert_same_files(self, first, second):
        names = contents(self.folder / first)
        self.assertEqual(sorted(names), sorted(contents(self.folder / second)))
        for name, content in names.items():
            other = (self.folder / second / name).read_bytes()
            self.assertEqual(without_times(name, content), without_times(name, other), f"{name} of {second}")

    def test_monte_carlo_has_the_same_bits_for_any_number_of_ranks_and_threads(self):
        self.succeed(*TANK, "--uncertainty", "4%", "--threads", "1", "--out", "tank")
        for ranks, threads in ((1, 2), (2, 1), (3, 2)):
            out = f"tank-{ranks}-{threads}"
            outcome = self.ranks(ranks, *TANK, "--uncertainty", "4%", "--threads", threads, "--out", out)
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            self.assertEqual(outcome.stdout.count("written: "), 1)
            self.assertRegex(outcome.stderr, rf"{ranks} ranks? on 1 host")
            self.assert_same_files("tank", out)

    def test_point_kernels_have_the_same_bits_for_any_number_of_ranks(self):
        made = ("kernels", "--energies-mev", "0.5,1", "--histories", "2000", "--out")
        self.succeed(*made, "kernels.csv")
        for ranks in (2, 3):
            self.assertEqual(self.ranks(ranks, *made, f"kernels-{ranks}.csv").returncode, 0)
            self.assertEqual((self.folder / "kernels.csv").read_bytes(),
                             (self.folder / f"kernels-{ranks}.csv").read_bytes())

    def test_a_plan_is_the_same_made_by_two_ranks(self):
        self.succeed("phantom", "tg119-cshape", "--out", "patient", "--spacing-mm", "5")
        plan = ("plan", "patient", "--protocol", "tg119-cshape", "--beams", "3", "--candidates", "12", "--grid-mm", "8",
                "--beamlet-mm", "10", "--engine-quality", "draft", "--uncertainty", "10%", "--out")
        self.succeed(*plan, "plan")
        outcome = self.ranks(2, *plan, "plan-2", "--threads", "1")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assert_same_files("plan", "plan-2")

    def test_a_refused_input_says_its_sentence_once(self):
        self.assert_refused(self.ranks(3, "kernels", "--energies-mev", "1,0.5", "--out", "k.csv"), "ascend")
        self.assert_refused(self.ranks(2, "kernels", "--energie"), "--energie")
        self.assertFalse((self.folder / "k.csv").exists())

    def test_ranks_with_other_inputs_are_refused(self):
        part = ("-n", "1", PROGRAM, "kernels", "--energies-mev", "0.5,1", "--histories", "2000", "--out", "k.csv")
        outcome = run([*MPIRUN, *part, ":", *part, "--seed", "2"], folder=self.folder, environment=AS_ANYBODY)
        self.assert_refused(outcome, "rank 1", "other inputs", "the same files")
        self.assertFalse((self.folder / "k.csv").exists())

    def test_what_only_another_rank_cannot_read_ends_the_job_with_its_sentence(self):
        good = ("-n", "1", PROGRAM, *TANK, "--uncertainty", "0.1%", "--out", "torn")
        outcome = run([*MPIRUN, *good, ":", "-n", "1", PROGRAM, "tank", "absent", "--engine", "mc", "--out", "torn"],
                      folder=self.folder, environment=AS_ANYBODY)
        self.assert_refused(outcome, "rank 1 on ", "absent")
        self.assertFalse((self.folder / "torn").exists())

    def test_what_is_not_shared_is_done_once(self):
        outcome = self.ranks(2, "phantom", "water", "--out", "water", "--spacing-mm", "10")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertEqual(outcome.stderr.count("shares nothing out"), 1)
        self.assertEqual(self.ranks(2, "--version").stdout.count("xingu"), 1)

    def end_of_launcher(self, process, ranks):
        """What was printed. Open MPI's mpirun now and then does not see that its ranks have ended, and waits for ever; that
        they have ended is what is asked of them."""
        try:
            return process.communicate(timeout=60)[0]
        except subprocess.TimeoutExpired:
            for pid in ranks.values():
                status = pathlib.Path(f"/proc/{pid}/status")
                self.assertTrue(not status.exists() or "State:\tZ" in status.read_text(), f"rank {pid} is left")
            process.kill()
            return process.communicate()[0]

    def end_of(self, out, strike):
        """Exit code and output of a long run of three ranks, struck once all of them listen; none of them is left."""
        command = [*MPIRUN, "-n", "3", PROGRAM, *TANK, "--uncertainty", "0.1%", "--threads", "1", "--out", out]
        with subprocess.Popen([str(part) for part in command], cwd=self.folder, env=AS_ANYBODY, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as process:
            while len(ranks := ranks_of(process.pid)) < 3:
                self.assertIsNone(process.poll())
            strike(process, ranks)
            told = self.end_of_launcher(process, ranks)
        self.assertFalse((self.folder / out).exists())
        for pid in ranks.values():
            while pathlib.Path(f"/proc/{pid}").exists():
                pass  # mpirun has killed it, and the system is still taking it away; one that stays runs into the time limit
        return process.returncode, told

    def test_a_killed_rank_ends_the_others(self):
        code, told = self.end_of("killed", lambda _, ranks: os.kill(ranks[1], signal.SIGKILL))
        self.assertNotEqual(code, 0, told)

    def test_a_stopped_job_ends_and_leaves_nothing(self):
        code, told = self.end_of("stopped", lambda process, _: process.send_signal(signal.SIGTERM))
        self.assertNotEqual(code, 0, told)
        self.assertLessEqual(told.count("xingu: stopped"), 1, told)  # mpirun may have closed its ears by then


if __name__ == "__main__":
    unittest.main()
