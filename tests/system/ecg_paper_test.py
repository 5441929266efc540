# SPDX-License-Identifier: Apache-2.0
"""The report's paper as it is printed: lines, pulse and waves of the PDF are measured, and every lead is looked for."""

import math
import re
import unittest
import zlib

from program import SystemTest, run

MM = 25.4 / 72  # of a point
FINE, COARSE, INK = (0xf6d5d5, 0xe7a3a3, 0x101820)  # colours of the lines of 1 and 5 mm, and of the traces
TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def streams(pdf):
    """What the compressed streams of a PDF hold."""
    for found in re.finditer(rb"stream\r?\n", pdf):
        if pdf[:found.start()].endswith(b"end"):
            continue
        try:
            yield zlib.decompressobj().decompress(pdf[found.end():])
        except zlib.error:
            pass


def multiplied(inner, outer):
    (a, b, c, d, e, f), (g, h, i, j, k, m) = inner, outer
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def strokes(content):
    """[(colour, [(x mm, y mm up)])] of every line that a page draws."""
    state, saved, numbers, paths, drawn = {"matrix": (1, 0, 0, 1, 0, 0), "colour": 0}, [], [], [], []
    text = re.sub(r"\((?:\\.|[^\\)])*\)|<[0-9A-Fa-f]*>|\[[^]]*\]", " 0 ", content)
    for word in text.split():
        if re.fullmatch(r"[-+]?\d*\.?\d+", word):
            numbers.append(float(word))
            continue
        if word == "q":
            saved.append(dict(state))
        elif word == "Q":
            state = saved.pop()
        elif word == "cm":
            state["matrix"] = multiplied(tuple(numbers[-6:]), state["matrix"])
        elif word == "RG":
            red, green, blue = (round(255 * part) for part in numbers[-3:])
            state["colour"] = red << 16 | green << 8 | blue
        elif word in ("m", "l"):
            (x, y), (a, b, c, d, e, f) = numbers[-2:], state["matrix"]
            if word == "m":
                paths.append([])
            paths[-1].append(((a * x + c * y + e) * MM, (b * x + d * y + f) * MM))
        elif word == "S":
            drawn += [(state["colour"], path) for path in paths]
            paths = []
        elif word in ("n", "f", "f*"):
            paths = []
        numbers = []
    return drawn


def extent(values):
    return max(values) - min(values)


