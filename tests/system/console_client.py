# SPDX-License-Identifier: Apache-2.0
"""A console as the tests start it, and a WebSocket (RFC 6455) that speaks to it with nothing but the standard library."""

import base64
import http.client
import json
import os
import re
import secrets
import socket
import struct
import subprocess
import time

from program import PROGRAM

OPERATOR = "operator-" + secrets.token_hex(8)
VIEWER = "viewer-" + secrets.token_hex(8)


class Console:
    """`xingu console` as a process; ends with the `with` block."""

    def __init__(self, *arguments):
        command = [str(part) for part in (PROGRAM, "console", *arguments, "--port", "0", "--operator-token", OPERATOR,
                                          "--viewer-token", VIEWER)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.port = None
        self.lives = []
        for line in self.process.stdout:
            if found := re.search(r"operator: +\w+://127\.0\.0\.1:(\d+)/#token=", line):
                self.port = int(found[1])
                break
        if self.port is None:
            raise AssertionError("the console did not start: " + self.process.stderr.read())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self, kill=False):
        """Its exit code; asked politely, or by kill -9."""
        for live in self.lives:
            live.close()
        if self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
        self.process.communicate(timeout=30)
        return self.process.returncode

    def request(self, method, path, body=None, token=OPERATOR, client="", headers=None):
        """(status, decoded JSON) of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            sent = {"Authorization": f"Bearer {token}", "X-Xingu-Client": client, **(headers or {})}
            if body is not None:
                sent["Content-Type"] = "application/json"
            connection.request(method, path, body=None if body is None else json.dumps(body), headers=sent)
            answer = connection.getresponse()
            content = answer.read()
            is_json = answer.getheader("Content-Type", "").startswith("application/json")
            return answer.status, json.loads(content) if is_json else content
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def live(self, token=OPERATOR, **options):
        self.lives.append(Live(self.port, token, **options))
        return self.lives[-1]


class Live:
    """A WebSocket to a console: its schema, the newest frame by channel, and all texts."""

    def __init__(self, port, token=OPERATOR, receive_buffer=None, hears_schema=True):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                             f"Sec-WebSocket-Protocol: xingu.v1, token.{token}\r\n\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self._receive()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])
        if self.status != 101:
            raise ConnectionError(f"refused with {self.status}")
        self.texts = []
        self.frames = []
        self.beaten = 0.0  # when the last heartbeat was sent
        self.close_code = None
        if not hears_schema:
            return
        self.schema = self.wait_for(lambda message: message["type"] == "schema")
        self.names = [channel["name"] for channel in self.schema["channels"]]
        self.client = self.schema["client"]

    def _receive(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("the console closed the connection")
        self.buffer += data

    def send_raw(self, opcode, payload, is_final=True, is_masked=True):
        head = bytes([(0x80 if is_final else 0) | opcode])
        bit = 0x80 if is_masked else 0
        if len(payload) < 126:
            head += bytes([bit | len(payload)])
        elif len(payload) < 1 << 16:
            head += bytes([bit | 126]) + struct.pack(">H", len(payload))
        else:
            head += bytes([bit | 127]) + struct.pack(">Q", len(payload))
        if is_masked:
            mask = os.urandom(4)
            payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
            head += mask
        self.socket.sendall(head + payload)

    def send(self, **message):
        self.send_raw(1, json.dumps(message).encode())

    def _message(self):
        """(opcode, payload) of the next message; a close is noted."""
        while len(self.buffer) < 2:
            self._receive()
        length, at = self.buffer[1] & 0x7F, 2
        if length == 126:
            while len(self.buffer) < 4:
                self._receive()
            length, at = struct.unpack(">H", self.buffer[2:4])[0], 4
        elif length == 127:
            while len(self.buffer) < 10:
                self._receive()
            length, at = struct.unpack(">Q", self.buffer[2:10])[0], 10
        while len(self.buffer) < at + length:
            self._receive()
        opcode, payload = self.buffer[0] & 0xF, self.buffer[at:at + length]
        self.buffer = self.buffer[at + length:]
        if opcode == 8:
            self.close_code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
        return opcode, payload

    def until_closed(self):
        """Passes over all messages; returns the code with which the console closes, None where it only hangs up."""
        try:
            while self._message()[0] != 8:
                pass
        except (ConnectionError, struct.error):
            pass
        return self.close_code

    def read(self):
        """The next message: a dictionary, a frame (seq, t_s, values), or None when the console closes."""
        while True:
            opcode, payload = self._message()
            if opcode == 9:
                self.send_raw(10, payload)
            elif opcode == 8:
                return None
            elif opcode == 1:
                message = json.loads(payload)
                self.texts.append(message)
                return message
            elif opcode == 2:
                seq, count, t_s = struct.unpack_from("<IId", payload)
                frame = (seq, t_s, struct.unpack_from(f"<{count}f", payload, 16))
                self.frames.append(frame)
                return frame

    def wait_for(self, is_wanted, beats=False, limit_s=60.0):
        """The first text that is wanted; with `beats` the operator's heartbeat goes on meanwhile."""
        return self._wait(lambda one: isinstance(one, dict) and is_wanted(one), beats, limit_s)

    def wait_for_frame(self, is_wanted, beats=False, limit_s=60.0):
        """The first frame, as {channel: value}, that is wanted."""
        return dict(zip(self.names, self._wait(lambda one: isinstance(one, tuple) and
                                               is_wanted(dict(zip(self.names, one[2]))), beats, limit_s)[2]))

    def _wait(self, is_wanted, beats, limit_s):
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            if beats and time.monotonic() - self.beaten > 0.2:
                self.beaten = time.monotonic()
                self.send(type="heartbeat")
            message = self.read()
            if message is None:
                raise ConnectionError(f"closed with {self.close_code}")
            if is_wanted(message):
                return message
        raise AssertionError(f"not within {limit_s} s; the last texts were {self.texts[-5:]}")

    def close(self):
        self.socket.close()


