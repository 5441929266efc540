# SPDX-License-Identifier: Apache-2.0
"""The console's server as pages and strangers meet it: roles, restated parameters, a whole session, faults, a lost
console, a kill, replay, slow viewers, and requests and frames that are none."""

import http.client
import json
import os
import pathlib
import random
import shutil
import socket
import sqlite3
import ssl
import unittest

from console_client import OPERATOR, VIEWER, Console, Live, Operator
from program import run
from small_plan import PlannedTest

NUM_MALFORMED = int(os.environ.get("XINGU_MALFORMED", "3000"))
NUM_MALFORMED_FRAMES = int(os.environ.get("XINGU_MALFORMED_FRAMES", "750"))
DOOR, CONSOLE_LOST = 1 << 11, 1 << 15
# First bytes of frames that no others may follow. A ping, a pong and the beginning of a message let the connection stand, and noise
# behind them can be a close, which is answered with its own code.
ENDED_BY = [byte for byte in range(256) if byte & 0x0F not in (8, 9, 10) and byte not in (1, 2)]


class ConsoleTest(PlannedTest):
    num_stores = 0

    @classmethod
    def console(cls, *options, store=None):
        if store is None:
            ConsoleTest.num_stores += 1
            store = cls.folder / f"store-{cls.num_stores}"
        console = Console(cls.folder / "plan", "--patient", cls.folder / "patient", "--store", store, "--no-dose",
                          *(options or ("--speed", "10")))
        console.store = store
        return console

    def standing(self, frame):
        return int(frame["interlocks_active"]) | int(frame["interlocks_latched"])


