"""qiao prof QIAO PROF_APP: what is reported of a program whose numbers are known by hand.

1000 numbers in 8 blocks of 128: 32 warps, of which the last has 8 lanes within the range. Loads: of x, 31 warps of 4
sectors and one of 1; of bias, 32 of 1 sector. Stores: 31 of 4 and one of 1. One branch per warp, one of them divides."""
import json, os, subprocess, sys, tempfile, unittest

QIAO, APP = sys.argv[1], sys.argv[2]
EXECUTOR = os.environ.get("QIAO_EXECUTOR", "warp")
HAS_WARPS = EXECUTOR != "lane"
SCHEMA = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "schema.json")))
OF_WARPS = {"launch.warps": 32, "br.executed": 32, "br.divergent": 1, "gmem.ld.req": 64, "gmem.ld.sectors": 157,
            "gmem.st.req": 32, "gmem.st.sectors": 125, "sync.bar": 0, "smem.ld.wavefronts": 0, "atom.global.req": 0}
OF_LANES = {"gmem.ld.lanes": 2000, "gmem.st.lanes": 1000, "gmem.st.bytes_req": 4000, "flop.fp32.fma": 1000,
            "flop.fp32": 2000, "launch.grid": 8, "launch.block": 128}
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}


def violations(value, schema, path="$"):
    """The part of JSON Schema that schema.json uses; `values`: of every member of an object."""
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (kind in ("integer", "number") and isinstance(value, bool))):
        return [f"{path}: not of type {kind}"]
    found = [f"{path}: not {schema['const']}"] if "const" in schema and value != schema["const"] else []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: {value!r} is none of {schema['enum']}")
    found += [f"{path}: no {key}" for key in schema.get("required", []) if key not in value]
    if isinstance(value, dict):
        for key, item in value.items():
            rule = schema.get("properties", {}).get(key, schema.get("values"))
            found += violations(item, rule, f"{path}.{key}") if rule else []
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            found += violations(item, schema["items"], f"{path}[{i}]")
    return found