class Operator:
    """A person at the console who has the seat."""

    def __init__(self, console):
        self.console = console
        self.live = console.live()
        self.live.send(type="claim")
        self.live.wait_for(lambda message: message["type"] == "seat" and message["granted"])
        info = console.get("/api/info")[1]
        self.identity = {"patient_id": info["patient"]["id"], "plan_label": info["plan"]["label"]}

    def ask(self, path, **body):
        return self.console.request("POST", "/api/" + path, body, client=self.live.client)

    def load(self, lost_console="hold", resume=False):
        return self.ask("session/load", **self.identity, lost_console=lost_console, resume=resume)

    def arm(self, **changes):
        following = self.console.get("/api/session")[1]["next"]
        restated = {key: following[key] for key in ("beam", "mu", "gantry_deg", "pitch_deg", "couch_deg")}
        return self.ask("session/arm", **{**self.identity, **restated, **changes})

    def confirm(self, arming, **changes):
        following = self.console.get("/api/session")[1]["next"]
        return self.ask("session/confirm", **{"arming": arming, "beam": following["beam"], "mu": following["mu"],
                                              **changes})

    def end(self):
        """Ends the session in whatever state it is, puts it away, and leaves the seat."""
        if self.ask("session/stop")[0] == 200:
            self.live.wait_for(lambda message: message.get("kind") == "session" and message["what"] == "ended", beats=True)
        status, answer = self.ask("session/close")
        assert status == 200, answer
        self.live.close()

    def wait_for_state(self, name, limit_s=60.0):
        return self.live.wait_for(lambda m: m["type"] == "event" and m["kind"] == "state" and m["state"] == name,
                                  beats=True, limit_s=limit_s)

    def deliver(self):
        """From nothing to beam on."""
        assert self.load()[0] == 200
        self.wait_for_state("ready")
        status, armed = self.arm()
        assert status == 200, armed
        status, confirmed = self.confirm(armed["arming"])
        assert status == 200, confirmed
        self.wait_for_state("beam on")
