# SPDX-License-Identifier: Apache-2.0
"""lint.self_test: each lint catches the fault that is planted for it, and passes what is right."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import docs
import findings
import format as layout
import layers
import names
import spdx
import words

HERE = pathlib.Path(__file__).resolve().parent
LAYERS = """[layers]
base =
dose = base
plan = dose base
apps = plan dose base
[libraries]
fmt/ = *
dcmtk/ = dicom
hwy/ = dose
nlohmann/json_fwd.hpp = *
nlohmann/json.hpp = *.cpp
"""


class Planted(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="xingu-lint-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.write("cmake/layers.txt", LAYERS)
        self.write("src/base/log.h", "#include <fmt/format.h>\n")
        self.write("src/dose/dose.h", "#include <vector>\n")

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def faults(self, module):
        return module.check(findings.Tree(self.root))[0]

    def assert_catches(self, module, path, line, part):
        """Exactly one finding, at path:line, with `part` in its sentence."""
        found = self.faults(module)
        self.assertEqual(len(found), 1, [str(fault) for fault in found])
        self.assertEqual((found[0].path, found[0].line), (path, line))
        self.assertIn(part, str(found[0]))

    # layers
    def test_an_include_downwards_passes(self):
        self.write("src/plan/plan.h", '#include "dose/dose.h"\n#include "base/log.h"\n#include <sys/stat.h>\n')
        self.assertEqual(self.faults(layers), [])

    def test_an_include_upwards_is_caught(self):
        self.write("src/plan/plan.h", "")
        self.write("src/base/log.cpp", '#include "base/log.h"\n\n#include "plan/plan.h"\n')
        self.assert_catches(layers, "src/base/log.cpp", 3, "base includes plan")

    def test_an_include_of_an_unknown_folder_is_caught(self):
        self.write("src/base/log.cpp", '#include "machine/arm.h"\n')
        self.assert_catches(layers, "src/base/log.cpp", 1, "src/machine")

    def test_a_folder_without_a_layer_is_caught(self):
        self.write("src/pump/rotor.h", "#include <vector>\n")
        self.assert_catches(layers, "src/pump/rotor.h", 1, "folder pump")

    def test_a_private_library_elsewhere_is_caught(self):
        self.write("src/plan/plan.cpp", "#include <dcmtk/config/osconfig.h>\n")
        self.assert_catches(layers, "src/plan/plan.cpp", 1, "private to dicom")

    def test_a_library_quoted_as_ours_is_caught(self):
        self.write("src/plan/plan.cpp", '#include "dcmtk/config/osconfig.h"\n')
        self.assert_catches(layers, "src/plan/plan.cpp", 1, "src/dcmtk")

    def test_a_heavy_header_passes_in_a_source_and_is_caught_in_a_header(self):
        self.write("src/plan/a.cpp", "#include <nlohmann/json.hpp>\n")
        self.assertEqual(self.faults(layers), [])
        self.write("src/plan/a.h", "#include <nlohmann/json_fwd.hpp>\n#include <nlohmann/json.hpp>\n")
        self.assert_catches(layers, "src/plan/a.h", 2, "in a header")

    def test_an_undeclared_library_is_caught(self):
        self.write("src/dose/gpu.cpp", "#include <boost/asio.hpp>\n")
        self.assert_catches(layers, "src/dose/gpu.cpp", 1, "no library")

    def test_an_edge_in_cmake_is_caught(self):
        self.write("src/dose/CMakeLists.txt", "# x\nxingu_library(dose LAYERS base plan PRIVATE hwy)\n")
        self.assert_catches(layers, "src/dose/CMakeLists.txt", 2, "dose links plan")

    # format
    def test_a_crooked_layout_is_caught(self):
        self.write(".clang-format", "BasedOnStyle: Google\n")
        self.write("src/dose/a.cpp", "int a() { return 1; }\nint  b( ){return 2;}\n")
        self.assert_catches(layout, "src/dose/a.cpp", 2, "layout")

    # spdx
    def test_a_missing_licence_line_is_caught(self):
        self.write("src/base/log.h", "// SPDX-License-Identifier: Apache-2.0\n")
        self.write("run", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n")
        self.write("src/dose/dose.h", "int a;\n")
        self.assert_catches(spdx, "src/dose/dose.h", 1, "no SPDX line")

    # names
    def test_an_empty_name_is_caught(self):
        self.write("src/dose/dose_utils.h", "")
        self.assert_catches(names, "src/dose/dose_utils.h", 1, "'utils'")

    def test_a_name_in_capitals_is_caught(self):
        self.write("src/dose/DoseGrid.h", "")
        self.assert_catches(names, "src/dose/DoseGrid.h", 1, "snake_case")

    # words
    def test_unfinished_work_is_caught(self):
        self.write("src/dose/a.cpp", "int a;\n// TODO: b\n")
        self.assert_catches(words, "src/dose/a.cpp", 2, "TODO")

    def test_a_path_of_one_machine_is_caught(self):
        self.write("README.md", "See /home/someone/data.\n")
        self.assert_catches(words, "README.md", 1, "/home/someone")

    def test_american_spelling_in_a_comment_is_caught(self):
        self.write("src/dose/a.cpp", 'const char* css = "text-align: center";\nint a;  // the center of it\n')
        self.assert_catches(words, "src/dose/a.cpp", 2, "centre")

    def test_american_spelling_in_a_raw_string_passes(self):
        self.write("src/dose/a.cpp", 'const char* css = R"css(\n// color: red; center\n)css";\n')
        self.assertEqual(self.faults(words), [])

    def test_american_spelling_in_a_name_is_caught(self):
        self.write("src/dose/a.cpp", "void optimize_fluence();\n")
        self.assert_catches(words, "src/dose/a.cpp", 1, "optimize_fluence")

    def test_american_spelling_of_a_library_passes(self):
        self.write("src/dose/a.cpp", "void a() { application->OptimizeTNLP(problem); }\n")
        self.assertEqual(self.faults(words), [])
        self.write("src/dose/a.cpp", "class DoseOptimizer {};\n")
        self.assert_catches(words, "src/dose/a.cpp", 1, "DoseOptimizer")

    def test_american_spelling_in_prose_is_caught_but_not_in_backticks(self):
        self.write("README.md", "`color` is CSS.\n```\ncenter\n```\nThe color.\n")
        self.assert_catches(words, "README.md", 5, "colour")

    # docs
    def test_a_dead_link_is_caught(self):
        self.write("docs/user/README.md", "[here](../../README.md) [gone](gone.md) [out](https://example.org)\n")
        self.write("README.md", "# Title\n")
        self.assert_catches(docs, "docs/user/README.md", 1, "gone.md")

    def test_a_dead_anchor_is_caught(self):
        self.write("README.md", "# A title, here\n[ok](#a-title-here)\n[no](#nowhere)\n")
        self.assert_catches(docs, "README.md", 3, "nowhere")

    def test_a_page_outside_its_index_is_caught(self):
        self.write("docs/methods/README.md", "[one](one.md)\n")
        self.write("docs/methods/one.md", "")
        self.write("docs/methods/two.md", "")
        self.assert_catches(docs, "docs/methods/two.md", 1, "does not link")

    def test_a_page_named_in_code_that_is_not_there_is_caught(self):
        self.write("docs/methods/README.md", "")
        self.write("src/dose/a.cpp", "// see docs/methods/README.md\n// and docs/methods/ccc.md\n")
        self.assert_catches(docs, "src/dose/a.cpp", 2, "docs/methods/ccc.md")

    # tidy
    def tidy(self, root=None):
        root = root or self.root
        return [sys.executable, "-B", str(HERE / "tidy.py"), "--root", str(root), "--build", str(root / "build"),
                "--cache", str(self.root / "clean")]

    def test_a_defect_is_caught_by_tidy_every_time_until_it_is_mended(self):
        self.write(".clang-tidy", (HERE.parents[1] / ".clang-tidy").read_text())
        self.write("src/dose/a.cpp", "int* a() { return 0; }\n")
        (self.root / "build").mkdir()
        source = self.root / "src/dose/a.cpp"
        (self.root / "build/compile_commands.json").write_text(
            f'[{{"directory": "{self.root}", "file": "{source}", "command": "c++ -std=c++20 -c {source}"}}]')
        run = self.tidy()
        for _ in range(2):
            outcome = subprocess.run(run, capture_output=True, text=True, check=False)
            self.assertEqual(outcome.returncode, 1, outcome.stdout + outcome.stderr)
            self.assertIn("src/dose/a.cpp:1: use nullptr", outcome.stdout)
        self.write("src/dose/a.cpp", "int* a() { return nullptr; }\n")
        outcome = subprocess.run(run, capture_output=True, text=True, check=False)
        self.assertEqual(outcome.returncode, 0, outcome.stdout + outcome.stderr)
        self.assertIn("(1 of them new or changed)", outcome.stdout)
        outcome = subprocess.run(run, capture_output=True, text=True, check=False)
        self.assertIn("(0 of them new or changed)", outcome.stdout)

    def test_what_was_clean_in_one_clone_is_not_checked_again_in_another(self):
        clones = [self.root / "one", self.root / "two"]
        for clone in clones:
            for path, text in ((".clang-tidy", (HERE.parents[1] / ".clang-tidy").read_text()), ("src/dose/a.h", "int a();\n"),
                               ("src/dose/a.cpp", '#include "dose/a.h"\nint a() { return 0; }\n')):
                self.write(clone / path, text)
            source = clone / "src/dose/a.cpp"
            self.write(clone / "build/compile_commands.json", json.dumps(
                [{"directory": str(clone), "file": str(source), "command": f"c++ -I{clone}/src -c {source}"}]))
        outcomes = [subprocess.run(self.tidy(clone), capture_output=True, text=True, check=False).stdout for clone in clones]
        self.assertIn("(1 of them new or changed)", outcomes[0])
        self.assertIn("(0 of them new or changed)", outcomes[1])
        self.write(clones[1] / "src/dose/a.h", "int a();\nint* b() { return 0; }\n")
        outcome = subprocess.run(self.tidy(clones[1]), capture_output=True, text=True, check=False)
        self.assertIn("src/dose/a.h:2: use nullptr", outcome.stdout)

    def test_sources_checked_as_one_unit_are_each_found_even_where_their_own_names_clash(self):
        self.write(".clang-tidy", (HERE.parents[1] / ".clang-tidy").read_text())
        sources = {
            "a": "#include \"a.h\"\nnamespace {\nint* own() { return 0; }\n}  // namespace\nint* a() { return own(); }\n",
            "b": "namespace {\nint own() { return 1; }\n}  // namespace\nint b() { return own(); }\n",
            "c": "struct wrong {};\nint c() { return 2; }\n",
            "d": "namespace {\nint\nown() { return 3; }\n}  // namespace\nint* d() { return 0 + own() == 3 ? 0 : nullptr; }\n",
        }
        self.write("src/dose/a.h", "inline int* above() { return 0; }\nint* a();\n")
        (self.root / "build").mkdir()
        entries = []
        for name, text in sources.items():
            source = self.root / f"src/dose/{name}.cpp"
            self.write(f"src/dose/{name}.cpp", text)
            entries.append({"directory": str(self.root), "file": str(source),
                            "command": f"c++ -std=c++20 -o {name}.o -c {source}"})
        (self.root / "build/compile_commands.json").write_text(json.dumps(entries))
        run = self.tidy()
        outcome = subprocess.run(run, capture_output=True, text=True, check=False)
        self.assertEqual(outcome.returncode, 1, outcome.stdout + outcome.stderr)
        for finding in ("src/dose/a.h:1: use nullptr", "src/dose/a.cpp:3: use nullptr", "src/dose/c.cpp:1: invalid case style",
                        "src/dose/d.cpp:5: use nullptr"):
            self.assertIn(finding, outcome.stdout)
        self.assertNotIn("src/dose/b.cpp", outcome.stdout)

    # the command line
    def test_a_finding_makes_the_exit_code_1_and_prints_where(self):
        self.write("src/dose/a.cpp", "// FIXME\n")
        outcome = subprocess.run([sys.executable, "-B", str(HERE / "words.py"), "--root", str(self.root)],
                                 capture_output=True, text=True, check=False)
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("src/dose/a.cpp:1: 'FIXME' (", outcome.stdout)


if __name__ == "__main__":
    unittest.main()
