# SPDX-License-Identifier: Apache-2.0
"""Which sources of a target can be compiled as one: what CMake asks when it builds by units.

Most of the time of a build goes to the headers that each source reads, and to the templates that each makes from them; a
unit of several sources does that once. Sources of one unit see each other's names. So none of them may hold a word that
another defines for itself alone (in a namespace without a name, as `static`, by `using` or `#define`): then each means what
it means alone. A source that opens a whole namespace, or includes itself, stands alone.

    compile_units.py --largest 8 SOURCE...      prints UNIT<tab>SOURCE, a line each
"""

import argparse
import pathlib
import re
import sys

DEFINITION = re.compile(  # at the start of a line: the layout that lint.format holds
    r"^(?!namespace|return|template|[/#}\s])(?:(?:class|struct|union|enum(?: class)?) (?P<type>\w+)"
    r"|using (?P<alias>\w+) ="
    r"|[^=({;]*[\s&*>](?P<name>\w+)(?:\[[^\]]*\])*\s*(?:\([^)]*\)?|[={;]))")
ALONE = re.compile(r"^using namespace|hwy/foreach_target\.h|^extern \"C\"", re.M)
LINE_COMMENT = re.compile(r"//[^\n]*")
WORD = re.compile(r"[A-Za-z_]\w*")


def own_names(text):
    """The names that a source defines for itself alone."""
    own, is_own = set(), False
    for line in text.splitlines():
        if line == "namespace {":
            is_own = True
        elif line.startswith("}  // namespace"):
            is_own = False
        elif line.startswith("#define "):
            own.update(WORD.findall(line)[1:2])
        match = DEFINITION.match(line)
        if match and (is_own or match["alias"] or line.startswith(("static ", "constexpr "))):
            own.add(match["type"] or match["alias"] or match["name"])
    return own


class Unit:
    """Sources that can be compiled as one."""

    def __init__(self, largest):
        self.sources, self._largest, self._own, self._words, self._is_closed = [], largest, set(), set(), False

    def takes(self, own, words, alone):
        return not (self._is_closed or alone or len(self.sources) >= self._largest or own & self._words or words & self._own)

    def add(self, source, own, words, alone):
        self.sources.append(source)
        self._own |= own
        self._words |= words
        self._is_closed |= alone


def units_of(sources, largest):
    """[[source]]: the sources, in their order, shared among as few units of at most `largest` as their names allow."""
    units = []
    for source in sources:
        text = source.read_text(errors="replace")
        names = own_names(text), set(WORD.findall(LINE_COMMENT.sub("", text))), ALONE.search(text) is not None
        unit = next((unit for unit in units if unit.takes(*names)), None)
        if unit is None:
            unit = Unit(largest)
            units.append(unit)
        unit.add(source, *names)
    return [unit.sources for unit in units]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", required=True, type=int, help="the most sources of a unit")
    parser.add_argument("sources", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    for index, unit in enumerate(units_of(arguments.sources, arguments.largest)):
        for source in unit:
            sys.stdout.write(f"{index}\t{source}\n")


if __name__ == "__main__":
    main()
