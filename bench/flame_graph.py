#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A flame graph of a profile: what `perf script` prints, as one SVG without script.

    perf record -F 199 -e cpu-clock -g --call-graph dwarf,16384 -o perf.data PROGRAM …
    perf script -i perf.data -F comm,ip,sym | bench/flame_graph.py --from Transport --title "…" > flame.svg

Each box is a function, as wide as its share of the samples; what it called stands on it. Boxes of one parent are in
alphabetical order, so that two graphs of one program can be laid side by side. With --table, the share of the samples
by the innermost function that matches a line "NAME<TAB>REGULAR EXPRESSION" of a file.
"""

import argparse
import html
import re
import sys
import zlib

WIDTH, ROW, MARGIN, TOP = 1200.0, 17.0, 10.0, 34.0
NARROWEST = 0.3  # units: thinner boxes are left out
LETTER = 6.4     # width of a letter
KERNEL = "ffffffff"  # how addresses of the operating system begin: interrupts are no work of the program


class Box:
    """A function in one place of the call tree."""

    def __init__(self):
        self.samples = 0
        self.called = {}

    def add(self, stack):
        box = self
        box.samples += 1
        for name in stack:
            box = box.called.setdefault(name, Box())
            box.samples += 1

    def depth(self):
        return 1 + max((box.depth() for box in self.called.values()), default=0)


def short_name(symbol):
    """A C++ function without its arguments, templates, clones and our namespaces."""
    name = re.sub(r"\[clone [^]]*\]|\(anonymous namespace\)::|xingu::(mc::)?|\.(avx\w*|default|arch_\w+|constprop|isra|part)[.\d]*", "",
                  symbol)
    while True:
        shorter = re.sub(r"<[^<>]*>|\([^()]*\)", "", name)
        if shorter == name:
            return name.replace(" const", "").strip().split(" ")[-1] or symbol
        name = shorter


def read_stacks(lines):
    """Call stacks of `perf script -F comm,ip,sym`, outermost function first."""
    stack = []
    for line in lines:
        if not line.strip():
            if stack:
                yield stack[::-1]
            stack = []
        elif line[:1].isspace():
            address, _, symbol = line.strip().partition(" ")
            if not address.startswith(KERNEL):
                stack.append(short_name(symbol) if symbol else "[unknown]")
    if stack:
        yield stack[::-1]


def cut(stack, first):
    """The stack from the outermost function whose name holds `first` on; none if there is no such function."""
    for i, name in enumerate(stack):
        if first in name:
            return stack[i:]
    return []


def colour(name):
    """Warm, and the same for the same name in every graph."""
    hash_ = zlib.crc32(name.encode())
    return f"hsl({15 + hash_ % 36} {62 + (hash_ >> 8) % 20}% {66 + (hash_ >> 16) % 12}%)"


def draw(box, name, x, level, scale, total, rows):
    width = box.samples * scale
    if width < NARROWEST:
        return
    y = rows - (level + 1) * ROW
    share = f"{name}: {100 * box.samples / total:.1f} %"
    yield (f'<g><title>{html.escape(share)}</title><rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{ROW - 1:.0f}" '
           f'fill="{colour(name)}"/>')
    letters = int((width - 6) / LETTER)
    if letters >= 3:
        text = name if len(name) <= letters else name.rsplit("::", 1)[-1]
        text = text if len(text) <= letters else text[:letters - 1] + "…"
        yield f'<text x="{x + 3:.1f}" y="{y + 12:.1f}">{html.escape(text)}</text>'
    yield "</g>\n"
    for child in sorted(box.called):
        yield from draw(box.called[child], child, x, level + 1, scale, total, rows)
        x += box.called[child].samples * scale


def picture(root, title):
    rows = TOP + root.depth() * ROW
    scale = (WIDTH - 2 * MARGIN) / root.samples
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {rows + MARGIN:.0f}" font-family="monospace" '
           f'font-size="10.5">\n<rect width="100%" height="100%" fill="#fff"/>\n'
           f'<text x="{MARGIN}" y="20" font-size="14">{html.escape(title)} ({root.samples} samples)</text>\n')
    yield from draw(root, "all", MARGIN, 0, scale, root.samples, rows)
    yield "</svg>\n"


def table(stacks, groups):
    """Markdown rows of shares, largest first; `groups` are (name, compiled expression), tried from the innermost function."""
    counts = {}
    for stack in stacks:
        found = next((name for function in reversed(stack) for name, pattern in groups if pattern.search(function)), "the rest")
        counts[found] = counts.get(found, 0) + 1
    total = sum(counts.values())
    yield "| work | share |\n|---|---|\n"
    for name, count in sorted(counts.items(), key=lambda item: (item[0] == "the rest", -item[1])):
        yield f"| {name} | {100 * count / total:.0f} % |\n"


def read_groups(path):
    with open(path, encoding="utf-8") as lines:
        return [(name, re.compile(pattern)) for name, _, pattern in
                (line.rstrip("\n").partition("\t") for line in lines if line.strip() and not line.startswith("#"))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="first", default="", help="only stacks with this in a function's name, from there on")
    parser.add_argument("--title", default="", help="heading of the picture")
    parser.add_argument("--table", metavar="FILE", help="print shares by the groups of this file instead of a picture")
    options = parser.parse_args()
    stacks = [cut(stack, options.first) for stack in read_stacks(sys.stdin)]
    stacks = [stack for stack in stacks if stack]
    if not stacks:
        sys.exit("no samples on standard input (nothing can be drawn); give the output of perf script -F comm,ip,sym")
    if options.table:
        sys.stdout.writelines(table(stacks, read_groups(options.table)))
        return
    root = Box()
    for stack in stacks:
        root.add(stack)
    sys.stdout.writelines(picture(root, options.title))


if __name__ == "__main__":
    main()
