# SPDX-License-Identifier: Apache-2.0
"""ECG commands as a person runs them: a phantom through every format and back, biosig as an independent reader, the report."""

import json
import math
import re
import struct
import subprocess
import unittest
import xml.etree.ElementTree as ET

from program import SystemTest, run

SUFFIXES = ("hea", "edf", "bdf", "scp", "xml", "dcm", "csv")


def table(text):
    """Columns of numbers of a written CSV, by heading."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    heads = lines[0].split(",")
    rows = [line.split(",") for line in lines[1:]]
    return {head.split(" ")[0]: [float(row[i]) for row in rows] for i, head in enumerate(heads)}


def edf(path, signals):
    """Writes an EDF of one record of ten seconds; a signal is label, unit, rate in Hz and values, to 0.1 of the unit."""
    def column(values, width):
        return "".join(str(value).ljust(width)[:width] for value in values)

    count = len(signals)
    head = column(["0"], 8) + column(["X X X X", "Startdate X X X X"], 80) + "01.01.20" + "10.00.00"
    head += column([256 * (count + 1)], 8) + column([""], 44) + column([1, 10], 8) + column([count], 4)
    head += column([label for label, *_ in signals], 16) + column([""] * count, 80)
    head += column([unit for _, unit, *_ in signals], 8)
    for limit in (-3276.8, 3276.7, -32768, 32767):
        head += column([limit] * count, 8)
    head += column([""] * count, 80) + column([10 * rate for _, _, rate, _ in signals], 8) + column([""] * count, 32)
    samples = b"".join(struct.pack("<h", round(10 * value)) for *_, values in signals for value in values)
    path.write_bytes(head.encode("ascii") + samples)


class Ecg(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.succeed("ecg", "phantom", "p.csv", "--seed", "5", "--pvc-share", "0.1")
        cls.reference = table((cls.folder / "p.csv").read_text())

    def assert_same_voltages(self, path, tolerance_mv=1e-6):
        facts = json.loads(self.succeed("ecg", "inspect", path, "--json"))
        scale = {s["label"]: 1e-3 if s["unit"] == "uV" else 1.0 for s in facts["signals"]}
        self.succeed("ecg", "convert", path, "back.csv")
        back = table((self.folder / "back.csv").read_text())
        for lead in ("I", "II", "V1", "V6"):
            self.assertGreaterEqual(len(back[lead]), len(self.reference[lead]))
            worst = max(abs(a - b * scale[lead]) for a, b in zip(self.reference[lead], back[lead]))
            self.assertLessEqual(worst, tolerance_mv, f"{path} {lead}")

    def test_every_format_gives_the_same_voltages(self):
        for suffix in SUFFIXES:
            with self.subTest(suffix):
                self.succeed("ecg", "convert", "p.csv", f"p1.{suffix}")
                self.assert_same_voltages(f"p1.{suffix}")

    def test_biosig_reads_the_same_voltages(self):
        self.need("save2gdf")
        for suffix in ("edf", "bdf", "scp", "xml"):
            with self.subTest(suffix):
                self.succeed("ecg", "convert", "p.csv", f"b.{suffix}")
                (self.folder / "biosig.edf").unlink(missing_ok=True)
                outcome = run(["save2gdf", "-f=EDF", f"b.{suffix}", "biosig.edf"], folder=self.folder)
                self.assertEqual(outcome.returncode, 0, outcome.stderr)
                self.assert_same_voltages("biosig.edf", tolerance_mv=1.1e-3)  # one step

    def test_biosig_reads_an_aecg_in_which_all_is_said(self):
        self.need("save2gdf")
        facts = "# id: S 1\n# name: Müller\n# sex: F\n# born: 1953-05-08\n# start: 2002-11-22T09:10:00\n"
        filters = "# prefilter: HP:0.05Hz LP:150Hz N:50Hz\n# Smoker: no\n# mark: 100 0.5 artefact\n"
        (self.folder / "said.csv").write_text(facts + filters + (self.folder / "p.csv").read_text())
        self.succeed("ecg", "convert", "said.csv", "said.xml")
        outcome = run(["save2gdf", "-f=EDF", "said.xml", "said.edf"], folder=self.folder)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assert_same_voltages("said.edf", tolerance_mv=1.1e-3)
        read = json.loads(self.succeed("ecg", "inspect", "said.edf", "--json"))
        self.assertEqual((read["subject"]["id"], read["start_date"]), ("S 1", "2002-11-22"))

    def test_the_dicom_object_is_valid(self):
        self.succeed("ecg", "convert", "p.csv", "v.dcm")
        self.assert_valid_dicom(self.folder / "v.dcm")

    def test_what_cannot_be_read_or_written_is_refused(self):
        (self.folder / "nothing.scp").write_text("no ECG")
        self.assert_refused(self.xingu("ecg", "inspect", "nothing.scp"), "nothing.scp")
        self.assert_refused(self.xingu("ecg", "inspect", "absent.edf"), "absent.edf")
        self.assert_refused(self.xingu("ecg", "convert", "p.csv", "p.mp3"), ".mp3")

    def test_what_is_no_recording_of_a_heart_is_refused(self):
        (self.folder / "people.csv").write_text("name,age\nAnn,31\nBob,44\n")
        (self.folder / "weather.csv").write_text("time,temperature\n0,20.1\n1,20.4\n2,20.2\n")
        self.assert_refused(self.xingu("ecg", "analyse", "people.csv"), "Ann")
        self.assert_refused(self.xingu("ecg", "analyse", "weather.csv"), "samples a second")

    def leads_in_uv(self):
        """I and II of ten seconds of a phantom at 500 Hz, in µV."""
        self.succeed("ecg", "phantom", "ten.csv", "--duration-s", "10")
        columns = table((self.folder / "ten.csv").read_text())
        return [[1000 * value for value in columns[lead]] for lead in ("I", "II")]

    def test_a_slow_or_foreign_signal_beside_the_leads_changes_nothing_and_is_named(self):
        one, two = self.leads_in_uv()
        leads = [("ECG I", "uV", 500, one), ("ECG II", "uV", 500, two)]
        edf(self.folder / "alone.edf", leads)
        alone = self.succeed("ecg", "analyse", "alone.edf")
        for label, unit, rate in (("SpO2", "%", 1), ("Resp", "uV", 25), ("Resp", "a.u.", 100), ("EMG", "uV", 200)):
            with self.subTest(label, rate=rate):
                edf(self.folder / "beside.edf", [*leads, (label, unit, rate, [97.0] * 10 * rate)])
                outcome = self.xingu("ecg", "analyse", "beside.edf")
                self.assertEqual(outcome.stdout, alone)
                self.assertIn(f"not analysed, as no lead of the ECG: '{label}' ({rate} Hz)", outcome.stderr)
        edf(self.folder / "eeg.edf", [("EEG Fpz-Cz", "uV", 500, one), ("EEG Pz-Oz", "uV", 500, two)])
        for command in ("analyse", "live"):
            self.assert_refused(self.xingu("ecg", command, "eeg.edf"), "holds no ECG", "EEG Fpz-Cz")

    def test_no_unit_is_millivolts_only_where_that_can_be(self):
        text = (self.folder / "p.csv").read_text()
        (self.folder / "unsaid.csv").write_text(text.replace(" [mV]", ""))
        outcome = self.xingu("ecg", "analyse", "unsaid.csv")
        self.assertEqual(outcome.stdout, self.succeed("ecg", "analyse", "p.csv"))
        self.assertIn("states no unit", outcome.stderr)
        one, two = self.leads_in_uv()
        rows = "".join(f"{i / 500},{a:.1f},{b:.1f}\n" for i, (a, b) in enumerate(zip(one, two)))
        (self.folder / "micro.csv").write_text("time_s,I,II\n" + rows)
        self.assert_refused(self.xingu("ecg", "analyse", "micro.csv"), "states no unit", "# unit: uV")
        (self.folder / "micro.csv").write_text("# unit: uV\ntime_s,I,II\n" + rows)
        self.assertIn("Sinus rhythm", self.succeed("ecg", "analyse", "micro.csv"))
        edf(self.folder / "unsaid.edf", [("I", "", 500, one), ("II", "", 500, two)])
        self.assert_refused(self.xingu("ecg", "analyse", "unsaid.edf"), "states no unit")

    def test_convert_writes_every_storage_of_wfdb_and_says_where_samples_do_not_fit(self):
        self.succeed("ecg", "convert", "p.csv", "stored.hea")
        samples = table((self.folder / "p.csv").read_text())
        for number in (16, 24, 32, 61, 160, 516, 524):
            with self.subTest(number):
                self.succeed("ecg", "convert", "stored.hea", "other.hea", "--wfdb-format", str(number))
                self.assertIn(f".dat {number} ", (self.folder / "other.hea").read_text())
                self.assert_same_voltages("other.hea")
        count = len(samples["I"])
        (self.folder / "small.csv").write_text("# rate_Hz: 500\n# gain: 100 100\n# baseline: 0 0\nI [mV],II [mV]\n" +
                                               "".join(f"{(i % 7 - 3) / 100},{(3 - i % 5) / 100}\n" for i in range(count)))
        for number in (8, 80, 212, 310, 311, 508):
            with self.subTest(number):
                self.succeed("ecg", "convert", "small.csv", "narrow.hea", "--wfdb-format", str(number))
                self.succeed("ecg", "convert", "narrow.hea", "narrow.csv")
                small, back = (table((self.folder / name).read_text()) for name in ("small.csv", "narrow.csv"))
                self.assertEqual(small["I"], back["I"])
                self.assertEqual(small["II"], back["II"])
        for number, word in ((508, "does not fit 8 bits"), (80, "holds 8 bits"), (310, "holds 10 bits"), (17, "no such format")):
            with self.subTest(number):
                self.assert_refused(self.xingu("ecg", "convert", "p.csv", "wide.hea", "--wfdb-format", str(number)), word)
                self.assertEqual(list(self.folder.glob("wide*")), [])
        self.assert_refused(self.xingu("ecg", "convert", "p.csv", "wide.edf", "--wfdb-format", "16"), "no WFDB record")

    def test_what_cannot_be_written_ends_alike_in_convert_and_report(self):
        (self.folder / "file").write_text("")
        self.assert_refused(self.xingu("ecg", "convert", "p.csv", "file/x.csv"), "file/x.csv")
        self.assert_refused(self.xingu("ecg", "convert", "p.csv", "nowhere/x.hea"), "nowhere/x")
        self.assert_refused(self.xingu("ecg", "report", "p.csv", "--out", "file"), "file")
        self.assert_refused(self.xingu("ecg", "report", "p.csv", "--out", "/proc/x"), "/proc/x")

    def test_analyse_and_report_give_warnings_as_inspect_does(self):
        (self.folder / "aged.csv").write_text("# age: 6 moons\n" + (self.folder / "p.csv").read_text())
        warnings = json.loads(self.succeed("ecg", "inspect", "aged.csv", "--json"))["warnings"]
        self.assertEqual(len(warnings), 1)
        self.assertEqual(json.loads(self.succeed("ecg", "analyse", "aged.csv", "--json"))["warnings"], warnings)
        reported = self.succeed("ecg", "report", "aged.csv", "--out", "aged", "--json")
        self.assertEqual(json.loads(reported)["warnings"], warnings)
        self.assertEqual(json.loads(self.succeed("ecg", "analyse", "p.csv", "--json"))["warnings"], [])
        self.assertEqual(json.loads(self.succeed("ecg", "holter", "p.csv", "--json"))["rate_hz"],
                         json.loads(self.succeed("ecg", "analyse", "p.csv", "--json"))["rate_hz"])

    def test_convert_names_what_the_format_does_not_hold(self):
        text = (self.folder / "p.csv").read_text()
        facts = "# id: S 1\n# name: Müller\n# sex: F\n# age: 81\n# mark: 100 0 N\n# Smoker: no\n"
        (self.folder / "told.csv").write_text(facts + text)
        for suffix, lost in (("hea", ()), ("csv", ()), ("scp", ("marks",)), ("dcm", ()),
                             ("xml", ("age of 81",)), ("edf", ("comment", "age of 81", "Mueller"))):
            with self.subTest(suffix):
                outcome = self.xingu("ecg", "convert", "told.csv", f"kept.{suffix}")
                self.assertEqual(outcome.returncode, 0, outcome.stderr)
                self.assertEqual("does not hold" in outcome.stderr, bool(lost), outcome.stderr)
                for part in lost:
                    self.assertIn(part, outcome.stderr)
                subject = json.loads(self.succeed("ecg", "inspect", f"kept.{suffix}", "--json"))["subject"]
                self.assertEqual(subject["id"], "S 1")
                self.assertEqual(subject["sex"], "F")
                self.assertEqual(subject["age_years"], None if "age of 81" in lost else 81)

    def unmarked(self):
        """The phantom as text, without its marks."""
        lines = (self.folder / "p.csv").read_text().splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("# mark:"))

    def test_marks_and_comments_come_back_from_dicom_and_aecg(self):
        marks = "# mark: 100 0 N\n# mark: 350 0 V\n# mark: 351 0 + (AFIB\n# mark: 800 0.25 artefact\n# mark: 900 0 B\n"
        text = "# Smoker: no\n" + marks + self.unmarked()
        (self.folder / "marked.csv").write_text(text)
        self.succeed("ecg", "convert", "marked.csv", "marked.hea")
        told = json.loads(self.succeed("ecg", "inspect", "marked.csv", "--json"))
        self.assertEqual(len(told["marks"]), 5)
        in_wfdb = json.loads(self.succeed("ecg", "inspect", "marked.hea", "--json"))
        self.assertEqual([m["text"] for m in in_wfdb["marks"]], [m["text"] for m in told["marks"]])
        for suffix in ("dcm", "xml"):
            for source, expected in (("marked.csv", told), ("marked.hea", in_wfdb)):
                with self.subTest(suffix, source=source):
                    outcome = self.xingu("ecg", "convert", source, f"m.{suffix}")
                    self.assertNotIn("does not hold", outcome.stderr)
                    back = json.loads(self.succeed("ecg", "inspect", f"m.{suffix}", "--json"))
                    self.assertEqual(back["marks"], expected["marks"])
                    self.assertEqual([c.strip() for c in back["comments"]], [c.strip() for c in expected["comments"]])
                    self.succeed("ecg", "convert", f"m.{suffix}", "again.hea")
                    again = json.loads(self.succeed("ecg", "inspect", "again.hea", "--json"))
                    self.assertEqual(again["marks"], in_wfdb["marks"])
        self.assert_valid_dicom(self.folder / "m.dcm")

    def test_peers_read_the_marks_of_dicom_and_aecg(self):
        marks = "# mark: 350 0 V\n# mark: 800 0.25 artefact\n"
        (self.folder / "peer.csv").write_text(marks + self.unmarked())
        self.succeed("ecg", "convert", "peer.csv", "peer.xml")
        told = ET.parse(self.folder / "peer.xml").getroot()
        space = "{urn:hl7-org:v3}"
        beat, note = told.findall(f".//{space}annotationSet/{space}component/{space}annotation")
        self.assertEqual(beat.find(f"{space}value").get("code"), "MDC_ECG_BEAT_V_P_C")
        self.assertEqual(note.find(f"{space}value").text, "artefact")
        rate = round(1 / float(told.find(f".//{space}increment").get("value")))
        low, high = (float(note.find(f".//{space}{end}").get("value")) for end in ("low", "high"))
        self.assertAlmostEqual(low, 800 / rate)
        self.assertAlmostEqual(high - low, 0.25)
        try:
            import pydicom
        except ImportError:
            self.skipTest("pydicom is not installed")
        self.succeed("ecg", "convert", "peer.csv", "peer.dcm")
        beat, note = pydicom.dcmread(self.folder / "peer.dcm").WaveformAnnotationSequence
        self.assertEqual(beat.ConceptNameCodeSequence[0].CodeValue, "10:8336")
        self.assertEqual((beat.TemporalRangeType, beat.ReferencedSamplePositions), ("POINT", 351))
        self.assertEqual((note.UnformattedTextValue, note.TemporalRangeType), ("artefact", "SEGMENT"))
        self.assertEqual(list(note.ReferencedSamplePositions), [801, 801 + round(0.25 * rate)])
        self.assertEqual(list(note.ReferencedWaveformChannels), [1, 0])

    def test_convert_says_where_a_format_rounds_and_is_silent_where_it_does_not(self):
        """256 steps a mV are 3.90625 µV each, which SCP-ECG, whose steps are whole nV, does not hold."""
        for gain, is_exact in ((250, True), (256, False)):
            rows = "".join(f"{i / 500:.3f},{(37 * i % 501 - 250) / gain:.9f}\n" for i in range(1000))
            (self.folder / "fine.csv").write_text(f"# gain: {gain}\n# baseline: 0\ntime [s],II [mV]\n{rows}")
            for suffix in ("scp", "hea", "csv", "edf"):
                with self.subTest(gain=gain, suffix=suffix):
                    run = self.xingu("ecg", "convert", "fine.csv", f"rounded.{suffix}")
                    self.assertEqual(run.returncode, 0, run.stderr)
                    is_said = "II rounded to the steps of" in run.stderr + run.stdout
                    self.assertEqual(is_said, suffix == "scp" and not is_exact, run.stderr)

    def test_filters_of_the_recorder_are_read_carried_on_and_told(self):
        self.succeed("ecg", "phantom", "p.edf")
        data = bytearray((self.folder / "p.edf").read_bytes())
        num = int(data[252:256])
        place = 256 + num * (16 + 80 + 8 + 8 + 8 + 8 + 8)
        for signal in range(num):
            if data[256 + 16 * signal:256 + 16 * signal + 3] != b"EDF":
                data[place + 80 * signal:place + 80 * (signal + 1)] = b"HP:0.5Hz LP:40Hz N:50Hz".ljust(80)
        (self.folder / "p.edf").write_bytes(data)
        holding = ("p.dcm", "filtered.scp", "filtered.xml", "filtered.csv")
        for name in holding:
            self.assertNotIn("filters", self.xingu("ecg", "convert", "p.edf", name).stderr)
        self.succeed("ecg", "convert", "p.dcm", "back.edf")
        for name in ("p.edf", "back.edf", *holding):
            with self.subTest(name):
                signals = json.loads(self.succeed("ecg", "inspect", name, "--json"))["signals"]
                self.assertEqual({s["prefilter"] for s in signals}, {"HP:0.5Hz LP:40Hz N:50Hz"})
                analysed = json.loads(self.succeed("ecg", "analyse", name, "--json"))
                self.assertEqual(analysed["recorded_filters"],
                                 {"high_pass_Hz": 0.5, "low_pass_Hz": 40, "notch_Hz": 50})
                self.assertLessEqual({"filtered_st", "filtered_heights"}, {s["code"] for s in analysed["statements"]})
        self.assertIn("filters", self.xingu("ecg", "convert", "p.edf", "filtered.hea").stderr)

    def test_convert_takes_some_leads_and_never_overwrites_what_it_reads(self):
        self.succeed("ecg", "convert", "p.csv", "some.csv", "--leads", "V1,ii")
        facts = json.loads(self.succeed("ecg", "inspect", "some.csv", "--json"))
        self.assertEqual([s["label"] for s in facts["signals"]], ["V1", "II"])
        self.assertEqual(table((self.folder / "some.csv").read_text())["V1"], self.reference["V1"])
        self.assert_refused(self.xingu("ecg", "convert", "p.csv", "none.csv", "--leads", "V1,V9"), "'V9'", "aVR")
        self.assert_refused(self.xingu("ecg", "convert", "p.csv", "none.csv", "--leads", "V1,V1"), "twice")
        one, two = self.leads_in_uv()
        edf(self.folder / "slow.edf", [("I", "uV", 500, one), ("II", "uV", 500, two), ("SpO2", "%", 1, [97.0] * 10)])
        self.assert_refused(self.xingu("ecg", "convert", "slow.edf", "slow.scp"), "--leads")
        self.succeed("ecg", "convert", "slow.edf", "slow.scp", "--leads", "I,II")
        before = (self.folder / "p.csv").read_bytes()
        self.assert_refused(self.xingu("ecg", "convert", "p.csv", "p.csv"), "overwrite")
        self.assertEqual((self.folder / "p.csv").read_bytes(), before)
        self.succeed("ecg", "convert", "p.csv", "w.hea")
        self.assert_refused(self.xingu("ecg", "convert", "w", "w.hea", "--leads", "II"), "overwrite")
        self.assert_refused(self.xingu("ecg", "convert", "p.csv", "./p.csv"), "overwrite")

    def test_ventricular_beats_are_counted_and_located(self):
        self.succeed("ecg", "phantom", "v.csv", "--pvc-share", "0.2", "--duration-s", "30")
        facts = json.loads(self.succeed("ecg", "analyse", "v.csv", "--json"))
        said = {s["code"]: s for s in facts["statements"]}
        self.assertEqual(len(said["ventricular_ectopy"]["beats"]), facts["beat_types"].count("ventricular"))
        self.assertEqual(len(facts["beat_types"]), facts["num_beats"])
        delineations = [facts["waves"]["global"], *facts["waves"]["by_lead"].values()]
        self.assertEqual(len(delineations), 1 + len(facts["leads"]))
        for beats in delineations:
            self.assertEqual(len(beats), facts["num_beats"])
            for waves in beats:
                for bounds in (waves["p_s"], waves["qrs_s"], waves["t_s"]):
                    self.assertTrue(bounds is None or bounds == sorted(bounds), waves)
        self.assertTrue(all(0 <= waves["p_probability"] <= 1 for waves in facts["waves"]["global"]))
        site = json.loads(self.succeed("ecg", "exit-site", "v.csv", "--json"))
        self.assertEqual(len(site["segments"]), 17)
        self.assertAlmostEqual(sum(s["share"] for s in site["segments"]), 1.0)
        self.assertIn("Segal", site["sources"])
        self.assert_refused(self.xingu("ecg", "exit-site", "absent.csv"), "absent.csv")

    def test_a_recording_that_is_all_tachycardia_has_an_exit_site_where_all_beats_are_asked_for(self):
        self.write_tachycardia("vt.csv", superior=1.0)
        said = json.loads(self.succeed("ecg", "analyse", "vt.csv", "--json"))["statements"]
        self.assertEqual(said[0]["code"], "wide_complex_tachycardia")
        self.assert_refused(self.xingu("ecg", "exit-site", "vt.csv"), "--beats all")
        self.assert_refused(self.xingu("ecg", "exit-site", "vt.csv", "--beats", "some"), "some")
        site = json.loads(self.succeed("ecg", "exit-site", "vt.csv", "--beats", "all", "--json"))
        self.assertNotEqual(site["outflow_tract"], "")
        self.assertTrue(0.0 < site["right_outflow_share"] < 1.0, site["right_outflow_share"])
        self.assertEqual(site["segments"], [])
        self.assertNotIn("segment ", self.succeed("ecg", "exit-site", "vt.csv", "--beats", "all"))
        self.write_tachycardia("inferior.csv", superior=-1.0)
        site = json.loads(self.succeed("ecg", "exit-site", "inferior.csv", "--beats", "all", "--json"))
        self.assertEqual(site["outflow_tract"], "")
        self.assertEqual(len(site["segments"]), 17)

    def test_all_beats_of_a_rhythm_that_p_waves_lead_have_no_exit_site(self):
        self.succeed("ecg", "phantom", "lbbb.csv", "--qrs-ms", "150", "--duration-s", "20")
        self.assert_refused(self.xingu("ecg", "exit-site", "lbbb.csv", "--beats", "all"), "P wave", "above the ventricles")

    def write_tachycardia(self, name, superior):
        """Twelve seconds at 160 a minute of wide complexes alone, whose forces point down or up the inferior leads."""
        heights = {"I": 0.3, "II": 1.2 * superior, "V1": -1.2, "V2": -1.5, "V3": -0.8, "V4": 0.6, "V5": 1.0, "V6": 0.9}
        columns = {}
        for lead, height in heights.items():
            wave = [0.0] * 6000
            for beat in range(31):
                at = 0.4 + beat * 60 / 160
                for dt, spread, part in ((0, 0.022, height), (0.06, 0.02, -0.2), (0.2, 0.03, -0.3 * height)):
                    for i in range(max(0, int((at + dt - 0.15) * 500)), min(6000, int((at + dt + 0.15) * 500))):
                        wave[i] += part * math.exp(-(((i / 500 - at - dt) / spread) ** 2) / 2)
            columns[lead] = wave
        rows = (",".join([f"{i / 500:.3f}"] + [f"{wave[i]:.4f}" for wave in columns.values()]) for i in range(6000))
        head = ",".join(["time_s"] + [f"{lead} [mV]" for lead in columns])
        (self.folder / name).write_text("# rate_Hz: 500\n" + head + "\n" + "\n".join(rows) + "\n")

    def test_a_report_tells_programs_what_it_says_and_where_it_is(self):
        self.succeed("ecg", "phantom", "r.csv", "--pvc-share", "0.2", "--duration-s", "30")
        facts = json.loads(self.succeed("ecg", "report", "r.csv", "--out", "pages", "--json"))
        analysed = json.loads(self.succeed("ecg", "analyse", "r.csv", "--json"))
        self.assertEqual({key: facts[key] for key in analysed}, analysed)
        for path in facts["files"]:
            self.assertGreater((self.folder / path).stat().st_size, 1000)
        said = [s["text"] for s in facts["reported"]]
        self.assertTrue({s["text"] for s in analysed["statements"]} <= set(said))
        self.assertTrue(any("Ventricular exit" in text for text in said))

    def test_a_report_is_printed_on_the_paper_that_is_asked_for(self):
        self.need("pdfinfo")
        self.succeed("ecg", "phantom", "r.csv")
        for paper, points in (("a4", (841.89, 595.28)), ("letter", (792.0, 612.0))):
            self.succeed("ecg", "report", "r.csv", "--out", paper, "--paper", paper)
            told = subprocess.run(["pdfinfo", self.folder / paper / "report.pdf"], capture_output=True, text=True)
            size = [float(word) for word in told.stdout.split("Page size:")[1].split()[:3:2]]
            for side, expected in zip(size, points):
                self.assertAlmostEqual(side, expected, delta=0.1)
        self.assert_refused(self.xingu("ecg", "report", "r.csv", "--out", "x", "--paper", "a5"), "--paper")

    def test_the_familys_page_fits_the_screen_of_a_phone_and_prints_as_a_sheet(self):
        for program in ("chromium", "pdfinfo"):
            self.need(program)
        self.succeed("ecg", "phantom", "phone.csv", "--pvc-share", "0.2", "--duration-s", "30")
        self.succeed("ecg", "report", "phone.csv", "--out", "phone")
        page = (self.folder / "phone/report.html").read_text()
        measured = """<script>addEventListener("load", () => {
            const text = document.querySelector(".plain div p:not(.who)"), box = text.getBoundingClientRect();
            parent.postMessage([document.documentElement.scrollWidth, box.left, box.right, box.top,
                                parseFloat(getComputedStyle(text).fontSize)].join(" "), "*"); });</script></body>"""
        (self.folder / "phone/measured.html").write_text(page.replace("</body>", measured))
        for width in (360, 420, 1280):
            with self.subTest(width):
                (self.folder / "phone/frame.html").write_text(
                    f"""<body><iframe width="{width}" height="700" src="measured.html"></iframe><script>
                    onmessage = (event) => document.body.setAttribute("data-measured", event.data);</script>""")
                shown = self.browse("phone/frame.html", "--dump-dom", "--virtual-time-budget=5000").stdout
                found = re.search(r'data-measured="([\d. -]+)"', shown)
                self.assertIsNotNone(found, shown)
                page_width, left, right, top, letters = (float(value) for value in found.group(1).split())
                self.assertLessEqual(page_width, width)
                self.assertGreaterEqual(left, 0)
                self.assertLessEqual(right, width)
                self.assertGreaterEqual(letters, 14)
                if width < 500:
                    self.assertLess(top, 300, "a family sees its page first")
        self.browse("phone/report.html", f"--print-to-pdf={self.folder / 'phone/printed.pdf'}", "--no-pdf-header-footer")
        facts = run(["pdfinfo", self.folder / "phone/printed.pdf"]).stdout
        self.assertRegex(facts, r"Pages:\s+3\n")
        self.assertRegex(facts, r"Page size:\s+84[12][.\d]* x 59[456]")

    def browse(self, page, *options):
        """A page in a browser without a network."""
        return run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync",
                    "--disable-background-networking", "--disable-component-update",
                    "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={self.folder / 'browser'}", *options,
                    (self.folder / page).as_uri()])

    def test_of_eight_measured_leads_the_same_is_said_as_of_twelve(self):
        limbs = ("--duration-s", "20", "--pvc-share", "0.1")
        self.succeed("ecg", "phantom", "twelve.hea", *limbs)
        self.succeed("ecg", "phantom", "eight.hea", "--front-end", *limbs)
        twelve = json.loads(self.succeed("ecg", "analyse", "twelve.hea", "--json"))
        eight = json.loads(self.succeed("ecg", "analyse", "eight.hea", "--json"))
        self.assertEqual([s["code"] for s in eight["statements"]], [s["code"] for s in twelve["statements"]])
        self.assertAlmostEqual(eight["qrs_axis_deg"], twelve["qrs_axis_deg"], delta=2)
        self.assertEqual({lead["lead"] for lead in eight["leads"]}, {lead["lead"] for lead in twelve["leads"]})
        self.assertEqual({lead["lead"] for lead in eight["leads"] if lead["is_computed"]}, {"III", "aVR", "aVL", "aVF"})
        self.assertFalse(any(lead["is_computed"] for lead in twelve["leads"]))

    def test_quality_is_told_by_lead_and_second(self):
        self.succeed("ecg", "phantom", "loose.hea", "--front-end", "--electrode-off", "V3:2:5")
        leads = json.loads(self.succeed("ecg", "analyse", "loose.hea", "--json"))["leads"]
        faulty = {lead["lead"]: lead["faulty_seconds"] for lead in leads}
        self.assertEqual(faulty["V3"]["missing"], [2, 3, 4])
        self.assertNotIn("missing", faulty["V4"])
        self.assertRegex(self.succeed("ecg", "analyse", "loose.hea"), r"V3 70 % \([^)]*missing")

    def test_a_long_recording_has_beats_episodes_and_a_row_a_minute(self):
        self.succeed("ecg", "phantom", "h.hea", "--pvc-share", "0.1", "--duration-s", "150", "--rate-hz", "250")
        facts = json.loads(self.succeed("ecg", "holter", "h.hea", "--json"))
        self.assertEqual(facts["duration_s"], 150.0)
        self.assertEqual(len(facts["trend"]), 3)
        self.assertEqual(facts["num_beats"], len(facts["beats_s"]))
        counted = sum(minute["ventricular"] for minute in facts["trend"])
        self.assertEqual(counted, facts["beat_types"].count("ventricular"))
        self.assertGreater(counted, 5)
        self.assertEqual(facts["fibrillation"]["burden"], 0.0)
        self.assertIn("ventricular", self.succeed("ecg", "holter", "h.hea"))
        self.assert_refused(self.xingu("ecg", "holter", "absent.hea"), "absent.hea")

    def test_a_long_recording_tells_first_what_may_end_a_life(self):
        self.succeed("ecg", "phantom", "u.csv", "--seed", "4", "--duration-s", "60")
        lines = (self.folder / "u.csv").read_text().splitlines()
        first = next(i for i, line in enumerate(lines) if line and not line.startswith("#")) + 1
        rate = (len(lines) - first) / 60.0

        def written(name, from_s, until_s, value):
            out = list(lines)
            for i in range(first + round(from_s * rate), min(len(lines), first + round(until_s * rate))):
                time = (i - first) / rate
                stamp, *leads = lines[i].split(",")
                out[i] = ",".join([stamp] + [f"{value(time, lead):.3f}" for lead in range(len(leads))])
            (self.folder / name).write_text("\n".join(out) + "\n")
            text = self.succeed("ecg", "holter", name).splitlines()
            return text, json.loads(self.succeed("ecg", "holter", name, "--json"))

        def noise(time, lead):
            return 0.02 * math.sin(971.0 * time * (1 + lead % 3))

        def fibrillation(time, lead):
            waves = [(3.2 + 0.83 * i + 0.11 * math.sin(0.7 * time + i), lead * (1.3 + i)) for i in range(5)]
            return sum(0.12 * math.sin(2 * math.pi * hertz * time + phase) for hertz, phase in waves)

        text, facts = written("stop.csv", 20, 40, noise)
        self.assertIn("STANDSTILL", text[1])
        self.assertIn("pause", [episode["code"] for episode in facts["episodes"]])
        text, facts = written("end.csv", 50, 60, noise)
        self.assertIn("NO BEATS", text[1])
        silence = facts["episodes"][-1]
        self.assertEqual(silence["code"], "no_beats")
        self.assertAlmostEqual(silence["end_s"], 60.0, places=1)
        text, facts = written("vf.csv", 20, 40, fibrillation)
        self.assertIn("BEATS NOT TOLD APART", text[1])
        self.assertNotIn("rejected from", "\n".join(text))
        untold = next(episode for episode in facts["episodes"] if episode["code"] == "beats_untold")
        self.assertAlmostEqual(untold["begin_s"], 20.0, delta=3.0)
        self.assertAlmostEqual(untold["end_s"], 40.0, delta=3.0)
        self.assertIn("VENTRICLES MAY FIBRILLATE", text[2])

    def test_a_long_recording_is_the_same_in_every_format_that_streams(self):
        self.succeed("ecg", "phantom", "s.hea", "--pvc-share", "0.1", "--duration-s", "100", "--rate-hz", "250")
        expected = json.loads(self.succeed("ecg", "holter", "s.hea", "--json"))
        for name in ("s.edf", "s.bdf", "s.csv"):
            with self.subTest(name):
                self.succeed("ecg", "convert", "s.hea", name)
                said = json.loads(self.succeed("ecg", "holter", name, "--json"))
                self.assertEqual(said["beats_s"], expected["beats_s"])
                self.assertEqual(said["beat_types"], expected["beat_types"])
        (self.folder / "two.hea").write_text("two/3 12 250 50020\ns 25000\n~ 20\ns 25000\n")
        self.assertEqual(json.loads(self.succeed("ecg", "holter", "two.hea", "--json"))["duration_s"], 200.08)
        leads = "".join(f"f.dat 516 1000/mV 16 0 0 0 0 {lead}\n" for lead in ("I", "II", "V1"))
        (self.folder / "f.hea").write_text(f"f 3 500 {24 * 3600 * 500 * 3}\n" + leads)
        self.assert_refused(self.xingu("ecg", "holter", "f.hea"), "f.hea", "FLAC")

    def test_a_long_recording_tells_the_time_of_day_and_null_where_nothing_is_known(self):
        self.succeed("ecg", "phantom", "t.csv", "--duration-s", "400", "--rate-hz", "250")
        lines = (self.folder / "t.csv").read_text().splitlines()
        first = next(i for i, line in enumerate(lines) if line and not line.startswith("#")) + 1
        for i in range(first + 60 * 250, first + 190 * 250):  # two minutes without a signal
            lines[i] = lines[i].split(",")[0] + "," * lines[i].count(",")
        (self.folder / "t.csv").write_text("\n".join(lines) + "\n")
        self.succeed("ecg", "convert", "t.csv", "t.hea")
        self.assertIsNone(json.loads(self.succeed("ecg", "holter", "t.hea", "--json"))["by_night"])
        header = (self.folder / "t.hea").read_text()
        top, rest = header.split("\n", 1)
        (self.folder / "t.hea").write_text(f"{' '.join(top.split()[:4])} 23:58:00 01/02/2025\n{rest}")
        said = json.loads(self.succeed("ecg", "holter", "t.hea", "--json"))
        self.assertEqual(said["started"], "2025-02-01T23:58:00")
        self.assertIsNone(said["by_day"])
        self.assertAlmostEqual(said["by_night"]["rate_per_min"], 70, delta=3)
        self.assertEqual([row["time"] for row in said["trend"][1:4]],
                         ["2025-02-01T23:59:00", "2025-02-02T00:00:00", "2025-02-02T00:01:00"])
        self.assertEqual(said["trend"][2]["begin_s"], 120.0)
        for key in ("rate_per_min", "ventricular", "supraventricular", "fibrillating_share"):
            self.assertIsNone(said["trend"][1][key], key)
        self.assertEqual(said["trend"][0]["ventricular"], 0)
        self.assertTrue(set(range(62, 188)) <= set(said["rejected_seconds"]))
        text = self.succeed("ecg", "holter", "t.hea")
        self.assertIn("from 23:58:00", text)
        self.assertRegex(text, r"rejected from +2[34]:5[89]:[0-9]{2} \(1[23][0-9] s\)")
        self.assertIn("rate by night", text)

    def test_what_a_short_recording_cannot_say_is_null(self):
        self.succeed("ecg", "phantom", "short.hea", "--duration-s", "60", "--rate-hz", "250")
        for command in ("holter", "analyse"):
            variability = json.loads(self.succeed("ecg", command, "short.hea", "--json"))["variability"]
            for key in ("sdnn_ms", "rmssd_ms", "pnn50_percent", "vlf_ms2", "lf_ms2", "hf_ms2", "lf_to_hf",
                        "num_stretches", "ulf_ms2", "slope"):
                self.assertIsNone(variability[key], key)
        self.succeed("ecg", "phantom", "four.hea", "--duration-s", "4", "--rate-hz", "250")
        self.assertNotIn("fibrillation", self.succeed("ecg", "holter", "four.hea"))
        (self.folder / "flat.csv").write_text("# rate_Hz: 250\nI [mV],II [mV]\n" + "0,0\n" * 5000)
        flat = json.loads(self.succeed("ecg", "analyse", "flat.csv", "--json"))
        self.assertIsNone(flat["qtc_ms"])
        for key in ("p_mv", "t_mv", "st_j_mv", "qrs"):
            self.assertIsNone(flat["leads"][0][key], key)

    def test_runs_of_a_long_recording_have_their_rates(self):
        self.write_tachycardia("run.csv", superior=1.0)
        text = (self.folder / "run.csv").read_text().splitlines()
        self.succeed("ecg", "phantom", "calm.csv", "--duration-s", "120", "--rate-hz", "500")
        calm = (self.folder / "calm.csv").read_text().splitlines()
        head = next(i for i, line in enumerate(calm) if line and not line.startswith("#"))
        names = [name.split(" ")[0] for name in calm[head].split(",")]
        leads = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
        rows = [[line.split(",")[names.index(lead)] for lead in leads] for line in calm[head + 1:]]
        rows[30000:33000] = [line.split(",")[1:] for line in text[2:3002]]
        body = "\n".join(",".join(row) for row in rows)
        (self.folder / "runs.csv").write_text("# rate_Hz: 500\n" + ",".join(f"{n} [mV]" for n in leads) + "\n" + body)
        said = self.succeed("ecg", "holter", "runs.csv")
        self.assertRegex(said, r"ventricular runs +[12] of tachycardia \(above 100 /min\), the longest 1[0-9] beats at 1(59|60|61) /min from 0:01:0")

    def test_options_that_would_be_ignored_or_cannot_be_are_refused(self):
        self.assert_refused(self.xingu("ecg", "phantom", "o.csv", "--mains-mv", "0.1"), "--mains-mv", "--front-end")
        self.assert_refused(self.xingu("ecg", "live", "p.csv", "--heart-rate", "50"), "--heart-rate", "--phantom")
        self.assert_refused(self.xingu("ecg", "live", "p.csv", "--electrode-off", "V3:1:2"), "--electrode-off")
        for option, value in (("--lost-share", "2"), ("--muscle-mv", "-1"), ("--contact-mv", "nan"),
                              ("--electrode-off", "V3:5:2")):
            with self.subTest(option):
                self.assert_refused(self.xingu("ecg", "phantom", "o.csv", "--front-end", option, value), value)
        self.assertFalse((self.folder / "o.csv").exists())

    def test_the_variability_is_that_of_the_sinus_node(self):
        long = ("--duration-s", "400", "--rate-hz", "250")
        self.succeed("ecg", "phantom", "af.hea", "--rhythm", "af", *long)
        self.succeed("ecg", "phantom", "sinus.hea", *long)
        for command in ("holter", "analyse"):
            with self.subTest(command):
                self.assertIsNone(json.loads(self.succeed("ecg", command, "af.hea", "--json"))["variability"])
                variability = json.loads(self.succeed("ecg", command, "sinus.hea", "--json"))["variability"]
                self.assertAlmostEqual(variability["sdnn_ms"], 0.03 * 60000 / 70, delta=5)
                self.assertAlmostEqual(variability["lf_normalised_percent"] + variability["hf_normalised_percent"], 100)
        self.assertNotIn("SDNN", self.succeed("ecg", "holter", "af.hea"))
        off = [f"{electrode}:20:390" for electrode in ("RA", "LA", "LL", "V1", "V2", "V3", "V4", "V5", "V6")]
        self.succeed("ecg", "phantom", "ends.hea", *long[:2], "--rate-hz", "500", "--front-end",
                     *(word for place in off for word in ("--electrode-off", place)))
        for command in ("holter", "analyse"):  # 30 s of beats at both ends of 400
            variability = json.loads(self.succeed("ecg", command, "ends.hea", "--json"))["variability"]
            self.assertGreater(variability["num_intervals"], 20, command)
            self.assertIsNone(variability["sdnn_ms"], command)
        self.assertIn("not looked for", self.succeed("ecg", "holter", "af.hea"))

    def test_a_report_notes_what_the_file_does_not_say_and_says_nothing_in_empty_brackets(self):
        self.succeed("ecg", "phantom", "cut.hea", "--duration-s", "20")
        data = self.folder / "cut.dat"
        data.write_bytes(data.read_bytes()[:data.stat().st_size // 2])
        said = self.succeed("ecg", "report", "cut.hea", "--out", "cut")
        self.assertIn("Note on the file (the header says 10000 samples, its files hold 5000)", said)
        self.assertFalse(said.startswith("Note"))
        self.assertNotIn("()", said)
        for command in ("analyse", "holter"):
            with self.subTest(command):
                outcome = self.xingu("ecg", command, "cut.hea")
                self.assertEqual(outcome.returncode, 0, outcome.stderr)
                self.assertIn("the header says 10000 samples, its files hold 5000", outcome.stderr)
                self.assertLessEqual(outcome.stderr.count("checksum"), 1)

    def test_a_stream_whose_gains_contradict_each_other_is_read_with_a_warning(self):
        self.succeed("ecg", "phantom", "g.hea", "--duration-s", "20")
        self.assertNotIn("gains", self.xingu("ecg", "holter", "g.hea").stderr)
        header = self.folder / "g.hea"
        lines = header.read_text().splitlines()
        lines[1] = lines[1].replace(" 1000(", " 400(").replace(" 1000/", " 400/")
        header.write_text("\n".join(lines) + "\n")
        outcome = self.xingu("ecg", "holter", "g.hea")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("g.hea: the gains are in doubt", outcome.stderr)

    def test_the_live_ecg_tells_beats_and_electrodes_and_no_rate_without_a_signal(self):
        lines = self.succeed("ecg", "live", "--phantom", "--speed", "0", "--json", "--duration-s", "14",
                             "--electrode-off", "V3:5:14", "--electrode-off", "RA:11:14")
        said = [json.loads(line) for line in lines.splitlines()]
        beats = [one for one in said if "beat_s" in one]
        self.assertGreater(len(beats), 8)
        self.assertTrue(all(beat["known_s"] - beat["beat_s"] < 0.15 for beat in beats))
        self.assertAlmostEqual(beats[-1]["rate_per_min"], 70, delta=4)
        states = [one for one in said if "state" in one]
        self.assertTrue(any(one["electrodes"]["V3"] == "off" for one in states))
        self.assertEqual(states[-1]["state"], "no signal")
        self.assertLess(beats[-1]["beat_s"], 11)
        self.assert_refused(self.xingu("ecg", "live", "p.csv", "--phantom"), "FILE or --phantom")
        self.assert_refused(self.xingu("ecg", "live", "--phantom", "--electrode-off", "V9:1:2"), "V9")

    def test_the_live_ecg_asks_to_look_at_the_patient_where_the_ventricles_may_fibrillate(self):
        def swing(lead, i):
            return sum(math.sin(2 * math.pi * hz * i / 250 + 2.1 * lead * hz) for hz in (3.6, 4.9, 5.7)) / 3
        rows = [f"{0.5 * swing(0, i):.4f},{0.7 * swing(1, i):.4f}" for i in range(20 * 250)]
        (self.folder / "vf.csv").write_text("# rate_Hz: 250\nI [mV],II [mV]\n" + "\n".join(rows) + "\n")
        said = [json.loads(line) for line in
                self.succeed("ecg", "live", "vf.csv", "--speed", "0", "--json").splitlines()]
        states = [one for one in said if "state" in one]
        self.assertEqual(states[-1]["state"], "possible ventricular fibrillation")
        self.assertEqual(states[-1]["fibrillation"], "possible")
        begin = next(one["time_s"] for one in states if one["fibrillation"] == "possible")
        self.assertLess(begin, 8)
        for beat in (one for one in said if "beat_s" in one and one["known_s"] > begin + 0.1):
            self.assertIsNone(beat["rate_per_min"])
            self.assertLessEqual(beat["confidence"], 0.25)
        self.assertIn("LOOK AT THE PATIENT FIRST", self.succeed("ecg", "live", "vf.csv", "--speed", "0"))

    def test_the_report_shows_ten_seconds_even_where_fewer_follow(self):
        self.need("pdftotext")
        self.succeed("ecg", "phantom", "late.csv", "--duration-s", "12")
        outcome = self.xingu("ecg", "report", "late.csv", "--out", "late", "--from-s", "8")
        self.assertIn("from 2.0 s on", outcome.stderr)
        text = run(["pdftotext", "late/report.pdf", "-"], folder=self.folder).stdout
        for part in ("from 2.0 s", "QTc Bazett", "QTc Framingham", "Good seconds: 90 % or more in every lead"):
            self.assertIn(part, text)

    def test_the_report_prints_both_languages_and_every_lead(self):
        self.need("pdftotext")
        self.succeed("ecg", "report", "p.csv", "--out", "pages")
        text = run(["pdftotext", "pages/report.pdf", "-"], folder=self.folder).stdout
        for part in ("25 mm/s", "aVR", "V6", "What this recording shows", "心电图"):
            self.assertIn(part, text)
        html = (self.folder / "pages/report.html").read_text()
        self.assertNotIn("src=", html)
        self.assertNotIn("href=", html)


if __name__ == "__main__":
    unittest.main()