class Prof(unittest.TestCase):
    maxDiff = None

    def prof(self, *words, options=(), code=0):
        """The report of PROF_APP WORDS, and what was printed."""
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "report.json")
            run = subprocess.run([QIAO, "prof", "--json", file, *options, "--", APP, *words], capture_output=True,
                                 text=True)
            self.assertEqual(run.returncode, code, run.stderr)
            with open(file) as opened:
                report = json.load(opened)
        self.assertEqual(violations(report, SCHEMA), [])
        return report, run

    def kernel(self, report):
        self.assertEqual([kernel["name"] for kernel in report["kernels"]], ["scale"])
        return report["kernels"][0]

    def test_counters_are_those_worked_out_by_hand(self):
        report, run = self.prof("plain", "3")
        kernel = self.kernel(report)
        self.assertEqual(len(kernel["launches"]), 3)
        for launch in kernel["launches"]:
            m = launch["m"]
            self.assertEqual({name: m.get(name) for name in OF_LANES}, OF_LANES)
            self.assertEqual(launch["has_warps"], HAS_WARPS)
            expected = OF_WARPS if HAS_WARPS else dict.fromkeys(OF_WARPS)
            self.assertEqual({name: m.get(name) for name in OF_WARPS}, expected)
        self.assertEqual(kernel["agg"]["m"]["gmem.st.lanes"], 3000)
        self.assertIn("scale", run.stderr)
        self.assertEqual(run.stdout, "")
        if not HAS_WARPS:
            self.assertIn("counters of warps are n/a", run.stderr)

    def test_host_side(self):
        report, _ = self.prof("plain", "3")
        calls = {call["name"]: call["calls"] for call in report["api"]}
        self.assertEqual(calls["cuLaunchKernel"], 3)
        self.assertEqual(calls["cuMemAlloc_v2"], 2)
        copies = {copy["kind"]: (copy["calls"], copy["bytes"]) for copy in report["memops"]}
        self.assertEqual(copies, {"[CUDA memcpy HtoD]": (1, 4000)})
        self.assertGreaterEqual(report["processes"][0]["allocated_peak"], 8000)
        self.assertTrue(report["processes"][0]["ended"])

    def test_level_blocks_counts_no_memory(self):
        report, _ = self.prof("plain", "1", options=["--level", "blocks"])
        m = self.kernel(report)["launches"][0]["m"]
        self.assertNotIn("gmem.ld.lanes", m)
        self.assertEqual(m["flop.fp32.fma"], 1000)

    def test_profiler_start_and_stop(self):
        self.assertEqual(len(self.kernel(self.prof("stop", options=["--start-paused"])[0])["launches"]), 2)
        self.assertEqual(len(self.kernel(self.prof("stop")[0])["launches"]), 3)

    def test_a_kill_leaves_a_report(self):
        report, run = self.prof("kill", "4", code=128 + 9)
        self.assertEqual(len(self.kernel(report)["launches"]), 4)
        self.assertFalse(report["processes"][0]["ended"])
        self.assertIn("did not end by exit", run.stderr)

    def test_a_fault_leaves_a_report(self):
        report, _ = self.prof("fault", "2", code=7)
        launches = self.kernel(report)["launches"]
        self.assertEqual([launch["failed"] for launch in launches], [False, False, True])

    def test_children_have_their_own(self):
        report, _ = self.prof("child")
        self.assertEqual(sorted(len(kernel["launches"]) for kernel in report["kernels"]), [1, 2])
        self.assertEqual(len({kernel["pid"] for kernel in report["kernels"]}), 2)
        self.assertEqual(len(report["processes"]), 2)

    def test_nvtx_ranges(self):
        report, _ = self.prof("nvtx")
        ranges = [launch["nvtx"] for launch in self.kernel(report)["launches"]]
        inner = "epoch/lib:inner"
        self.assertEqual(ranges, ["epoch", inner, inner + "/wide \u00e9", ""])
        self.assertEqual({row["path"]: row["calls"] for row in report["nvtx"]},
                         {"epoch": 1, inner: 1, inner + "/wide \u00e9": 1, "here": 1, "registered": 1})
        report, _ = self.prof("nvtx", options=["--nvtx", "lib:"])
        self.assertEqual(len(self.kernel(report)["launches"]), 2)

    def test_from_inside_the_program(self):
        run = subprocess.run([QIAO, "run", "--", APP, "api"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_filters(self):
        report, _ = self.prof("plain", "5", options=["--kernel", "^sc", "--launch-skip", "1", "--launch-count", "2"])
        self.assertEqual([launch["n"] for launch in self.kernel(report)["launches"]], [1, 2])
        self.assertEqual(self.prof("plain", "1", options=["--kernel", "other"])[0]["kernels"], [])

    def test_source(self):
        report, run = self.prof("plain", "1", options=["--source"])
        source = self.kernel(report)["source"]
        stores = [line for line in source if line["ptx"].startswith("st.global")]
        self.assertEqual(len(stores), 1)
        self.assertEqual(stores[0]["threads_on"], 1000)
        if HAS_WARPS:
            self.assertEqual((stores[0]["requests"], stores[0]["sectors"]), (32, 125))
        self.assertIn("st.global.f32", run.stderr)

    def test_metrics_csv_and_stacks(self):
        with tempfile.TemporaryDirectory() as folder:
            stacks = os.path.join(folder, "stacks")
            _, run = self.prof("plain", "2", options=["--csv=-", "--folded", stacks, "--quiet"])
            with open(stacks) as file:
                self.assertIn(";scale ", file.read())
        self.assertTrue(run.stdout.startswith("Time (%),Total Time (ns),Instances,Avg (ns),Med (ns),"), run.stdout)
        self.assertEqual(run.stderr, "")
        _, run = self.prof("plain", "2", options=["--metrics", "flop_count_sp,smsp__thread_inst_executed.sum"])
        self.assertIn("flop.fp32 (ptx)", run.stderr)
        self.assertIn("inst.thread (ptx)", run.stderr)

    def test_modelled_times_are_marked_and_bracketed(self):
        report, run = self.prof("plain", "3", options=("--chip", "a100-40", "--compare-chips", "h200,br100-like"))
        kernel = self.kernel(report)
        self.assertIn("time\u2248", run.stderr)
        if not HAS_WARPS:
            self.assertNotIn("time", kernel["agg"])
            self.assertIn("has no modelled time: lanes ran apart", run.stderr)
            return
        time = kernel["agg"]["time"]
        # Three launches of 5 us with next to nothing in them.
        self.assertEqual((time["bound_by"], time["launches"], time["err_pct"], time["calibrated"]), ("launch", 3, 35, False))
        self.assertTrue(15 < time["us"] < 18 and 15 <= time["lo_us"] <= time["us"], time)
        self.assertEqual(time["traffic"]["from"], "no-reuse")
        self.assertAlmostEqual(kernel["agg"]["modelled"]["time.us"], time["us"])
        self.assertNotIn("time.us", kernel["agg"]["m"])
        self.assertEqual(report["metrics"]["time.us"]["kind"], "T")
        self.assertEqual([chip["name"] for chip in report["chips"]], ["a100-40"])
        self.assertEqual([other["chip"] for other in kernel["elsewhere"]], ["h200", "br100-like"])
        self.assertIn("modelled for the chip a100-40 (exact preset", run.stderr)
        self.assertIn("\u00b135%, not calibrated: no measurement", run.stderr)

    def test_the_page_needs_nothing_else(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "report.html")
            subprocess.run([QIAO, "prof", "--quiet", "--chip", "a100-40", "--html", file, "--", APP, "plain", "2"], check=True)
            with open(file) as opened:
                page = opened.read()
        for far in ("http", "src=", "@import", "url("):
            self.assertNotIn(far, page)
        data = json.loads(page.split('id="data">')[1].split("</script>")[0])
        self.assertEqual(violations(data["report"], SCHEMA), [])
        kernel = data["report"]["kernels"][0]
        self.assertGreater(len(kernel["source"]), 5)
        self.assertIn("a100-40", data["charts"]["chips"])
        self.assertIn("simt64-c500-like", [other["chip"] for other in kernel["elsewhere"]])
        self.assertIn(["sm.count", "108", "vendor data sheet", "H"], data["charts"]["provenance"]["a100-40"])
        self.assertNotIn("{{", page.split("<style>")[1].split("</style>")[0])

    def test_the_trace_keeps_two_clocks_apart(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "trace.json")
            subprocess.run([QIAO, "prof", "--quiet", "--chip", "a100-40", "--trace", file, "--", APP, "nvtx"], check=True)
            with open(file) as opened:
                trace = json.load(opened)
        events = trace["traceEvents"]
        for event in events:
            self.assertIn(event["ph"], "XMCsfi")
            self.assertTrue(isinstance(event["pid"], int) and isinstance(event["tid"], int), event)
            self.assertTrue(event["ph"] == "M" or isinstance(event["ts"], (int, float)) and event["ts"] >= 0, event)
        tracks = {}
        for event in events:
            if event["ph"] == "X":
                tracks.setdefault((event["pid"], event["tid"]), []).append((event["ts"], event["ts"] + event["dur"], event["cat"]))
        for track in tracks.values():
            track.sort()
            self.assertEqual(len({cat for _, _, cat in track}), 1)  # one clock
            for (_, end, _), (begin, _, _) in zip(track, track[1:]):
                self.assertGreaterEqual(begin, end - 1e-3)
        flows = [sorted(event["id"] for event in events if event["ph"] == end) for end in "sf"]
        self.assertEqual(flows[0], flows[1])
        self.assertEqual(len(flows[0]), sum(event["ph"] == "X" and event["cat"] == "kernel" for event in events))
        self.assertEqual(trace["deviceProperties"][0]["numSms"], 108)
        names = {event["args"]["name"] for event in events if event["ph"] == "M" and event["name"] == "process_name"}
        self.assertTrue(any("modelled, no measurement" in name for name in names), names)

    def test_lint(self):
        report, run = self.prof("plain", "1", options=("--lint", "--compare-chips", "simt64-c500-like"))
        self.assertEqual([finding for finding in report["findings"] if finding["id"].startswith("QIAO-PORT")], [])
        self.assertEqual(self.kernel(report)["name"], "scale")

    def test_calibration_makes_a_chip_that_fits(self):
        if not HAS_WARPS:
            return
        with tempfile.TemporaryDirectory() as folder:
            path = lambda name: os.path.join(folder, name)
            subprocess.run([QIAO, "prof", "--quiet", "--chip", "a100-40", "--json", path("run.json"), "--", APP, "plain", "3"], check=True)
            with open(path("times.csv"), "w") as file:
                file.write("kernel,us\nscale,8.5\n")
            run = subprocess.run([QIAO, "prof", "calibrate", path("run.json"), "--measured", path("times.csv"), "--out",
                                  path("mine.toml")], capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stderr)
            report, _ = self.prof("plain", "3", options=("--chip", path("mine.toml")))
            time = self.kernel(report)["agg"]["time"]
            self.assertAlmostEqual(time["us"] / 3, 8.5, delta=0.3)
            self.assertTrue(time["calibrated"])
            self.assertEqual(time["err_pct"], 20)
            with open(path("bad.csv"), "w") as file:
                file.write("scale,fast\n")
            run = subprocess.run([QIAO, "prof", "calibrate", path("run.json"), "--measured", path("bad.csv")], capture_output=True, text=True)
            self.assertEqual((run.returncode, run.stderr.count("\n")), (2, 1), run.stderr)

    def test_events_on_the_modelled_clock(self):
        def events(*options):
            run = subprocess.run([QIAO, "run", "--chip", "a100-40", *options, "--", APP, "events"], capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stderr)
            return [float(number) for number in run.stdout.split()], run.stderr
        (launches, nothing), errors = events("--event-clock", "model")
        self.assertEqual(errors.count("event timings are modelled for the chip a100-40 (+-35%, not calibrated): no measurement"), 1, errors)
        self.assertEqual(nothing, 0)
        if HAS_WARPS:
            self.assertTrue(0.015 < launches < 0.018, launches)  # three launches of 5 us
        else:
            self.assertEqual(launches, 0)
            self.assertEqual(errors.count("takes no time on the modelled clock of events: its lanes ran apart"), 1, errors)
        _, errors = events("--event-clock", "wall")
        self.assertEqual(errors, "")

    def test_a_chip_of_ones_own(self):
        with tempfile.TemporaryDirectory() as folder:
            chip = os.path.join(folder, "mine.toml")
            with open(chip, "w") as file:
                file.write('[chip]\nbase = "h200"\nnote = "mine"\n[launch]\nus = 100\n')
            report, run = self.prof("plain", "1", options=("--chip", chip))
        self.assertEqual(self.kernel(report)["launches"][0]["chip"], "mine")
        if HAS_WARPS:
            self.assertTrue(100 < self.kernel(report)["agg"]["time"]["us"] < 102)

    def test_an_unknown_metric_is_an_error(self):
        run = subprocess.run([QIAO, "prof", "--metrics", "gld_eficiency", "--", APP, "plain"], capture_output=True,
                             text=True)
        self.assertEqual(run.returncode, 2)
        self.assertIn("did you mean gld_efficiency", run.stderr)

    def test_diff(self):
        with tempfile.TemporaryDirectory() as folder:
            one, three = os.path.join(folder, "1.json"), os.path.join(folder, "3.json")
            for count, file in (("1", one), ("3", three)):
                subprocess.run([QIAO, "prof", "--quiet", "--json", file, "--", APP, "plain", count], check=True)
            def diff(*words):
                return subprocess.run([QIAO, "prof", "diff", *words], capture_output=True, text=True)
            self.assertIn("+200.00%", diff(one, three).stdout)
            self.assertEqual(diff(one, one, "--fail-if", "inst.thread > +0%").returncode, 0)
            failed = diff(one, three, "--fail-if", "inst.thread > +5% in /scale/")
            self.assertEqual(failed.returncode, 1)
            self.assertIn("failed: inst.thread > +5%", failed.stderr)
            self.assertEqual(diff(one, three, "--fail-if", "inst.thred > 1").returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
