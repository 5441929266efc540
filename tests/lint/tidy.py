# SPDX-License-Identifier: Apache-2.0
"""lint.tidy: clang-tidy-19 finds nothing in src and apps (.clang-tidy).

clang-tidy walks every declaration of the standard library's headers for each check, which is most of its time. The sources
of one folder that share their compiler flags are therefore checked as units that include many of them; sources that define
one name differently stand in different units. These are larger than those of the build (cmake/compile_units.py), and made more
boldly: what clashes after all is checked again apart.

A source that was clean is not checked again until it, one of our headers below it, the checks, its compile command or
clang-tidy itself changes: the hash of all of these is kept as an empty file in the user's cache, as ccache keeps objects,
and holds for every clone. What no run has asked for in 90 days is forgotten.
"""

import argparse
import concurrent.futures
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

import findings
from findings import Finding

TOOL = "clang-tidy-19"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
CHECKED = r".*/(src|apps)/.*\.(h|cpp)$"  # clang-tidy says nothing of other files that a unit includes
LARGEST_UNIT = 24
KEPT_S = 90 * 86400.0
COMPILE_ERROR = "clang-diagnostic-error"
DEFINITION = re.compile(  # at the start of a line: the layout that lint.format holds
    r"^(?!using|namespace|return|template|[/#}\s])(?:(?:class|struct|union|enum(?: class)?) (?P<type>\w+)"
    r"|[^=({;]*[\s&*>](?P<name>\w+)(?:\[[^\]]*\])*\s*(?:\((?P<parameters>[^)]*)|[={;]))")
COMPLAINT = re.compile(r"^(?P<path>/.+?):(?P<line>\d+):\d+: (?:error|warning): (?P<what>.*?)(?: \[(?P<check>[^\]]+)\])?$")


class Hashes:
    """Hash of a source with every header of ours that it includes, at any depth."""

    def __init__(self, root):
        self.root = root
        self._texts = {}

    def _text(self, path):
        if path not in self._texts:
            self._texts[path] = path.read_bytes() if path.is_file() else None
        return self._texts[path]

    def of(self, source):
        waiting, seen = [source], {source}
        while waiting:
            path = waiting.pop()
            for name in INCLUDE.findall((self._text(path) or b"").decode(errors="replace")):
                for candidate in (path.parent / name, self.root / "src" / name, self.root / "tests" / name):
                    if candidate not in seen and self._text(candidate) is not None:
                        seen.add(candidate)
                        waiting.append(candidate)
        digest = hashlib.sha256()
        for path in sorted(seen):
            digest.update(os.path.relpath(path, self.root).encode() + b"\0" + (self._text(path) or b"") + b"\0")
        return digest.hexdigest()


def compile_commands(build):
    """{source: command line} of the build folder; a unit's command is that of each source in it."""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["directory"], entry["file"]).resolve()
        command = entry.get("command") or shlex.join(entry["arguments"])
        parts = INCLUDE.findall(source.read_text()) if source.parent.name == "Unity" and source.is_file() else []
        commands.update({pathlib.Path(part): command.replace(str(source), part) for part in parts} or {source: command})
    return commands


def flags_of(command, source):
    """The compile command as words, without the source and what it writes."""
    words, kept = shlex.split(command), []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MT", "-MQ"):
            skip = True
        elif word not in ("-c", "-MD", "-MMD", str(source)):
            kept.append(word)
    return tuple(kept)


def defined_names(text):
    """(names of the source alone, names that others may share): what it defines in namespaces, functions with their types."""
    own, shared, is_own = set(), set(), False
    for line in text.splitlines():
        if line == "namespace {":
            is_own = True
        elif line == "}  // namespace":
            is_own = False
        match = DEFINITION.match(line)
        if match:
            name = match["type"] or match["name"]
            if match["parameters"] is not None:
                types = (parameter.split("=")[0].strip().rpartition(" ")[0] for parameter in match["parameters"].split(","))
                name += f"({', '.join(types)})"
            (own if is_own or line.startswith(("static ", "constexpr ")) else shared).add(name)
    return own, shared


class Clean:
    """The sources that were clean, as hashes: empty files in a folder."""

    def __init__(self, folder):
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for stamp in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another run may clear up beside this one
                if stamp.stat().st_mtime < time.time() - KEPT_S:
                    stamp.unlink()

    def __contains__(self, key):
        known = (self._folder / key).exists()
        if known:
            self.add(key)
        return known

    def add(self, key):
        (self._folder / key).touch()


def user_cache():
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "xingu" / "tidy"


class Unit:
    """Sources that can be compiled as one."""

    def __init__(self):
        self.sources, self._own, self._shared = [], set(), set()

    def takes(self, own, shared):
        return len(self.sources) < LARGEST_UNIT and not own & (self._own | self._shared) and not shared & self._own

    def add(self, source, own, shared):
        self.sources.append(source)
        self._own |= own
        self._shared |= shared


