# SPDX-License-Identifier: Apache-2.0
"""Orthanc, a DICOM server, on loopback with a folder and ports of its own."""

import json
import pathlib
import shutil
import socket
import subprocess

TITLE = "ARCHIVE"


def find_orthanc():
    """Debian puts it where only administrators look."""
    return shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Orthanc:
    """A running server; stop() ends it."""

    def __init__(self, folder, **settings):
        self.port = free_port()
        folder = pathlib.Path(folder)
        folder.mkdir()
        configuration = {
            "Name": "Xingu's test", "StorageDirectory": str(folder / "objects"), "IndexDirectory": str(folder / "index"),
            "Plugins": [], "HttpServerEnabled": False, "DicomAet": TITLE, "DicomCheckCalledAet": True,
            "DicomPort": self.port, "DicomAlwaysAllowFind": True, "DicomAlwaysAllowGet": True, **settings}
        (folder / "orthanc.json").write_text(json.dumps(configuration), encoding="utf-8")
        self.process = subprocess.Popen([find_orthanc(), str(folder / "orthanc.json")], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, errors="replace", cwd=folder)
        log = []
        for line in self.process.stderr:
            log.append(line)
            if "Orthanc has started" in line:
                return
        raise RuntimeError("Orthanc did not start:\n" + "".join(log[-20:]))

    def address(self, title=TITLE):
        return f"{title}@127.0.0.1:{self.port}"

    def stop(self):
        self.process.terminate()
        self.process.communicate()
