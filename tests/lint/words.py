# SPDX-License-Identifier: Apache-2.0
"""lint.words: nothing is left for later, no path of one person's machine, British spelling in prose and comments."""

import re
from pathlib import PurePosixPath

import findings
from findings import Finding

OWN_PATHS = ("tests/lint/words.py", "tests/lint/self_test.py")  # these two must name what they forbid
DATA_SUFFIXES = {".csv", ".json", ".txt", ".dat", ".mha", ".urdf", ".svg", ".obj"}
PROSE_SUFFIXES = {".md", ".toml"}

UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|TBD)\b|\bfor now\b|\bplaceholder\b|\bnot (?:yet )?implemented\b", re.I)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|root|work|workspace|Users|tmp)/\w[\w.\-]*")

# American → British, as whole words with their endings. Names of other people's interfaces (normalize(), CSS color) are
# no prose: code and code spans are not read, only comments and text.
SPELLINGS = [(re.compile(rf"\b{american}\b", re.I), british) for american, british in [
    (r"colors?", "colour"), (r"colored", "coloured"), (r"centers?", "centre"), (r"centered", "centred"),
    (r"isocenters?", "isocentre"), (r"optimiz\w+", "optimise"), (r"initializ\w+", "initialise"),
    (r"normaliz\w+", "normalise"), (r"discretiz\w+", "discretise"), (r"parametriz\w+", "parametrise"),
    (r"linearz\w+", "linearise"), (r"minimiz\w+", "minimise"), (r"maximiz\w+", "maximise"),
    (r"randomiz\w+", "randomise"), (r"regulariz\w+", "regularise"), (r"serializ\w+", "serialise"),
    (r"recogniz\w+", "recognise"), (r"organiz\w+", "organise"), (r"summariz\w+", "summarise"),
    (r"visualiz\w+", "visualise"), (r"vectoriz\w+", "vectorise"), (r"parallelize\w*", "parallelise"),
    (r"penaliz\w+", "penalise"), (r"utiliz\w+", "use"), (r"rasteriz\w+", "rasterise"), (r"specializ\w+", "specialise"),
    (r"synchroniz\w+", "synchronise"), (r"customiz\w+", "customise"), (r"behaviors?", "behaviour"),
    (r"neighbors?", "neighbour"), (r"neighboring", "neighbouring"), (r"fibers?", "fibre"), (r"millimeters?", "millimetre"),
    (r"centimeters?", "centimetre"), (r"kilometers?", "kilometre"), (r"meters", "metres"), (r"liters?", "litre"),
    (r"analyz\w+", "analyse"), (r"modeling", "modelling"), (r"modeled", "modelled"), (r"labeled", "labelled"),
    (r"labeling", "labelling"), (r"canceled", "cancelled"), (r"canceling", "cancelling"), (r"traveled", "travelled"),
    (r"traveling", "travelling"), (r"catalogs?", "catalogue"), (r"tumors?", "tumour"), (r"favor\w*", "favour"),
    (r"honor(?:ed|s|ing)?", "honour"), (r"vapor", "vapour"), (r"esophag(?:us|eal)", "oesophagus"), (r"anesthe\w+", "anaesthe…"),
    (r"hemo(?:globin|dynamics?)", "haemo…"), (r"leukemia", "leukaemia"), (r"defense", "defence"), (r"skeptic\w*", "sceptic"),
    (r"fulfill", "fulfil"), (r"artifacts?", "artefact"), (r"aluminum", "aluminium")]]
# In our own identifiers only the words that no interface of others puts there.
IDENTIFIERS = re.compile(r"\b\w*(?:isocenter|optimiz(?:e|er|ation)|neighbor|behavior)\w*\b", re.I)

COMMENT_OR_STRING = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)


def blank(text):
    """The same number of lines, and nothing else."""
    return re.sub(r"[^\n]", " ", text)


def split_code(text):
    """(comments, code without strings), each with the line numbers of the whole."""
    comments = re.sub(r"[^\n]", " ", text)
    code = text
    for match in COMMENT_OR_STRING.finditer(text):
        begin, end = match.span()
        code = code[:begin] + blank(match.group()) + code[end:]
        if match.group("comment") is not None:
            comments = comments[:begin] + match.group() + comments[end:]
    return comments, code


def prose_of(path, text):
    """The part of a file that people wrote for people, line for line."""
    pure = PurePosixPath(path)
    if pure.suffix in (".h", ".cpp"):
        prose = split_code(text)[0]
    elif pure.suffix == ".md":
        prose = re.sub(r"^```.*?^```", lambda match: blank(match.group()), text, flags=re.S | re.M)
        prose = re.sub(r"\]\([^)]*\)", lambda match: blank(match.group()), prose)
    elif pure.suffix in (".py", ".sh", ".toml", ".cmake") or pure.name == "CMakeLists.txt":
        prose = "\n".join(line[line.index("#"):] if "#" in line else "" for line in text.split("\n"))
    else:
        return ""
    prose = re.sub(r"https?://\S+", lambda match: blank(match.group()), prose)
    prose = re.sub(r"\"[^\"\n]*\"", lambda match: blank(match.group()), prose)  # titles and names in quotation marks
    return re.sub(r"`[^`\n]*`", lambda match: blank(match.group()), prose)


def check_spelling(path, text):
    for number, line in enumerate(prose_of(path, text).split("\n"), start=1):
        for pattern, british in SPELLINGS:
            for match in pattern.finditer(line):
                yield Finding(path, number, f"'{match.group()}'", "the project writes British English",
                              f"spell it after '{british}', or put a name of others in backticks or quotation marks")


def check_identifiers(path, text):
    code = "\n".join("" if line.lstrip().startswith("#") else line for line in split_code(text)[1].split("\n"))
    for number, line in enumerate(code.split("\n"), start=1):
        for match in IDENTIFIERS.finditer(line):
            is_call_in_capitals = match.group()[0].isupper() and line[match.end():match.end() + 1] in ("(", "<")
            if is_call_in_capitals:  # our functions begin in lower case: this one belongs to a library
                continue
            yield Finding(path, number, f"the name '{match.group()}'", "names are spelt as prose is, in British English",
                          "rename it")


def check(tree):
    faults, num_checked = [], 0
    for path in tree.paths:
        text = tree.text(path)
        suffix = PurePosixPath(path).suffix
        is_data = suffix in DATA_SUFFIXES and PurePosixPath(path).name != "CMakeLists.txt"
        if text is None or path in OWN_PATHS or path == "LICENSE" or is_data:
            continue
        num_checked += 1
        for number, line in tree.lines(path):
            for match in UNFINISHED.finditer(line):
                faults.append(Finding(path, number, f"'{match.group()}'", "unfinished work is not kept in files",
                                      "finish it, or write the limit down as a fact"))
            for match in MACHINE_PATHS.finditer(line):
                faults.append(Finding(path, number, f"'{match.group()}' is a path of one machine", "it is nowhere else",
                                      "give a path relative to the tree, or ask the system for its folder"))
        faults.extend(check_spelling(path, text))
        if suffix in (".h", ".cpp"):
            faults.extend(check_identifiers(path, text))
    return faults, f"the words of {num_checked} files"


if __name__ == "__main__":
    findings.main(check, __doc__)
