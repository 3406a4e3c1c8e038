// The report in the page: verdict, tables, and which kernel is looked at. Data is the document of qiao-prof-1 with
// `charts` beside it. No network, no libraries.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const report = data.report, charts = data.charts;
const $ = (id) => document.getElementById(id);

// Elements by hand: tag, attributes, children (text is escaped by being text).
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null) node.setAttribute(key, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}
function fill(id, ...children) { $(id).replaceChildren(...children.flat().filter((child) => child)); }

const commas = (n) => Math.round(n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
function digits(n) { return n >= 99.95 ? n.toFixed(0) : n >= 9.995 ? n.toFixed(1) : n.toFixed(2); }
function scaled(n, units, step = 1000) {
  let i = 0;
  while (Math.abs(n) >= step * 0.9995 && i + 1 < units.length) { n /= step; ++i; }
  return (i === 0 && Number.isInteger(n) ? String(n) : digits(n)) + " " + units[i];
}
const time = (us) => scaled(us * 1000, ["ns", "us", "ms", "s"]);
const bytes = (n) => scaled(n, ["B", "KB", "MB", "GB", "TB"]);
const count = (n) => n === undefined ? "-" : n < 100000 ? commas(n) : scaled(n, ["", "K", "M", "G", "T"]).trim();
const percent = (n) => n === undefined ? "-" : n.toFixed(n < 10 ? 1 : 0) + "%";
const MARK = "\u2248";
const modelled = (text) => el("span", { class: "modelled" }, MARK + " " + text);

const side = (bound) => charts.terms[bound] ? charts.terms[bound].side : "other";
const badge = (bound) => el("span", { class: "badge " + side(bound), title: (charts.terms[bound] || {}).text }, bound);
const kernels = report.kernels;
const value = (kernel, name) => {
  for (const group of ["m", "ratios", "modelled"])
    if (kernel.agg[group] && name in kernel.agg[group]) return kernel.agg[group][name];
  return undefined;
};
const usOf = (kernel) => kernel.agg.time ? kernel.agg.time.us : undefined;
const short = (name) => name.replace(/\(.*$/s, "").replace(/^void /, "");
const chipOf = (kernel) => charts.chips[(kernel.launches[0] || {}).chip];
const hues = [212, 28, 160, 280, 350, 95, 190, 48, 320, 240];
const colour = (i) => `hsl(${hues[i % hues.length]} 65% ${50 + 8 * (Math.floor(i / hues.length) % 3)}%)`;

const byTime = kernels.map((kernel, i) => i).sort((a, b) => (usOf(kernels[b]) ?? 0) - (usOf(kernels[a]) ?? 0) ||
  kernels[b].agg.emul_ns.sum_ns - kernels[a].agg.emul_ns.sum_ns);
let picked = byTime[0];

function table(columns, rows, options = {}) {
  const head = el("tr", {}, columns.map((column) => el("th", { class: column.n ? "n" : "", title: column.title }, column.name)));
  const body = el("tbody");
  const node = el("table", { class: (options.sortable ? "sortable " : "") + (options.class || "") }, el("thead", {}, head), body);
  const draw = (sorted) => body.replaceChildren(...sorted.map((row) => el("tr", row.attributes || {},
    row.cells.map((cell, i) => el("td", { class: (columns[i].n ? "n " : "") + (columns[i].class || "") + (cell.class ? " " + cell.class : ""), style: cell.style },
      cell.show !== undefined ? cell.show : cell)))));
  if (options.sortable) head.childNodes.forEach((th, i) => th.addEventListener("click", () => {
    const down = !th.classList.contains("desc");
    head.childNodes.forEach((other) => other.classList.remove("asc", "desc"));
    th.classList.add(down ? "desc" : "asc");
    const key = (row) => row.keys[i];
    draw([...rows].sort((a, b) => {
      const x = key(a), y = key(b);
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      return (typeof x === "string" ? x.localeCompare(y) : x - y) * (down ? -1 : 1);
    }));
  }));
  draw(rows);
  return node;
}

function verdict() {
  const command = report.run.argv.join(" ");
  fill("title", "Qiao report", el("small", {}, report.run.argv[0].split("/").pop() + " \u00b7 " + new Date(report.run.start_unix_ns / 1e6).toISOString().slice(0, 16).replace("T", " ") + " UTC"));
  fill("command", "qiao prof -- " + command);
  const timed = kernels.filter((kernel) => kernel.agg.time);
  const total = timed.reduce((sum, kernel) => sum + usOf(kernel), 0);
  const chip = report.chips[0];
  const top = kernels[byTime[0]];
  const launches = kernels.reduce((sum, kernel) => sum + kernel.agg.launches, 0);
  const tile = (label, big, under) => el("div", { class: "tile" }, el("span", { class: "label" }, label), el("b", {}, big), el("span", {}, under));
  const ports = report.findings.filter((finding) => finding.sev === "port").length;
  fill("verdict",
    tile("Chip", chip ? chip.name : "n/a", chip ? chip.sm + " SMs, warps of " + chip.warp_chip + (chip.warp_chip !== 32 ? " (run as 32)" : "") : "no chip is known for these launches"),
    tile("Kernel time", timed.length ? modelled(time(total)) : "n/a", timed.length === kernels.length ? `all ${commas(launches)} launches, \u00b1${chip ? chip.err_pct : 35}%` : `${timed.length} of ${kernels.length} kernels have a model`),
    tile("Mostly bound by", top && top.agg.time ? badge(top.agg.time.bound_by) : "n/a", top ? short(top.name) + (total && usOf(top) ? `, ${percent(100 * usOf(top) / total)} of the time` : "") : "no kernel ran"),
    tile("Findings", String(report.findings.length), ports ? `${ports} about moving to this chip` : "none about moving to this chip"),
    tile("Exit code", el("span", { class: report.run.exit_code ? "warn" : "" }, String(report.run.exit_code)), "after " + time(report.run.wall_ns / 1000) + " of emulation and host"));
  fill("legend", "Numbers in ink are exact: counted in one pass, the same in every run. ", el("i", {}, MARK + " violet"),
    " is modelled for the chip" + (chip ? ` (${chip.note}; ${chip.calibrated ? "calibrated" : "not calibrated"})` : "") + ", never a measurement. (ptx) counts PTX instructions, not SASS.");
}

function kernelTable() {
  const total = kernels.reduce((sum, kernel) => sum + (usOf(kernel) || 0), 0);
  const columns = [{ name: "time " + MARK, n: 1 }, { name: "share " + MARK }, { name: "bound by " + MARK }, { name: "occupancy", n: 1, title: "warps that can be resident; registers may be an estimate" },
    { name: "launches", n: 1 }, { name: "sectors/load", n: 1, title: "32-byte sectors of a global load: 4 for 32 neighbouring words" }, { name: "smem passes", n: 1, title: "passes over the banks of a shared access: 1 is best" },
    { name: "lanes on", n: 1, title: "active lanes of an instruction, of 32 (ptx)" }, { name: "flop/byte", n: 1, title: "floating-point operations for each byte of global memory asked for (ptx)" }, { name: "kernel", class: "name" }];
  const rows = byTime.map((i) => {
    const kernel = kernels[i], us = usOf(kernel), share = us !== undefined && total ? us / total : undefined;
    const numbers = [us, share, kernel.agg.time ? kernel.agg.time.bound_by : undefined, value(kernel, "occ.theoretical"), kernel.agg.launches,
      value(kernel, "gmem.ld.sectors_per_req"), value(kernel, "smem.nway"), value(kernel, "inst.warp_eff"), value(kernel, "ai.requested"), kernel.name];
    const number = (n, bad) => ({ show: n === undefined ? "-" : digits(n), style: bad ? "color:var(--bad)" : undefined });
    return { keys: numbers, attributes: { class: "pick" + (i === picked ? " on" : ""), "data-kernel": i, onclick: () => pick(i, true) },
      cells: [us === undefined ? { show: el("span", { title: kernel.no_time }, "n/a") } : modelled(time(us)),
        { show: share === undefined ? "" : el("div", {}, percent(100 * share), el("div", { class: "bar" }, el("i", { style: `width:${100 * share}%;background:${colour(i)}` }))) },
        kernel.agg.time ? { show: badge(kernel.agg.time.bound_by) } : "-", percent(numbers[3]), commas(kernel.agg.launches),
        number(numbers[5], numbers[5] > 8), number(numbers[6], numbers[6] > 1.5), number(numbers[7], numbers[7] < 24), number(numbers[8]), kernel.name] };
  });
  fill("kernels-say", "Click a column to sort, a kernel to look into it.");
  fill("kernel-table", table(columns, rows, { sortable: true }));
}

// Launches in their order, each as long as its modelled time.
function sequence() {
  const launches = [];
  kernels.forEach((kernel, i) => kernel.launches.forEach((launch) => launches.push({ i, n: launch.n, us: launch.time ? launch.time.us : undefined, shape: launch })));
  launches.sort((a, b) => a.n - b.n);
  const shown = launches.filter((launch) => launch.us !== undefined).slice(0, 600);
  const total = shown.reduce((sum, launch) => sum + launch.us, 0);
  if (!shown.length) return fill("sequence");
  let x = 0;
  const bars = shown.map((launch) => {
    const width = 1180 * launch.us / total, at = x;
    x += width;
    return svg("rect", { x: at, y: 0, width: Math.max(width - (width > 3 ? 1 : 0), 0.4), height: 26, rx: width > 8 ? 3 : 0, fill: colour(launch.i) },
      svg("title", {}, `#${launch.n} ${kernels[launch.i].name}\n(${launch.shape.grid.join(", ")})x(${launch.shape.block.join(", ")}) ${MARK} ${time(launch.us)}`));
  });
  fill("sequence", el("h3", {}, "Launches in order, as long as they would take " + MARK + (shown.length < launches.length ? ` (first ${shown.length})` : "")),
    svg("svg", { viewBox: "0 0 1180 26", style: "height:26px", preserveAspectRatio: "none" }, bars));
}

function findings() {
  const rows = [...report.findings].sort((a, b) => (b.cost_pct || 0) - (a.cost_pct || 0)).map((finding) => el("div", { class: "finding" }, el("span", {}, el("span", { class: "badge " + finding.sev }, finding.sev)),
    el("div", {}, finding.msg, el("div", { class: "where" }, (kernels[finding.kernel] ? short(kernels[finding.kernel].name) : "") + (finding.loc ? " \u00b7 " + finding.loc : "") + " \u00b7 " + finding.id)),
    el("div", { class: "cost" }, finding.cost_pct ? percent(finding.cost_pct) : "", el("div", { class: "where" }, finding.metric))));
  fill("findings", el("h2", {}, "Findings"), el("p", { class: "say" }, "opt: can be made better. inf: worth knowing. port: matters on another chip. The share is of what the counter is a part of."),
    el("div", { class: "card" }, rows.length ? rows : "Nothing stands out."));
}

function host() {
  const calls = [...report.api].sort((a, b) => b.sum_ns - a.sum_ns).slice(0, 15).map((call) => ({ cells: [time(call.sum_ns / 1000), commas(call.calls), time(call.sum_ns / 1000 / Math.max(call.calls, 1)), call.errors ? commas(call.errors) : "", call.name] }));
  const copies = report.memops.map((copy) => ({ cells: [copy.kind, commas(copy.calls), bytes(copy.bytes), copy.model_us === undefined ? "-" : modelled(time(copy.model_us))] }));
  fill("host", el("h2", {}, "Host"), el("p", { class: "say" }, "Calls are wall time on this machine, with the emulation they wait for: not the chip's."),
    el("div", { class: "grid2" }, el("div", { class: "card scroll" }, el("h3", {}, "API calls (measured)"), table([{ name: "time", n: 1 }, { name: "calls", n: 1 }, { name: "avg", n: 1 }, { name: "errors", n: 1 }, { name: "name", class: "name" }], calls)),
      el("div", { class: "card scroll" }, el("h3", {}, "Copies"), copies.length ? table([{ name: "kind" }, { name: "calls", n: 1 }, { name: "bytes", n: 1 }, { name: "on the chip " + MARK, n: 1 }], copies) : "none")));
}

function about() {
  const rows = Object.entries(report.metrics).map(([name, metric]) => ({ cells: [name, metric.kind === "F" ? "exact" : metric.kind === "S" ? "static" : metric.kind === "T" ? modelled("modelled") : metric.kind, metric.unit, metric.text + (metric.formula ? " = " + metric.formula : ""), metric.ncu] }));
  const chips = Object.entries(charts.provenance).map(([name, facts]) => el("details", {}, el("summary", {}, `Where the numbers of ${name} come from`),
    table([{ name: "key" }, { name: "value" }, { name: "source" }, { name: "confidence" }], facts.map((fact) => ({ cells: [fact[0], fact[1], fact[2] || "no source: a default", fact[3]] })))));
  fill("about", el("h2", {}, "About these numbers"), el("div", { class: "card" },
    el("p", { class: "say" }, "Counters come from code compiled into the kernels; they do not depend on the number of workers. Times are a bound model over them: each resource of the chip gives a time, the longest binds. What it cannot know (stalls, eligible warps, caches it does not model) is n/a, not guessed. Formulas: src/perf/profiler.md."),
    report.warnings.map((warning) => el("p", { class: "warn" }, warning)), chips,
    el("details", {}, el("summary", {}, `All ${rows.length} metrics`), table([{ name: "metric" }, { name: "kind" }, { name: "unit" }, { name: "what it is" }, { name: "ncu" }], rows))));
}

function pick(i, move) {
  picked = i;
  document.querySelectorAll("tr.pick").forEach((row) => row.classList.toggle("on", Number(row.dataset.kernel) === i));
  kernelPage();
  sourcePage();
  if (move) location.hash = "#kernel";
}

verdict();
kernelTable();
sequence();
roofline();
kernelPage();
sourcePage();
chipsPage();
findings();
host();
about();
