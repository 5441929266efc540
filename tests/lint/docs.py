# SPDX-License-Identifier: Apache-2.0
"""lint.docs: links in Markdown and pages named in code lead somewhere, and every page of docs is in its index."""

import re
from pathlib import PurePosixPath
from urllib.parse import unquote

import findings
from findings import Finding

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|<img[^>]*\ssrc=\"([^\"]+)\"|"
                  r"^\[[^\]]+\]:\s*(\S+)")
NAMED_PAGE = re.compile(r"(?<![\w/.])docs/[\w\-/]+\.md")
CODE_SUFFIXES = {".h", ".cpp", ".toml", ".cmake", ".txt"}
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
INDEXES = {"docs/methods": "docs/methods/README.md", "docs/decisions": "docs/decisions/README.md",
           "docs/user": "docs/user/README.md"}


def prose(tree, path):
    """(number, line) of the lines outside code fences, with code spans blanked."""
    is_fenced = False
    for number, line in tree.lines(path):
        if line.lstrip().startswith(("```", "~~~")):
            is_fenced = not is_fenced
        elif not is_fenced:
            yield number, re.sub(r"`[^`]*`", "", line)


def anchors(tree, path):
    """The anchors of a page's headings, as code hosts make them."""
    result, seen = set(), {}
    is_fenced = False
    for _, line in tree.lines(path):
        if line.lstrip().startswith("```"):
            is_fenced = not is_fenced
        match = None if is_fenced else HEADING.match(line)
        if match:
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match.group(1)).lower()
            slug = re.sub(r"[^\w\- ]", "", text).strip().replace(" ", "-")
            count = seen.get(slug, 0)
            seen[slug] = count + 1
            result.add(slug if count == 0 else f"{slug}-{count}")
    return result


def normalise(folder, target):
    """`target` as seen from `folder`, relative to the root; None if it leaves the tree."""
    parts = []
    for part in (folder / target).parts:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def check(tree):
    faults, num_links = [], 0
    pages = [path for path in tree.paths if path.endswith(".md")]
    reached = {}
    folders = {str(parent) for path in tree.paths for parent in PurePosixPath(path).parents}
    for page in pages:
        for number, line in prose(tree, page):
            for match in LINK.finditer(line):
                link = next(group for group in match.groups() if group)
                if re.match(r"[a-z][a-z0-9+.\-]*:", link):
                    continue
                num_links += 1
                name, _, anchor = unquote(link).partition("#")
                target = normalise(PurePosixPath(page).parent, name) if name else page
                reached.setdefault(page, set()).add(target)
                if target is None or (target not in tree.paths and target.rstrip("/") not in folders):
                    faults.append(Finding(page, number, f"the link '{link}' leads nowhere", "a reader would be lost",
                                          "correct the path, which is relative to this page"))
                elif anchor and target.endswith(".md") and anchor not in anchors(tree, target):
                    faults.append(Finding(page, number, f"'{link}': the page has no heading for '#{anchor}'",
                                          "a reader would land at its top", "correct the anchor"))
    for path in tree.paths:
        if PurePosixPath(path).suffix not in CODE_SUFFIXES:
            continue
        for number, line in tree.lines(path):
            for match in NAMED_PAGE.finditer(line):
                if match.group() not in tree.paths:
                    faults.append(Finding(path, number, f"there is no page {match.group()}", "a reader would be lost",
                                          "write the page, or name the one that says it"))
    for folder, index in INDEXES.items():
        for page in pages:
            if str(PurePosixPath(page).parent) == folder and page != index and page not in reached.get(index, set()):
                faults.append(Finding(page, 1, f"{index} does not link this page", "nobody would find it",
                                      f"add a line for it to {index}"))
    return faults, f"{num_links} links of {len(pages)} pages"


if __name__ == "__main__":
    findings.main(check, __doc__)