class Access(ConsoleTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.console("--speed", "1")
        cls.addClassCleanup(cls.server.end)

    def status(self, method, path, body=None, **options):
        return self.server.request(method, path, body, **options)[0]

    def test_the_ecg_runs_and_gives_each_sample_once(self):
        live = self.server.live(VIEWER)  # its frames set the pace of asking
        now = self.server.get("/api/ecg")[1]
        self.assertEqual([lead["name"] for lead in now["leads"]], ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"])
        missed = 0
        while now["state"] != "beating" or now["rate_per_min"] is None:
            live.read()
            after = now["next"]
            now = self.server.get(f"/api/ecg?after={after}")[1]
            missed += now["first"] - after
            self.assertTrue(all(len(lead["uV"]) == now["next"] - now["first"] for lead in now["leads"]))
        self.assertEqual(missed, 0)
        self.assertTrue(40 < now["rate_per_min"] < 120, now["rate_per_min"])
        self.assertEqual({one["contact"] for one in now["electrodes"]}, {"good"})
        for beat in now["beats"]:
            self.assertLessEqual(1000 * (beat["known_s"] - beat["t_s"]), now["latency_ms"] + 1e-6)
        live.close()

    def test_a_slow_viewer_loses_frames_and_nobody_else_does(self):
        operator = Operator(self.server)
        slow = self.server.live(VIEWER, receive_buffer=4096)
        self.assertEqual(operator.load()[0], 200)
        while len(operator.live.frames) < 900:  # more than the system holds for one that does not read
            operator.live.wait_for(lambda message: message["type"] == "status", beats=True)
        gaps = [b[0] - a[0] - 1 for a, b in zip(operator.live.frames, operator.live.frames[1:])]
        self.assertLess(sum(gaps), 90)
        while slow.read() is not None:
            if len(slow.frames) > 1 and slow.frames[-1][0] > slow.frames[-2][0] + 100:
                break
        told = slow.wait_for(lambda message: message["type"] == "status" and message["dropped"] > 0)
        self.assertGreater(told["dropped"], 100)
        slow.close()
        operator.end()

    def test_the_page_is_open_and_the_interface_is_not(self):
        self.assertEqual(self.status("GET", "/", token=""), 200)
        for token in ("", "wrong", OPERATOR[:-1], VIEWER + "0"):
            self.assertEqual(self.status("GET", "/api/plan", token=token), 401)
        for token in (OPERATOR, VIEWER):
            self.assertEqual(self.status("GET", "/api/plan", token=token), 200)

    def test_strangers_are_refused_by_host_and_by_origin(self):
        self.assertEqual(self.status("GET", "/", headers={"Host": f"evil.example:{self.server.port}"}), 421)
        self.assertEqual(self.status("GET", "/", headers={"Host": "127.0.0.1:1"}), 421)
        self.assertEqual(self.status("GET", "/", headers={"Host": f"localhost:{self.server.port}"}), 200)
        self.assertEqual(self.status("GET", "/api/plan", headers={"Origin": "http://evil.example"}), 403)
        own = f"http://127.0.0.1:{self.server.port}"
        self.assertEqual(self.status("GET", "/api/plan", headers={"Origin": own}), 200)

    def test_viewers_and_pages_without_the_seat_cannot_command(self):
        load = {"patient_id": "x", "plan_label": "y", "lost_console": "hold"}
        self.assertEqual(self.status("POST", "/api/session/load", load, token=VIEWER), 403)
        self.assertEqual(self.status("POST", "/api/session/load", load), 403)
        viewer = self.server.live(VIEWER)
        viewer.send(type="claim")
        self.assertFalse(viewer.wait_for(lambda message: message["type"] == "seat")["granted"])
        first, second = self.server.live(), self.server.live()
        first.send(type="claim")
        self.assertTrue(first.wait_for(lambda message: message["type"] == "seat")["granted"])
        second.send(type="claim")
        self.assertFalse(second.wait_for(lambda message: message["type"] == "seat")["granted"])
        self.assertEqual(self.status("POST", "/api/session/load", load, client=second.client), 403)
        self.assertEqual(self.status("POST", "/api/session/load", load, client=first.client), 409)
        first.send(type="release")
        for one in (viewer, first, second):
            one.close()

    def test_a_websocket_needs_a_token(self):
        for token in ("", "wrong"):
            with self.assertRaisesRegex(ConnectionError, "401"):
                Live(self.server.port, token)
        self.assertEqual(self.status("GET", "/api/live"), 426)

    def test_no_path_reaches_the_disk(self):
        for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "//etc/passwd",
                     "/api/scene/meshes/../machine.toml", "/api/volumes/..", "/index.html/../../x"):
            self.assertEqual(self.status("GET", path), 404, path)

    def test_every_document_is_there(self):
        for path in ("info", "plan", "volumes", "structures", "scene", "interlocks", "faults", "states", "session", "dvh",
                     "sessions"):
            status, document = self.server.get("/api/" + path, token=VIEWER)
            self.assertEqual(status, 200, path)
            self.assertTrue(isinstance(document, (dict, list)))
        for volume in self.server.get("/api/volumes")[1]:
            about, raw = self.server.get(volume["json"])[1], self.server.get(volume["raw"])[1]
            size = {"int16": 2, "float32": 4}[about["type"]]
            self.assertEqual(len(raw), size * about["shape"][0] * about["shape"][1] * about["shape"][2])
        skin = self.server.get("/api/scene/skin.json")[1]
        self.assertEqual(len(self.server.get("/api/scene/skin.raw")[1]), 12 * (skin["vertices"] + skin["triangles"]))
        joints = self.server.get("/api/scene")[1]["joints"]
        names = self.server.live(VIEWER).names
        self.assertTrue(joints and all(joint["channel"] in names for joint in joints))


class Treatment(ConsoleTest):
    def test_a_plan_is_given_in_steps_that_restate_it_and_replayed(self):
        with self.console("--speed", "20") as server:
            operator = Operator(server)
            self.assertEqual(operator.ask("session/load", patient_id="somebody else", plan_label="", lost_console="hold")[0],
                             409)
            self.assertEqual(operator.load()[1]["result"], "done")
            self.assertEqual(operator.load()[0], 409)
            operator.wait_for_state("ready")
            for wrong in ({"mu": 1.0}, {"beam": 7}, {"gantry_deg": 181.0}, {"patient_id": "other"}):
                self.assertEqual(operator.arm(**wrong)[0], 409, wrong)
            self.assertEqual(operator.confirm(1)[0], 409)
            status, armed = operator.arm()
            self.assertEqual((status, armed["state"]), (200, "armed"))
            self.assertEqual(operator.confirm(armed["arming"] + 1)[0], 409)
            self.assertEqual(operator.confirm(armed["arming"], mu=1.0)[0], 409)
            self.assertEqual(operator.confirm(armed["arming"])[1]["state"], "beam on")
            operator.wait_for_state("complete", limit_s=300)
            session = server.get("/api/session")[1]
            self.assertAlmostEqual(session["given_mu"], session["planned_mu"], delta=0.3)
            self.assertEqual(operator.ask("session/close")[0], 200)
            row = server.get("/api/sessions")[1][0]
            self.assertEqual(row["end"], "complete")
            actions = [a["action"] for a in server.get(f"/api/sessions/{row['id']}/actions")[1] if a["result"] == "done"]
            self.assertEqual(actions, ["load", "arm", "confirm", "close"])
            self.replay(server, operator, row["id"])
            self.account(server, row)

    def account(self, server, row):
        """The session's doses and treatment record, by its record."""
        record = server.store / row["record"]
        account = json.loads(self.succeed("-q", "deliver", "plan", "--patient", "patient", "--record", record, "--no-dose",
                                          "--out", "account", "--json"))
        self.assertEqual((account["state"], account["sessions"]), ("complete", 1))
        self.assertAlmostEqual(sum(beam["monitor1_mu"] for beam in account["beams"]), row["given_mu"], delta=0.3)
        self.assert_valid_dicom(self.folder / "account" / "RTRECORD.dcm")
        self.assert_refused(self.xingu("console", "plan", "--patient", "patient", "--store", server.store, "--port", "0"),
                            "another run of Xingu")

    def replay(self, server, operator, session):
        place = operator.ask("replay/open", session=session)[1]
        events = operator.live.wait_for(lambda message: message["type"] == "replay")["events"]
        self.assertEqual(events, server.get(f"/api/sessions/{session}/events")[1])
        complete = next(e for e in events if e["kind"] == "state" and e["state"] == "complete")
        operator.ask("replay/rate", rate=0)
        self.assertEqual(operator.ask("replay/seek", t_s=1e6)[1]["t_s"], place["to_s"])
        last = operator.live.wait_for_frame(lambda frame: frame["state"] == 7, beats=True)
        self.assertAlmostEqual(last["given_mu"], last["planned_mu"], delta=0.3)
        self.assertEqual(operator.ask("replay/seek", t_s=0.0)[1]["t_s"], place["from_s"])
        operator.live.wait_for_frame(lambda frame: frame["given_mu"] == 0, beats=True)
        self.assertGreater(complete["t_s"], 10)
        self.assertEqual(operator.ask("replay/rate", rate=99)[0], 400)
        self.assertEqual(operator.ask("replay/close")[0], 200)

    def test_hold_faults_and_emergency_stop_take_the_beam_away(self):
        with self.console() as server:
            operator = Operator(server)
            operator.deliver()
            bystander = server.live()
            self.assertEqual(server.request("POST", "/api/session/hold", {}, client=bystander.client)[1]["state"], "hold")
            self.assert_hears_all(server.live(VIEWER), operator.live)
            self.assertEqual(operator.ask("session/resume")[0], 200)
            operator.wait_for_state("beam on")
            self.assertEqual(operator.ask("faults/begin", kind="door_open", for_s=600)[0], 200)
            frame = operator.live.wait_for_frame(lambda f: self.standing(f) & DOOR, beats=True)
            self.assertEqual((frame["beam_on"], frame["first_out"]), (0, 11))
            self.assertEqual(operator.ask("faults/end", kind="door_open")[0], 200)
            operator.live.wait_for_frame(lambda f: not int(f["interlocks_active"]) & DOOR, beats=True)
            self.assertEqual(operator.ask("session/resume")[0], 200)
            operator.wait_for_state("beam on")
            stop = server.request("POST", "/api/session/emergency-stop", {}, client=bystander.client)
            self.assertEqual((stop[0], stop[1]["state"]), (200, "aborted"))
            operator.live.wait_for(lambda m: m.get("kind") == "session" and m["what"] == "ended", beats=True)
            self.assertEqual(operator.ask("session/resume")[0], 409)
            self.assertEqual(operator.ask("session/close")[0], 200)
            status, answer = operator.load()
            self.assertEqual(status, 409, "the button is still in")
            self.assertIn("emergency stop is pressed", answer["error"])
            self.assertTrue(server.get("/api/session")[1]["is_stop_pressed"])
            self.assertEqual(operator.ask("session/release-stop")[0], 200)
            self.assertEqual(operator.ask("session/release-stop")[0], 409)
            self.assertEqual(operator.load()[0], 200)

    def assert_hears_all(self, late, first):
        """A page that comes late is told what one heard that was there from the first."""
        told = late.wait_for(lambda message: message["type"] == "events")["events"]
        heard = []
        while not heard or heard[-1]["n"] < told[-1]["n"]:
            first.read()
            heard = [message for message in first.texts if message["type"] == "event"]
        self.assertEqual(told, heard[:len(told)])
        self.assertIn("hold", [event.get("action") for event in told])
        late.close()

    def test_a_silent_page_holds_the_beam_unless_it_was_chosen_otherwise(self):
        with self.console("--speed", "2") as server:
            for choice, is_held in (("hold", True), ("continue", False)):
                with self.subTest(choice):
                    operator = Operator(server)
                    self.assertEqual(operator.load(lost_console=choice)[0], 200)
                    watcher = server.live(VIEWER)
                    operator.wait_for_state("ready")
                    armed = operator.arm()[1]
                    self.assertEqual(operator.confirm(armed["arming"])[0], 200)
                    operator.live.close()
                    silent = watcher.wait_for_frame(lambda f: f["console_age_ms"] > 1200)
                    self.assertEqual(bool(self.standing(silent) & CONSOLE_LOST), is_held)
                    if is_held:
                        self.assertEqual(silent["beam_on"], 0)
                    Operator(server).end()

    def test_a_killed_console_loses_nothing_that_was_said(self):
        store = self.folder / "killed"
        with self.console(store=store) as server:
            operator = Operator(server)
            operator.deliver()
            shown = operator.live.wait_for_frame(lambda frame: frame["given_mu"] > 20, beats=True)
            self.assertEqual(operator.ask("session/hold")[0], 200)
            server.end(kill=True)
        with sqlite3.connect(store / "console.sqlite") as journal:
            actions = [row[0] for row in journal.execute("SELECT action FROM actions ORDER BY id")]
        self.assertEqual(actions, ["load", "arm", "confirm", "hold"])
        with self.console(store=store) as server:
            row = server.get("/api/sessions")[1][0]
            self.assertEqual(row["end"], "interrupted")
            self.assertGreaterEqual(row["given_mu"], shown["given_mu"] - 1e-3)
            operator = Operator(server)
            self.assertEqual(operator.load(resume=True)[0], 200)
            first = operator.live.wait_for_frame(lambda frame: frame["state"] >= 1, beats=True)
            self.assertAlmostEqual(first["given_mu"], row["given_mu"], delta=1e-3)


class Strangers(ConsoleTest):
    """What is no request and no frame: the right refusal each time, and the console goes on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.console("--speed", "10", "--requests-per-second", "1000000")
        cls.addClassCleanup(cls.server.end)
        cls.random = random.Random(7)

    def raw(self, data):
        """Status of what the server answers to some bytes; None where it only hangs up."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as one:
            answer = b""
            try:
                one.sendall(data)
                one.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the server has refused already
            try:
                while b"\r\n" not in answer:
                    part = one.recv(4096)
                    if not part:
                        break
                    answer += part
            except ConnectionResetError:
                pass
        return int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else None

    def head(self, method="GET", path="/api/info", **headers):
        fields = {"Host": f"127.0.0.1:{self.server.port}", "Authorization": f"Bearer {OPERATOR}", **headers}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def post(self, path, body, content_type="application/json"):
        body = body if isinstance(body, bytes) else body.encode()
        return self.head("POST", path, Content_Type=content_type, Content_Length=len(body)) + body

    def cases(self):
        """(bytes, the statuses that are right)."""
        rng = self.random
        noise = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 200)))
        word = "x" + "".join(rng.choice("abcdefgh/%.?&=-_") for _ in range(rng.randrange(1, 60)))
        good = self.head()
        damaged = bytearray(good)
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        command = rng.choice(["session/load", "session/arm", "session/confirm", "faults/begin", "replay/seek"])
        return rng.choice([
            lambda: (noise, (400, None)),
            lambda: (noise + b"\r\n\r\n", (400, 431, None)),
            lambda: (bytes(damaged), (200, 400, 401, 404, 405, 421, 426, 505, None)),
            lambda: (good[:rng.randrange(1, len(good) - 1)], (None, 400)),
            lambda: (self.head(path="/" + word), (404,)),
            lambda: (self.head(path="/api/" + word), (404,)),
            lambda: (self.head(path="/" + "a" * rng.randrange(1100, 5000)), (414,)),
            lambda: (self.head(Cookie="x" * 9000), (431,)),
            lambda: (self.head("GET", Authorization=f"Bearer {word}"), (401,)),
            lambda: (self.head("GET", Host=word), (421, 400)),
            lambda: (self.head(rng.choice(["PUT", "DELETE", "PATCH", "OPTIONS"])), (405,)),
            lambda: (self.head("HEAD"), (200,)),
            lambda: (self.head("HEAD", "/api/session/arm"), (405,)),
            lambda: (self.head("GET", "/api/session/arm"), (405,)),
            lambda: (self.head("POST", "/api/plan", Content_Length=0), (405,)),
            lambda: (self.head("POST", "/api/" + word, Content_Length=0), (404,)),
            lambda: (self.head("POST", "/api/session/arm", Content_Length=10**9), (413,)),
            lambda: (self.head("POST", "/api/session/arm", Content_Length="many"), (400,)),
            lambda: (self.post(f"/api/{command}", noise), (400,)),
            lambda: (self.post(f"/api/{command}", "[" * rng.randrange(1, 8000)), (400,)),
            lambda: (self.post(f"/api/{command}", "x" * 17000), (413,)),
            lambda: (self.post(f"/api/{command}", "{}", "text/plain"), (415,)),
            lambda: (self.post(f"/api/{command}", json.dumps({word: None})), (403,)),
            lambda: (self.post("/api/session/hold", "{}"), (409,)),
            lambda: (self.post("/api/session/hold", "[]"), (400,)),
        ])()

    def memory_mib(self):
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text(encoding="utf-8")
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def test_malformed_requests_get_the_right_status(self):
        begun = None
        for i in range(NUM_MALFORMED):
            data, right = self.cases()
            self.assertIn(self.raw(data), right, (i, data[:300]))
            begun = self.memory_mib() if i == 500 else begun
        self.assertEqual(self.server.get("/api/info")[0], 200)
        self.assertLess(self.memory_mib(), begun + 8)  # nothing is kept of what was refused

    def frame_cases(self, live):
        """Sends one thing that is no message; returns the close codes that are right (None: only hung up)."""
        rng = self.random
        noise = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 100)))
        ended = bytes([rng.choice(ENDED_BY)]) + noise
        cases = [
            (lambda: live.send_raw(1, noise), (1003, 1007, 1002)),
            (lambda: live.send_raw(1, b"{\"type\":\"nonsense\"}"), (1003,)),
            (lambda: live.send_raw(1, b"[1,2,3]"), (1003,)),
            (lambda: live.send_raw(1, b"{\"type\":7}"), (1003,)),
            (lambda: live.send_raw(1, b"{\"type\":\"echo\",\"tag\":\"x\"}"), (1003,)),
            (lambda: live.send_raw(2, noise), (1003,)),
            (lambda: live.send_raw(1, b"x" * rng.randrange(4097, 20000)), (1009,)),
            (lambda: live.send_raw(1, b"{}", is_masked=False), (1002,)),
            (lambda: live.send_raw(rng.choice([3, 4, 5, 6, 7, 11, 12]), noise), (1002,)),
            (lambda: live.send_raw(9, b"p" * 126), (1002,)),
            (lambda: live.send_raw(0, noise), (1002,)),
            (lambda: live.send_raw(8, b"\x03"), (1002, 1005, None)),
            (lambda: live.socket.sendall(ended + b"\xff" * 200), (1002, 1003, 1007, 1009, None)),
        ]
        send, right = rng.choice(cases)
        send()
        return right

    def test_malformed_frames_close_their_connection_only(self):
        begun = None
        for i in range(NUM_MALFORMED_FRAMES):
            live = Live(self.server.port, hears_schema=False)
            right = self.frame_cases(live)
            self.assertIn(live.until_closed(), right, i)
            live.close()
            begun = self.memory_mib() if i == 500 else begun
        self.assertEqual(self.server.get("/api/info")[0], 200)
        self.assertLess(self.memory_mib(), begun + 8)  # nothing is kept of connections that are gone

    def test_a_flood_of_messages_and_requests_is_stopped(self):
        live = self.server.live()
        for _ in range(1000):
            try:
                live.send(type="echo", tag=1)
            except OSError:
                break
        try:
            while live.read() is not None:
                pass
        except ConnectionError:
            pass
        self.assertEqual(live.close_code, 1008)
        with self.console("--requests-per-second", "20") as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port)
            statuses = set()
            for _ in range(200):
                connection.request("GET", "/api/info", headers={"Authorization": f"Bearer {VIEWER}"})
                answer = connection.getresponse()
                answer.read()
                statuses.add(answer.status)
            connection.close()
            self.assertEqual(statuses, {200, 429})
            self.assertEqual(server.request("POST", "/api/session/hold", {})[0], 409)

    def test_an_unfinished_request_is_given_up_and_keeps_nobody_out(self):
        idle = [socket.create_connection(("127.0.0.1", self.server.port)) for _ in range(70)]
        self.assertEqual(self.server.get("/api/info")[0], 200)
        idle[0].settimeout(5)  # half of what an unfinished request is given
        self.assertEqual(idle[0].recv(64), b"", "the oldest gave way")
        for one in idle[10:]:
            one.sendall(b"GET / HTTP")
        for one in idle[10:]:
            one.settimeout(30)
            self.assertIn(one.recv(64)[9:12], (b"408", b"", b"400"))
        for one in idle:
            one.close()
        self.assertEqual(self.server.get("/api/info")[0], 200)

    def test_pages_are_counted(self):
        pages = []
        with self.assertRaisesRegex(ConnectionError, "503"):
            while len(pages) < 100:
                pages.append(self.server.live(VIEWER))
        self.assertLessEqual(len(pages), 64)
        self.assertEqual(self.server.get("/api/info")[0], 503)
        pages.pop().close()
        while self.server.get("/api/info")[0] != 200:
            self.assertIsNotNone(pages[0].read())
        for one in pages:
            one.close()


