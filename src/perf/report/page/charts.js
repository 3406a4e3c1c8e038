// Drawings: roofline, memory flow, occupancy. SVG by hand, sizes in a viewBox, colours from the style sheet.
function svg(tag, attributes, ...children) {
  const node = document.createElementNS($("ns").namespaceURI, tag);
  for (const [key, value] of Object.entries(attributes || {}))
    if (value !== undefined) node.setAttribute(key, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}
const label = (x, y, text, attributes) => svg("text", { x, y, ...attributes }, text);

// Roofs of a chip: bandwidths in GB/s, peaks in GFLOP/s.
function roofs(chip) {
  const clocks = chip.sm.count * chip.sm.clock_khz * 1e3;
  const memory = [{ name: "memory", gbs: chip.memory_gbs }];
  if (chip.l2_gbs) memory.push({ name: "L2", gbs: chip.l2_gbs });
  memory.push({ name: "L1", gbs: clocks * chip.l1_bytes / 1e9 });
  const peaks = Object.entries(chip.rates).filter(([name, rate]) => rate > 0 && ["fp64", "fp32", "fp16", "tensor_f16"].includes(name))
    .map(([name, rate]) => ({ name: name === "tensor_f16" ? "f16 matrix" : name, gflops: rate * clocks / 1e9 }));
  return { memory, peaks };
}

function roofline() {
  const chip = Object.values(charts.chips).find((one) => report.chips.length && one.name === report.chips[0].name);
  const dots = kernels.map((kernel, i) => ({ i, kernel, flop: value(kernel, "flop.total"), asked: value(kernel, "ai.requested"), us: usOf(kernel), dram: kernel.agg.time ? kernel.agg.time.traffic.dram_bytes : 0 }))
    .filter((dot) => dot.flop > 0 && dot.us > 0 && dot.asked > 0);
  if (!chip || !dots.length) return fill("roofline", el("h2", {}, "Roofline"), el("p", { class: "say" }, "No kernel did floating-point work on global memory that could be placed here."));
  const W = 1180, H = 430, L = 70, R = 150, T = 16, B = 46;
  const { memory, peaks } = roofs(chip);
  const xs = dots.flatMap((dot) => [dot.asked, dot.dram > 0 ? dot.flop / dot.dram : dot.asked]), ys = dots.map((dot) => dot.flop / dot.us / 1e3);
  const top = Math.max(...peaks.map((peak) => peak.gflops));
  const knee = top / memory[0].gbs;
  const x0 = Math.floor(Math.log10(Math.min(...xs, 0.1))), x1 = Math.ceil(Math.log10(Math.max(...xs, knee * 2)));
  const y1 = Math.ceil(Math.log10(top * 1.2)), y0 = Math.max(Math.min(Math.floor(Math.log10(Math.min(...ys, top))), y1 - 4), y1 - 7);
  const X = (v) => L + (W - L - R) * (Math.log10(v) - x0) / (x1 - x0);
  const Y = (v) => T + (H - T - B) * (y1 - Math.log10(Math.max(v, 10 ** y0))) / (y1 - y0);
  const parts = [];
  const si = (g) => scaled(g, ["GFLOP/s", "TFLOP/s", "PFLOP/s"]).replace(/\.0+ /, " ");
  for (let p = x0; p <= x1; ++p) parts.push(svg("line", { class: "axis", x1: X(10 ** p), x2: X(10 ** p), y1: T, y2: H - B }), label(X(10 ** p), H - B + 18, p < 0 ? (10 ** p).toFixed(-p) : String(10 ** p), { "text-anchor": "middle" }));
  for (let p = y0; p <= y1; ++p) parts.push(svg("line", { class: "axis", x1: L, x2: W - R, y1: Y(10 ** p), y2: Y(10 ** p) }), label(L - 8, Y(10 ** p) + 4, si(10 ** p), { "text-anchor": "end" }));
  parts.push(label((L + W - R) / 2, H - 6, "floating-point operations per byte (exact: bytes asked for)", { "text-anchor": "middle" }));
  memory.forEach((roof, i) => {
    const end = Math.min(top / roof.gbs, 10 ** x1), begin = Math.max(10 ** x0, 10 ** y0 / roof.gbs);
    parts.push(svg("line", { class: "roof", x1: X(begin), y1: Y(begin * roof.gbs), x2: X(end), y2: Y(end * roof.gbs), stroke: "var(--memory)", "stroke-dasharray": i ? "5 5" : undefined, opacity: i ? 0.6 : 1 }));
    const at = begin * 1.25, angle = -Math.atan2(Y(begin * roof.gbs) - Y(end * roof.gbs), X(end) - X(begin)) * 180 / Math.PI;
    parts.push(label(0, 0, `${roof.name} ${scaled(roof.gbs, ["GB/s", "TB/s"])}`, { transform: `translate(${X(at)} ${Y(at * roof.gbs) - 6}) rotate(${angle})` }));
  });
  const fastest = Math.max(...memory.map((roof) => roof.gbs));
  const placed = [];
  [...peaks].sort((a, b) => b.gflops - a.gflops).forEach((peak) => {
    let y = Y(peak.gflops) + 4;
    while (placed.some((other) => Math.abs(other - y) < 13)) y += 13;
    placed.push(y);
    parts.push(svg("line", { class: "roof", x1: X(Math.max(peak.gflops / fastest, 10 ** x0)), x2: W - R, y1: Y(peak.gflops), y2: Y(peak.gflops), stroke: "var(--compute)" }),
      label(W - R + 8, y, `${peak.name} ${si(peak.gflops)}`));
  });
  const longest = Math.max(...dots.map((dot) => dot.us));
  const taken = [], names = [];
  [...dots].sort((a, b) => b.us - a.us).forEach((dot) => {
    const cx = X(dot.asked), cy = Y(dot.flop / dot.us / 1e3), r = 5 + 8 * Math.sqrt(dot.us / longest);
    const through = dot.dram > 0 ? X(Math.min(Math.max(dot.flop / dot.dram, 10 ** x0), 10 ** x1)) : cx;
    parts.push(svg("line", { x1: cx, x2: through, y1: cy, y2: cy, stroke: colour(dot.i), opacity: 0.5 }));
    if (Math.abs(through - cx) > 4) parts.push(svg("circle", { cx: through, cy, r: 3.5, fill: "var(--card)", stroke: colour(dot.i), "stroke-width": 1.5 }, svg("title", {}, `${dot.kernel.name}: by modelled bytes of memory`)));
    const node = svg("circle", { cx, cy, r, fill: colour(dot.i), opacity: 0.85, style: "cursor:pointer" }, svg("title", {}, `${dot.kernel.name}\n${digits(dot.asked)} flop/byte, ${MARK} ${si(dot.flop / dot.us / 1e3)}`));
    node.addEventListener("click", () => pick(dot.i, true));
    let y = cy + 4;
    while (taken.some((other) => Math.abs(other.x - cx) < 90 && Math.abs(other.y - y) < 13)) y += 13;
    taken.push({ x: cx, y });
    parts.push(node);
    names.push(label(cx + r + 5, y, short(dot.kernel.name), { class: "strong" }));
  });
  parts.push(names);
  fill("roofline", el("h2", {}, "Roofline"), el("p", { class: "say" }, `${chip.name}: what it could do at most, and where kernels would be. Across, exact; up, `, el("span", { class: "modelled" }, MARK + " modelled"), ". A ring is the same kernel by the bytes that would reach memory."),
    el("div", { class: "card" }, svg("svg", { viewBox: `0 0 ${W} ${H}` }, parts.flat())));
}

// Bytes from the SMs to memory, as bands; what is modelled has its colour.
function flow(kernel) {
  const m = (name) => value(kernel, name) || 0;
  const asked = m("gmem.ld.bytes_req") + m("gmem.st.bytes_req"), sectors = 32 * (m("gmem.ld.sectors") + m("gmem.st.sectors") + m("lmem.ld.sectors") + m("lmem.st.sectors"));
  const shared = m("smem.ld.bytes_req") + m("smem.st.bytes_req");
  const traffic = kernel.agg.time ? kernel.agg.time.traffic : undefined;
  const stages = [{ name: "asked for", bytes: asked }, { name: "sectors (L1)", bytes: sectors }, { name: "L2", bytes: traffic ? traffic.l2_bytes : 0, model: 1 }, { name: "memory", bytes: traffic ? traffic.dram_bytes : 0, model: 1 }];
  const most = Math.max(...stages.map((stage) => stage.bytes), shared, 1);
  const W = 560, step = 140, mid = 74, half = (n) => n > 0 ? Math.max(46 * n / most, 1) : 0;
  const parts = [];
  stages.forEach((stage, i) => {
    const x = 40 + i * step, h = half(stage.bytes), next = stages[i + 1];
    const ink = stage.model ? "var(--model)" : "var(--accent)";
    if (next) parts.push(svg("path", { d: `M${x + 20} ${mid - h} C${x + 70} ${mid - h} ${x + step - 50} ${mid - half(next.bytes)} ${x + step} ${mid - half(next.bytes)} L${x + step} ${mid + half(next.bytes)} C${x + step - 50} ${mid + half(next.bytes)} ${x + 70} ${mid + h} ${x + 20} ${mid + h} Z`, fill: next.model ? "var(--model)" : "var(--accent)", opacity: 0.22 }));
    parts.push(svg("rect", { x, y: mid - Math.max(h, 1), width: 20, height: Math.max(2 * h, 2), rx: 3, fill: ink }),
      label(x + 10, mid + 66, stage.name, { "text-anchor": "middle" }), label(x + 10, mid + 82, (stage.model ? MARK + " " : "") + bytes(stage.bytes), { class: "strong", "text-anchor": "middle" }));
  });
  return [svg("svg", { viewBox: `0 0 ${W} 164` }, parts), el("p", { class: "say", style: "margin:6px 0 0" }, shared ? `Shared memory: ${bytes(shared)} in ${count(m("smem.wavefronts"))} passes, ${count(m("smem.excess"))} of them lost to bank conflicts. ` : "",
    traffic && traffic.from === "no-reuse" ? "No cache is modelled here: every sector counts as fetched from memory, an upper bound." : traffic && traffic.from === "fits-l2" ? "All memory of the process fits into L2: each byte is fetched and written back once at most." : "")];
}

// The published rules, as src/runtime/occupancy.cpp has them.
function occupancy(chip, threads, registers, shared) {
  const up = (n, unit) => unit ? Math.ceil(n / unit) * unit : n;
  const warps = Math.ceil(threads / 32), most = chip.sm.blocks;
  const limits = { blocks: most, warps: Math.floor(Math.floor(chip.sm.threads / 32) / warps), registers: most, shared: most };
  if (registers > 0) {
    const each = up(registers * 32, chip.sm.register_alloc_unit), given = up(warps, chip.sm.warp_alloc_unit), schedulers = Math.max(chip.sm.schedulers, 1);
    limits.registers = each * given <= chip.sm.registers_per_block ? Math.floor(Math.floor(Math.floor(chip.sm.registers / schedulers) / each) * schedulers / given) : 0;
  }
  const taken = up(shared + chip.shared.reserved_per_block, chip.shared.alloc_unit);
  if (taken > 0) limits.shared = Math.floor(chip.shared.per_sm / taken);
  if (shared > chip.shared.per_block_optin) limits.shared = 0;
  if (threads > chip.threads_per_block) limits.warps = 0;
  const blocks = Math.min(limits.blocks, limits.warps, limits.registers, limits.shared);
  return { blocks, limits, pct: 100 * blocks * warps / Math.floor(chip.sm.threads / 32) };
}
function steps(values, at, name, current) {
  const W = 340, H = 110, L = 30, B = 22;
  const X = (i) => L + (W - L - 6) * i / Math.max(values.length - 1, 1), Y = (p) => 6 + (H - B - 6) * (1 - p / 100);
  const path = values.map((v, i) => `${i ? "L" : "M"}${X(i)} ${Y(at(v))}`).join("");
  const here = values.reduce((best, v, i) => Math.abs(v - current) < Math.abs(values[best] - current) ? i : best, 0);
  return el("div", {}, el("h3", {}, name), svg("svg", { viewBox: `0 0 ${W} ${H}` },
    [0, 50, 100].map((p) => [svg("line", { class: "axis", x1: L, x2: W, y1: Y(p), y2: Y(p) }), label(L - 5, Y(p) + 4, p + "%", { "text-anchor": "end" })]).flat(),
    svg("path", { d: path, fill: "none", stroke: "var(--accent)", "stroke-width": 2 }), svg("circle", { cx: X(here), cy: Y(at(current)), r: 5, fill: "var(--bad)" }),
    label(L, H - 4, count(values[0])), label(W, H - 4, count(values[values.length - 1]), { "text-anchor": "end" }), label(X(here) + (X(here) > W - 60 ? -9 : 9), Y(at(current)) + (at(current) > 85 ? 16 : -6), count(current), { "text-anchor": X(here) > W - 60 ? "end" : "start", class: "strong" })));
}
