# SPDX-License-Identifier: Apache-2.0
"""lint.layers: includes go downwards only, and third-party libraries stay in their folders (cmake/layers.txt)."""

import re
from pathlib import PurePosixPath

import findings
from findings import Finding

LAYERS_FILE = "cmake/layers.txt"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LAYERS_OF_CMAKE = re.compile(r"xingu_library\(\s*(\w+)([^)]*)\)")
# A standard C++ or C header has no folder and no suffix, or is one of these.
SYSTEM = re.compile(r"^(?:[a-z_0-9]+|(?:sys|netinet|arpa|linux)/\w+\.h|"
                    r"(?:unistd|fcntl|poll|stdlib|string|signal|malloc|dirent|errno|immintrin|pthread|sched)\.h)$")


def read_rules(tree):
    """({folder: allowed folders}, [(header prefix, allowed places)], findings), longest prefix first."""
    layers, libraries, faults = {}, [], []
    section = None
    for number, line in tree.lines(LAYERS_FILE):
        line = line.split("#")[0].strip()
        if not line:
            continue
        if line.startswith("["):
            section = line.strip("[]")
            continue
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or section not in ("layers", "libraries"):
            faults.append(Finding(LAYERS_FILE, number, f"'{line}' is not a rule", "nothing would check it",
                                  "write 'folder = folders' below [layers] or 'header/ = folders' below [libraries]"))
        elif section == "layers":
            layers[name] = set(value.split())
        else:
            libraries.append((name, set(value.split())))
    if not layers:
        faults.append(Finding(LAYERS_FILE, 1, "there are no [layers]", "nothing would be checked", "restore the file"))
    libraries.sort(key=lambda rule: -len(rule[0]))
    return layers, libraries, faults


def folder_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "src" else "apps"


def check_own(path, number, header, layers):
    """An include of one of our folders."""
    folder, target = folder_of(path), header.split("/")[0]
    if target not in layers:
        return Finding(path, number, f'"{header}": there is no folder src/{target} in {LAYERS_FILE}',
                       "its place among the layers is unknown",
                       f"write third-party headers in <angle brackets>, or give '{target}' its line")
    if target not in layers[folder] and target != folder:
        allowed = " ".join(sorted(layers[folder])) or "nothing"
        return Finding(path, number, f"{folder} includes {target} (\"{header}\")",
                       f"{folder} may include only {allowed}, so that the layers stay a direction",
                       "pass what is needed as a value, or move the code to the layer that owns it")
    return None


def check_library(path, number, header, libraries):
    """An include in angle brackets."""
    if SYSTEM.match(header):
        return None
    for prefix, places in libraries:
        if header.startswith(prefix):
            is_source = path.endswith(".cpp")
            if "*" in places or folder_of(path) in places or ("*.cpp" in places and is_source):
                return None
            where = " and ".join(sorted(places))
            if places == {"*.cpp"}:
                return Finding(path, number, f"<{header}> in a header", "it costs seconds in every unit that includes it",
                               "include it in the .cpp only")
            return Finding(path, number, f"<{header}> in {folder_of(path)}", f"this library is private to {where}",
                           f"reach it through the interface of {where}")
    return Finding(path, number, f"<{header}> is of no library in {LAYERS_FILE}", "every dependency is a decision",
                   "do without it, or add its line there, its package to packages.txt and its reason to docs/decisions")


def check_cmake(tree, layers):
    """The LAYERS that a folder links are edges too."""
    for path in tree.paths:
        if not re.fullmatch(r"src/\w+/CMakeLists\.txt", path):
            continue
        match = LAYERS_OF_CMAKE.search(tree.text(path) or "")
        if match is None:
            continue
        folder, rest = match.group(1), match.group(2)
        line = tree.text(path)[:match.start()].count("\n") + 1
        linked = re.search(r"LAYERS((?:\s+[a-z_]+)*)", rest)
        for target in linked.group(1).split() if linked else []:
            if folder not in layers or target not in layers[folder]:
                yield Finding(path, line, f"{folder} links {target}", f"that edge is not in {LAYERS_FILE}",
                              "link only what the folder may include")


def check(tree):
    layers, libraries, faults = read_rules(tree)
    paths = tree.code("src", "apps")
    for path in paths:
        folder = folder_of(path)
        if folder not in layers:
            faults.append(Finding(path, 1, f"the folder {folder} is not in {LAYERS_FILE}",
                                  "nothing says what it may include", "add its line"))
            continue
        for number, line in tree.lines(path):
            match = INCLUDE.match(line)
            if match is None:
                continue
            kind, header = match.groups()
            fault = None
            if kind == "<":
                fault = check_library(path, number, header, libraries)
            elif "/" in header:
                fault = check_own(path, number, header, layers)
            elif not (PurePosixPath(path).parent / header).as_posix() in tree.paths:
                fault = Finding(path, number, f'"{header}" is no file beside this one', "it names no layer",
                                'write "folder/file.h" for our headers and <file.h> for others')
            if fault is not None:
                faults.append(fault)
    faults.extend(check_cmake(tree, layers))
    return faults, f"the includes of {len(paths)} files"


if __name__ == "__main__":
    findings.main(check, __doc__)