class Elsewhere(ConsoleTest):
    def test_another_address_needs_a_certificate(self):
        refused = self.xingu("console", "plan", "--patient", "patient", "--bind", "0.0.0.0")
        self.assert_refused(refused, "--bind 0.0.0.0", "--certificate")
        unnamed = self.xingu("console", "plan", "--patient", "patient", "--bind", "0.0.0.0", "--certificate", "c", "--private-key",
                             "k")
        self.assert_refused(unnamed, "--bind 0.0.0.0", "--name")

    def test_bad_options_are_refused(self):
        for options, part in ((("--speed", "0"), "--speed"), (("--operator-token", "short"), "token"),
                              (("--replay", "plan/RTPLAN.dcm"), "record"),
                              (("--name", "https://console.example.org"), "--name"), (("--mode", "guess"), "guess")):
            self.assert_refused(self.xingu("console", "plan", "--patient", "patient", *options), part)

    def test_it_speaks_tls(self):
        if shutil.which("openssl") is None:
            self.skipTest("openssl is not installed")
        made = run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "chain.pem",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], folder=self.folder)
        self.assertEqual(made.returncode, 0, made.stderr)
        with self.console("--certificate", self.folder / "chain.pem", "--private-key", self.folder / "key.pem") as server:
            trust = ssl.create_default_context(cafile=self.folder / "chain.pem")
            strangers = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(70)]  # who never say hello
            connection = http.client.HTTPSConnection("localhost", server.port, context=trust, timeout=20)
            connection.request("GET", "/api/info", headers={"Authorization": f"Bearer {VIEWER}"})
            self.assertEqual(connection.getresponse().status, 200)
            connection.close()
            for one in strangers:
                one.close()


if __name__ == "__main__":
    unittest.main()