def units_of(due, commands):
    """[[source]]: the sources of a folder with equal flags, shared among as few units as their names allow."""
    alike, units = {}, []
    for source in due:
        text = source.read_text()
        if "hwy/foreach_target.h" in text:  # includes itself once for each instruction set
            units.append([source])
            continue
        group = alike.setdefault((source.parent, flags_of(commands[source], source)), [])
        names = defined_names(text)
        unit = next((unit for unit in group if unit.takes(*names)), None)
        if unit is None:
            unit = Unit()
            group.append(unit)
        unit.add(source, *names)
    return units + [unit.sources for group in alike.values() for unit in group]


def run_tool(folder, flags, sources, *options):
    """(exit code, standard output, standard error) of one unit."""
    if len(sources) == 1:
        checked = sources[0]
    else:
        name = hashlib.sha256("".join(map(str, sources)).encode()).hexdigest()[:16]
        checked = folder / f"{name}.cpp"
        checked.write_text("".join(f'#include "{source}"  // NOLINT(bugprone-suspicious-include)\n' for source in sources))
    # gcc's warnings are errors of the build already; clang's own are not asked for
    run = subprocess.run([TOOL, "--quiet", *options, str(checked), "--", *flags[1:], "-w", "-ferror-limit=0"],
                         capture_output=True, text=True, check=False)
    return run.returncode, run.stdout, run.stderr


def check(root, folder, flags, sources):
    """[(sources, findings)]: one entry for each unit that compiles; what clashes after all is checked apart."""
    options = (f"--config-file={root / '.clang-tidy'}", f"--header-filter={CHECKED}")
    found = parse(root, sources[0], *run_tool(folder, flags, sources, *options))
    places = {root / finding.path for finding in found if finding.why == COMPILE_ERROR}
    if len(sources) == 1 or not places:
        return [(sources, found)]
    apart = [source for source in sources if source in places]
    if not apart or len(apart) == len(sources):
        apart = sources[len(sources) // 2:]
    kept = [source for source in sources if source not in apart]
    return check(root, folder, flags, kept) + check(root, folder, flags, apart)


def parse(root, source, code, out, err):
    faults = []
    for line in out.splitlines():
        match = COMPLAINT.match(line)
        if match:
            path = os.path.relpath(match["path"], root)
            check = (match["check"] or "compiler").split(",")[0]
            faults.append(Finding(path, int(match["line"]), match["what"], check,
                                  "mend it, or write NOLINT(check) with the reason beside it"))
    if code != 0 and not faults:
        faults.append(Finding(os.path.relpath(source, root), 1, f"{TOOL} failed: {err.strip()[-400:]}",
                              "the file was not checked", "mend what it says"))
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2], type=pathlib.Path)
    parser.add_argument("--build", required=True, type=pathlib.Path, help="a configured build folder")
    parser.add_argument("--cache", default=user_cache(), type=pathlib.Path, help="a folder that remembers clean sources")
    parser.add_argument("--jobs", default=os.cpu_count() or 1, type=int)
    arguments = parser.parse_args()
    root, build = arguments.root.resolve(), arguments.build.resolve()

    tree = findings.Tree(root)
    commands = compile_commands(build)
    sources = [root / path for path in tree.code("src", "apps") if path.endswith(".cpp")]
    version = subprocess.run([TOOL, "--version"], capture_output=True, text=True, check=True).stdout
    common = version + (root / ".clang-tidy").read_text()
    clean = Clean(arguments.cache)
    hashes = Hashes(root)

    faults, keys = [], {}
    for source in sources:
        if source not in commands:
            faults.append(Finding(str(source.relative_to(root)), 1, "the file is in no target",
                                  "nothing compiles or checks it", "configure again, or remove the file"))
            continue
        flags = shlex.join(flags_of(commands[source], source)).replace(str(root), ".")
        key = hashlib.sha256((common + flags + hashes.of(source)).encode()).hexdigest()
        if key not in clean:
            keys[source] = key
    units = units_of(list(keys), commands)
    units.sort(key=lambda unit: -sum(source.stat().st_size for source in unit))  # long ones first: no core waits at the end
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        work = [pool.submit(check, root, pathlib.Path(folder), flags_of(commands[unit[0]], unit[0]), unit) for unit in units]
        for checked, found in (part for unit in work for part in unit.result()):
            faults.extend(found)
            for source in checked if not found else ():
                clean.add(keys[source])
    unique = list(dict.fromkeys(faults))
    sys.exit(findings.report(unique, f"{len(sources)} sources ({len(keys)} of them new or changed)"))


if __name__ == "__main__":
    main()
