# SPDX-License-Identifier: Apache-2.0
"""Objects go to a running Orthanc and come back the same; servers that refuse, break or lie are told in one sentence."""

import json
import os
import resource
import signal
import socket
import threading
import unittest

import orthanc
from program import PROGRAM, SystemTest, run


def data_set(path):
    """The bytes after a file's preamble and meta information: what the network carries."""
    content = path.read_bytes()
    length = int.from_bytes(content[140:144], "little")
    return content[144 + length:]


class Impostor:
    """Listens where a DICOM server should and does what `behaviour` does with each connection."""

    def __init__(self, behaviour):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"ANYONE@127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, args=(behaviour,), daemon=True).start()

    def serve(self, behaviour):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                try:
                    behaviour(connection)
                except OSError:
                    pass

    def stop(self):
        self.listener.close()


def hang_up(connection):
    connection.recv(1)


def talk_nonsense(connection):
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes(range(256)) * 16)


def promise_four_gigabytes(connection):
    connection.recv(4096)
    connection.sendall(b"\x02\x00\xff\xff\xff\xff" + b"\x00\x01" * 512)


def be_silent(connection):
    while connection.recv(4096):
        pass


class Archive(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if orthanc.find_orthanc() is None:
            raise unittest.SkipTest("orthanc is not installed; ./check installs it")
        cls.succeed("phantom", "tg119-cshape", "--out", "patient", "--spacing-mm", "5")
        cls.succeed("plan", "patient", "--protocol", "tg119-cshape", "--machine", "radiosurgery-arm", "--beams", "3",
                    "--candidates", "10", "--grid-mm", "10", "--engine-quality", "draft", "--engine", "ccc", "--out", "plan")
        cls.server = orthanc.Orthanc(cls.folder / "server")
        cls.addClassCleanup(cls.server.stop)
        cls.sent = json.loads(cls.succeed("send", "patient", "plan", "--to", cls.server.address(), "--json"))

    def originals(self):
        return {entry["sop_instance_uid"]: self.folder / entry["file"] for entry in self.sent["objects"]}

    def test_the_server_answers(self):
        self.assertIn("answers", self.succeed("send", "--check", "--to", self.server.address()))

    def test_a_list_of_nothing_says_so(self):
        said = self.succeed("fetch", "--from", self.server.address(), "--list", "--patient-id", "nobody")
        self.assertIn("no such study", said)

    def test_what_is_not_dicom_stays(self):
        self.assertEqual(self.sent["num_sent"], len(list(self.folder.glob("patient/*.dcm"))) +
                         len(list(self.folder.glob("plan/*.dcm"))))
        self.assertGreater(self.sent["num_other_files"], 0)

    def test_patient_and_plan_come_back_bit_by_bit(self):
        studies = json.loads(self.succeed("fetch", "--from", self.server.address(), "--list", "--json"))
        self.assertEqual(len(studies), 1)
        self.assertEqual(int(studies[0]["num_objects"]), self.sent["num_sent"])
        fetched = json.loads(self.succeed("fetch", "--from", self.server.address(), "--study", studies[0]["study_uid"],
                                          "--out", "back", "--json"))
        originals = self.originals()
        self.assertEqual({entry["sop_instance_uid"] for entry in fetched["objects"]}, set(originals))
        for entry in fetched["objects"]:
            back = self.folder / entry["file"]
            self.assertEqual(data_set(back), data_set(originals[entry["sop_instance_uid"]]), back)
            self.assertEqual(len(data_set(back)), entry["bytes"])
        self.assertEqual(len(os.listdir(self.folder / "back")), len(originals))
        report = json.loads(self.succeed("inspect", "back", "--json"))
        self.assertEqual(report["problems"], [])

    def test_a_server_without_c_get_moves_to_where_it_knows_us(self):
        port = orthanc.free_port()
        server = orthanc.Orthanc(self.folder / "mover", DicomAlwaysAllowGet=False, DicomModalities={
            "xingu": {"AET": "XINGU", "Host": "127.0.0.1", "Port": port, "AllowGet": False}})
        self.addCleanup(server.stop)
        self.succeed("send", "patient", "plan", "--to", server.address())
        study = json.loads(self.succeed("fetch", "--from", server.address(), "--list", "--json"))[0]["study_uid"]
        fetch = ("fetch", "--from", server.address(), "--study", study)
        self.assert_refused(self.xingu(*fetch, "--out", "unmoved"), "C-GET", "--listen-port")
        fetched = json.loads(self.succeed(*fetch, "--listen-port", str(port), "--out", "moved", "--json"))
        originals = self.originals()
        self.assertEqual({entry["sop_instance_uid"] for entry in fetched["objects"]}, set(originals))
        for entry in fetched["objects"]:
            self.assertEqual(data_set(self.folder / entry["file"]), data_set(originals[entry["sop_instance_uid"]]))
        with socket.socket() as probe:
            self.assertNotEqual(probe.connect_ex(("127.0.0.1", port)), 0, "the port is closed again")
        stranger = self.xingu(*fetch, "--move", "--as", "STRANGER", "--listen-port", str(port), "--out", "unmoved")
        self.assertIn("STRANGER", stranger.stderr)
        self.assert_refused(self.xingu(*fetch, "--move", "--listen-port", str(orthanc.free_port()), "--out", "unmoved"),
                            "could not send anything", "firewall")
        self.assertEqual([path.name for path in self.folder.glob("*unmoved*")], [])

    def test_a_plan_for_an_arm_is_robotic_arm_radiation_too(self):
        robotic = [entry for entry in self.sent["objects"] if entry["sop_class_uid"] == "1.2.840.10008.5.1.4.1.1.481.15"]
        self.assertEqual([entry["file"] for entry in robotic], ["plan/RTRADIATION.dcm"])
        self.need("dciodvfy")
        outcome = run(["dciodvfy", self.folder / "plan" / "RTRADIATION.dcm"])
        errors = [line for line in (outcome.stdout + outcome.stderr).splitlines() if line.startswith("Error")]
        self.assertEqual(errors, ["Error - Information Object Not found"])  # it knows the attributes, not the object

    def test_sending_again_changes_nothing(self):
        self.succeed("send", "plan", "--to", self.server.address())
        studies = json.loads(self.succeed("fetch", "--from", self.server.address(), "--list", "--json"))
        self.assertEqual(int(studies[0]["num_objects"]), self.sent["num_sent"])

    def test_one_patient_is_told_from_another(self):
        patient_id = json.loads(self.succeed("fetch", "--from", self.server.address(), "--list", "--json"))[0]["patient_id"]
        found = self.succeed("fetch", "--from", self.server.address(), "--patient-id", patient_id, "--list")
        self.assertIn(patient_id, found)
        self.assert_refused(self.xingu("fetch", "--from", self.server.address(), "--patient-id", "NOBODY", "--out", "none"),
                            "no such study", "--list")
        self.assertFalse((self.folder / "none").exists())

    def test_requests_that_make_no_sense_are_refused(self):
        to = self.server.address()
        for arguments, parts in (
                (("send", "plan", "--to", "nowhere"), ("ORTHANC@",)),
                (("send", "plan", "--to", "A@127.0.0.1:70000"), ("70000",)),
                (("send", "--to", to), ("--check",)),
                (("send", "plan", "--check", "--to", to), ("--check",)),
                (("send", "server/orthanc.json", "--to", to), ("no DICOM",)),
                (("send", "gone", "--to", to), ("gone",)),
                (("send", "plan", "--to", to, "--as", "a title of too many letters"), ("--as",)),
                (("send", "plan", "--to", to, "--timeout-s", "0"), ("--timeout-s",)),
                (("fetch", "--from", to, "--study", "1.2.3"), ("--out",)),
                (("fetch", "--from", to, "--study", "1.2.3", "--move", "--out", "all"), ("--listen-port",)),
                (("fetch", "--from", to, "--study", "1.2.3", "--listen-port", "70000", "--out", "all"), ("70000",)),
                (("fetch", "--from", to, "--out", "all"), ("--list",)),
                (("fetch", "--from", to, "--patient-id", "*", "--out", "patient"), ("patient", "--out"))):
            with self.subTest(arguments):
                self.assert_refused(self.xingu(*arguments), *parts)

    def test_a_server_that_is_not_there_or_has_another_title_is_told(self):
        self.assert_refused(self.xingu("send", "plan", "--to", f"ARCHIVE@127.0.0.1:{orthanc.free_port()}"),
                            "cannot be reached", "host and port")
        self.assert_refused(self.xingu("send", "plan", "--to", self.server.address("OTHER")), "title OTHER")

    def test_a_server_that_takes_no_such_syntax_is_told_before_anything_is_sent(self):
        server = orthanc.Orthanc(self.folder / "picky", AcceptedTransferSyntaxes=["1.2.840.10008.1.2.4.70"])
        try:
            self.assert_refused(self.xingu("send", "plan", "--to", server.address()), "takes none")
        finally:
            server.stop()

    def test_a_server_that_forbids_searching_is_told(self):
        server = orthanc.Orthanc(self.folder / "closed", DicomAlwaysAllowFind=False)
        try:
            outcome = self.xingu("fetch", "--from", server.address(), "--list")
            self.assertNotEqual(outcome.returncode, 0)
            self.assertIn(server.address(), outcome.stderr)
        finally:
            server.stop()

    def test_impostors_are_told_and_leave_nothing(self):
        for behaviour in (hang_up, talk_nonsense, promise_four_gigabytes, be_silent):
            with self.subTest(behaviour.__name__):
                impostor = Impostor(behaviour)
                try:
                    for command in (("send", "plan", "--to", impostor.address),
                                    ("fetch", "--from", impostor.address, "--study", "1.2", "--out", "lie")):
                        self.assert_refused(self.xingu(*command, "--timeout-s", "2"), impostor.address)
                finally:
                    impostor.stop()
                self.assertEqual([path.name for path in self.folder.glob("*lie*")], [])

    def test_a_full_disk_leaves_nothing(self):
        def with_little_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        study = json.loads(self.succeed("fetch", "--from", self.server.address(), "--list", "--json"))[0]["study_uid"]
        outcome = run([PROGRAM, "fetch", "--from", self.server.address(), "--study", study, "--out", "full"],
                      folder=self.folder, before=with_little_room)
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertIn("free space", outcome.stderr)
        self.assertEqual([path.name for path in self.folder.glob("*full*")], [])


if __name__ == "__main__":
    unittest.main()