class EcgPaper(SystemTest):
    def write_leads(self, name, leads, peaks_s=(), seconds=10, rate=500):
        """Peaks of 1 mV, 40 ms wide at their foot, on each lead."""
        rows = []
        for i in range(seconds * rate):
            height = max([0.0] + [1.0 - abs(i / rate - peak) / 0.02 for peak in peaks_s])
            rows.append(",".join([f"{i / rate:.3f}"] + [f"{height:.3f}"] * len(leads)))
        head = f"# rate_Hz: {rate}\ntime_s," + ",".join(f"{lead} [mV]" for lead in leads)
        (self.folder / name).write_text("\n".join([head, *rows]) + "\n")

    def pages(self, folder):
        pdf = (self.folder / folder / "report.pdf").read_bytes()
        self.assertNotIn(b"UserUnit", pdf)
        found = [strokes(content.decode("latin-1")) for content in streams(pdf) if b" RG" in content]
        return pdf, [page for page in found if any(colour == COARSE for colour, _ in page)]

    def assert_grid(self, page):
        lines = [path for colour, path in page if colour in (FINE, COARSE)]
        upright = sorted({round(path[0][0], 3) for path in lines if extent([x for x, _ in path]) < 0.01})
        level = sorted({round(path[0][1], 3) for path in lines if extent([y for _, y in path]) < 0.01})
        for places, number in ((upright, 265), (level, 150)):
            places = [place for place, last in zip(places, [-1] + places) if place - last > 0.1]
            self.assertEqual(len(places), number + 1)
            for place, following in zip(places, places[1:]):
                self.assertAlmostEqual(following - place, 1.0, delta=0.005)
            self.assertAlmostEqual(places[-1] - places[0], number, delta=0.005 * number / 10)

    def pulses(self, page):
        """(height, width) of each calibration pulse, mm."""
        steps = [path for colour, path in page if colour == INK and len(path) == 6 and extent([x for x, _ in path]) < 10]
        return [(path[2][1] - path[1][1], path[3][0] - path[2][0]) for path in steps]

    def test_the_printed_paper_is_true_to_scale(self):
        self.write_leads("two.csv", ["II", "V1"], (2.0, 8.0))
        self.succeed("ecg", "report", "two.csv", "--out", "scale", "--from-s", "0")
        pdf, pages = self.pages("scale")
        for box in re.findall(rb"/MediaBox\s*\[([^]]*)\]", b"\n".join([pdf, *streams(pdf)])):
            left, low, right, high = (float(side) * MM for side in box.split())
            self.assertAlmostEqual(right - left, 297.0, delta=0.1)
            self.assertAlmostEqual(high - low, 210.0, delta=0.1)
        self.assertEqual(len(pages), 1)
        self.assert_grid(pages[0])
        pulses = self.pulses(pages[0])
        self.assertEqual(len(pulses), 2)
        for height, width in pulses:
            self.assertAlmostEqual(height, 10.0, delta=0.05)
            self.assertAlmostEqual(width, 5.0, delta=0.025)
        traces = [path for colour, path in pages[0] if colour == INK and extent([x for x, _ in path]) > 200]
        self.assertEqual(len(traces), 2)
        for trace in traces:
            foot, top = trace[0][1], max(y for _, y in trace)
            peaks = [x for x, y in trace if y > top - 0.05]
            self.assertAlmostEqual(top - foot, 10.0, delta=0.05)
            self.assertAlmostEqual(peaks[-1] - peaks[0], 6 * 25.0, delta=0.005 * 150)
            self.assertAlmostEqual(peaks[0] - trace[0][0], 2 * 25.0, delta=0.005 * 50)
            self.assertAlmostEqual(extent([x for x, _ in trace]), 9.998 * 25.0, delta=0.005 * 250)

    def test_a_pulse_tells_the_scale_of_a_paper_with_large_waves(self):
        self.succeed("ecg", "phantom", "large.csv")
        self.succeed("ecg", "report", "large.csv", "--out", "usual")
        lines = (self.folder / "large.csv").read_text().splitlines()
        first = next(i for i, line in enumerate(lines) if line and not line.startswith("#")) + 1
        for i in range(first, len(lines)):
            time, *heights = lines[i].split(",")
            lines[i] = ",".join([time] + [str(3 * float(height)) for height in heights])
        (self.folder / "large.csv").write_text("\n".join(lines) + "\n")
        self.succeed("ecg", "report", "large.csv", "--out", "reduced")
        text = run(["pdftotext", "-layout", self.folder / "reduced/report.pdf", "-"]).stdout
        told = float(re.search(r"25 mm/s · ([\d.]+) mm/mV \(reduced", text).group(1))
        self.assertLess(told, 10)
        for folder, scale in (("usual", 10.0), ("reduced", told)):
            pulses = self.pulses(self.pages(folder)[1][0])
            self.assertEqual(len(pulses), 4)
            for height, width in pulses:
                self.assertAlmostEqual(height, scale, delta=0.005 * scale)
                self.assertAlmostEqual(width, 5.0, delta=0.025)

    def test_each_lead_is_in_the_pdf_and_in_the_html_and_each_of_the_twelve_that_is_not_is_named(self):
        self.need("pdftotext")
        beats = [0.5 + 0.8 * i for i in range(12)]
        further = ("V7", "V8", "V9", "V3R", "V4R", "V5R", "V6R", "MLII", "MLI")
        for leads in (TWELVE[:1], TWELVE[:3] + TWELVE[6:11], TWELVE[:10], TWELVE[:11], TWELVE[1:], TWELVE + further[:3],
                      TWELVE[:11] + further, further + TWELVE[6:]):
            with self.subTest(leads=leads):
                self.write_leads("some.csv", leads, beats)
                self.succeed("ecg", "report", "some.csv", "--out", "some")
                words = run(["pdftotext", self.folder / "some/report.pdf", "-"]).stdout.split("\n")
                html = re.findall(r"<text[^>]*>([^<]*)</text>", (self.folder / "some/report.html").read_text())
                pages = self.pages("some")[1]
                computed = {lead for lead in TWELVE[:6] if lead in html} - set(leads)
                drawn = list(leads) + sorted(computed)
                among = set(drawn) & set(TWELVE)
                is_usual = len(among) >= 9
                for said in (words, html):
                    for lead in drawn:
                        self.assertIn(lead, said)
                    missing = [f"{lead} not recorded" for lead in TWELVE if lead not in drawn] if is_usual else []
                    self.assertEqual(sorted(word for word in said if " not recorded" in word), sorted(missing))
                for page in pages:
                    self.assert_grid(page)
                traces = [path for page in pages for colour, path in page
                          if colour == INK and extent([x for x, _ in path]) > 20]
                self.assertEqual(len(traces), len(drawn) + (1 if is_usual else 0))
                num_further = len(drawn) - (len(among) if is_usual else 8)
                self.assertEqual(len(pages), 1 + math.ceil(max(0, num_further) / 8))


if __name__ == "__main__":
    unittest.main()
