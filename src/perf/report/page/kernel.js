// One kernel: launch, what-if occupancy, instructions, where the time goes, its source; and all kernels on all chips.
function mix(kernel) {
  const classes = ["fp32", "fp64", "fp16", "int", "mem", "control", "cvt", "sfu", "comm", "barrier", "misc"];
  const parts = classes.map((name, i) => ({ name, n: value(kernel, "inst.class." + name) || 0, fill: colour(i) })).filter((part) => part.n > 0);
  const all = parts.reduce((sum, part) => sum + part.n, 0) || 1;
  let x = 0;
  const bars = parts.map((part) => { const at = x; x += 560 * part.n / all; return svg("rect", { x: at, y: 0, width: Math.max(x - at - 1, 0.5), height: 22, rx: 3, fill: part.fill }, svg("title", {}, `${part.name}: ${percent(100 * part.n / all)}`)); });
  return [svg("svg", { viewBox: "0 0 560 22" }, bars), el("p", { class: "say", style: "margin:8px 0 0" }, parts.map((part) => [el("span", { style: `color:${part.fill}` }, "\u25a0 "), `${part.name} ${percent(100 * part.n / all)}  `]).flat())];
}

function waterfall(kernel) {
  const t = kernel.agg.time;
  if (!t) return el("p", { class: "say" }, "No modelled time: " + (kernel.no_time || "unknown"));
  const rows = Object.entries(t.terms).filter(([, us]) => us > 0).sort((a, b) => b[1] - a[1]);
  const most = Math.max(...rows.map((row) => row[1]));
  const ink = { compute: "var(--compute)", memory: "var(--memory)", other: "var(--other)" };
  return [el("div", { style: "margin-bottom:10px" }, el("span", { class: "big modelled" }, MARK + " " + time(t.us)), el("span", { style: "color:var(--soft)" }, `  in ${commas(t.launches)} launch${t.launches === 1 ? "" : "es"}; peaks alone allow ${time(t.lo_us)}; \u00b1${t.err_pct}%`)),
    el("div", { class: "waterfall" }, rows.map(([name, us]) => [el("span", { title: charts.terms[name].text }, name), el("div", { class: "track" }, el("i", { style: `width:${Math.max(100 * us / most, 0.5)}%;background:${ink[side(name)]};opacity:${name === t.bound_by ? 1 : 0.55}` })), el("span", { class: "v modelled" }, time(us))]).flat())];
}

function whatIf(kernel, chip) {
  const launch = kernel.launches[0], threads = launch.block.reduce((a, b) => a * b, 1), shared = launch.smem_static + launch.smem_dynamic;
  const now = { threads, registers: kernel.regs || 0, shared };
  const out = el("div"), curves = el("div", { style: "display:grid;grid-template-columns:repeat(auto-fit,minmax(230px,1fr));gap:18px;margin-top:14px" });
  const draw = () => {
    const got = occupancy(chip, now.threads, now.registers, now.shared);
    const why = Object.entries(got.limits).filter(([, n]) => n === got.blocks).map(([name]) => name).join(" and ");
    const names = { blocks: "the number of blocks", warps: "warps", registers: "registers", shared: "shared memory" };
    out.replaceChildren(el("span", { class: "big" }, percent(got.pct)), el("span", { style: "color:var(--soft)" }, `  ${got.blocks} blocks an SM, limited by ${why.split(" and ").map((w) => names[w]).join(" and ")}`));
    const range = (from, to, by) => Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, i) => from + i * by);
    curves.replaceChildren(steps(range(16, 255, 1), (v) => occupancy(chip, now.threads, v, now.shared).pct, "registers of a thread", now.registers),
      steps(range(0, chip.shared.per_block_optin, 1024), (v) => occupancy(chip, now.threads, now.registers, v).pct, "shared memory of a block", now.shared),
      steps(range(32, chip.threads_per_block, 32), (v) => occupancy(chip, v, now.registers, now.shared).pct, "threads of a block", now.threads));
  };
  const slider = (name, key, least, most, by) => {
    const shown = el("span", { class: "n" }, commas(now[key]));
    return [el("span", {}, name), el("input", { type: "range", min: least, max: most, step: by, value: now[key], "aria-label": name, oninput: (event) => { now[key] = Number(event.target.value); shown.textContent = commas(now[key]); draw(); } }), shown];
  };
  const controls = el("div", { class: "sliders", style: "margin-top:12px" }, slider("registers", "registers", 16, 255, 1), slider("shared bytes", "shared", 0, chip.shared.per_block_optin, 256), slider("threads", "threads", 32, chip.threads_per_block, 32));
  draw();
  const told = value(kernel, "occ.ctas_per_sm"), here = occupancy(chip, threads, kernel.regs || 0, shared).blocks;
  const apart = told !== undefined && told !== here ? el("p", { class: "warn" }, `this page finds ${here} blocks an SM where the report says ${told}`) : null;
  return el("div", {}, out, controls, curves, apart, kernel.regs_source !== "cubin" ? el("p", { class: "say", style: "margin:10px 0 0" }, "The number of registers is an estimate.") : null);
}

function kernelPage() {
  const kernel = kernels[picked];
  if (!kernel) return fill("kernel");
  const launch = kernel.launches[0], chip = chipOf(kernel);
  const fact = (name, text) => [el("dt", {}, name), el("dd", {}, text)];
  const some = (name, text) => value(kernel, name) ? text : "none";
  const v = (name, unit = "") => { const n = value(kernel, name); return n === undefined ? "n/a" : (Number.isInteger(n) ? count(n) : digits(n)) + unit; };
  const facts = el("dl", { class: "facts" }, launch ? [fact("grid x block", `(${launch.grid.join(", ")}) x (${launch.block.join(", ")})`), fact("registers", `${kernel.regs} (${kernel.regs_source})`), fact("shared memory", `${bytes(launch.smem_static)} static, ${bytes(launch.smem_dynamic)} dynamic`)].flat() : [],
    fact("occupancy", [v("occ.theoretical", "%") + " theoretical; ", modelled(v("occ.achieved", "%") + " achieved")]), fact("warp instructions (ptx)", `${v("inst.warp")}, ${v("inst.warp_eff")} of 32 lanes active`), fact("branches (ptx)", `${v("br.executed")}, ${v("br.divergent")} divergent`),
    fact("global loads", some("gmem.ld.req", `${v("gmem.ld.req")} requests, ${v("gmem.ld.sectors_per_req")} sectors each, ${v("gmem.ld.excess_sectors")} in excess`)), fact("global stores", some("gmem.st.req", `${v("gmem.st.req")} requests, ${v("gmem.st.sectors_per_req")} sectors each, ${v("gmem.st.excess_sectors")} in excess`)),
    fact("shared", some("smem.req", `${v("smem.req")} requests, ${v("smem.nway")} passes each, ${v("smem.excess")} in excess`)), fact("atomics", some("atom.req", `${v("atom.req")} requests, ${v("atom.serialization")} lanes on one address`)), fact("flop (ptx)", ["fp32", "fp64", "fp16", "bf16"].filter((name) => value(kernel, "flop." + name)).map((name) => v("flop." + name) + " " + name).join(", ") || "none"),
    fact("rates " + MARK, modelled(`${v("bw.dram_GBs")} GB/s memory, ${v("sol.memory_pct", "%")} memory, ${v("sol.compute_pct", "%")} compute, ${v("ipc.modelled")} inst/clock`)));
  const card = (title, ...body) => el("div", { class: "card" }, el("h3", {}, title), ...body.flat());
  fill("kernel", el("h2", {}, short(kernel.name)), el("p", { class: "say" }, kernel.name),
    el("div", { class: "grid2" }, card("Where the time goes " + MARK, waterfall(kernel)), card("Launch and counters (exact)", facts), card("Bytes: exact to L1, modelled beyond", flow(kernel)), card("Instructions of lanes by class (ptx)", mix(kernel))),
    launch && chip ? el("div", { class: "card", style: "margin-top:16px" }, el("h3", {}, "What if: occupancy on " + chip.name), whatIf(kernel, chip)) : null);
}

function heat(share) { return `background:color-mix(in srgb, var(--bad) ${Math.round(6 + 52 * share)}%, transparent)`; }

function sourcePage() {
  const kernel = kernels[picked];
  const lines = kernel && kernel.source ? kernel.source : [];
  if (!lines.length) return fill("source", el("h2", {}, "Source"), el("p", { class: "say" }, "No instruction of this kernel was kept by line."));
  const most = Math.max(...lines.map((line) => line.warps || line.threads), 1);
  const excess = (line) => line.sectors - line.ideal_sectors + line.wavefronts - line.ideal_wavefronts;
  const files = new Map();
  lines.forEach((line) => {
    if (!line.file) return;
    if (!files.has(line.file)) files.set(line.file, new Map());
    const at = files.get(line.file), sum = at.get(line.line) || { warps: 0, threads: 0, on: 0, excess: 0, sectors: 0 };
    sum.warps += line.warps; sum.threads += line.threads; sum.on += line.threads_on; sum.excess += excess(line); sum.sectors += line.sectors + line.wavefronts;
    at.set(line.line, sum);
  });
  const blocks = [...files].map(([file, sums]) => {
    const text = charts.sources[file], hot = Math.max(...[...sums.values()].map((sum) => sum.warps || sum.threads), 1);
    const numbers = [...sums.keys()].sort((a, b) => a - b), from = Math.max(numbers[0] - 3, 1), to = numbers[numbers.length - 1] + 2;
    const shown = text ? Array.from({ length: Math.min(to, text.length) - from + 1 }, (_, i) => from + i) : numbers;
    const rows = shown.map((n) => {
      const sum = sums.get(n), share = sum ? (sum.warps || sum.threads) / hot : 0;
      return el("tr", { class: sum ? "" : "cold" }, el("td", { class: "n" }, String(n)), el("td", { class: "n", style: sum ? heat(share) : "" }, sum ? count(sum.warps || sum.threads) : ""), el("td", { class: "n" }, sum && sum.warps ? digits(sum.threads / sum.warps) : ""),
        el("td", { class: "n", style: sum && sum.excess > 0 ? "color:var(--bad)" : "" }, sum && sum.excess > 0 ? count(sum.excess) : ""), el("td", {}, text ? text[n - 1] || "" : ""));
    });
    return el("div", { class: "card code", style: "margin-bottom:14px" }, el("h3", {}, file + (text ? "" : " (not found on this machine)")), el("table", {}, el("thead", {}, el("tr", {}, ["line", "warp inst (ptx)", "lanes", "excess", ""].map((name, i) => el("th", { class: i < 4 ? "n" : "" }, name)))), el("tbody", {}, rows)));
  });
  const ptx = lines.map((line) => el("tr", {}, el("td", { class: "n" }, String(line.ptx_line)), el("td", { class: "n", style: heat((line.warps || line.threads) / most) }, count(line.warps || line.threads)), el("td", { class: "n" }, line.warps ? digits(line.threads / line.warps) : ""),
    el("td", { class: "n", style: excess(line) > 0 ? "color:var(--bad)" : "" }, excess(line) > 0 ? count(excess(line)) : ""), el("td", {}, line.ptx)));
  fill("source", el("h2", {}, "Source of " + short(kernel.name)), el("p", { class: "say" }, "How often each line ran, how many lanes were active, and what it touched beyond need: sectors of global and passes of shared memory." + (files.size ? "" : " The program has no line information (-lineinfo).")), blocks,
    el("details", files.size ? {} : { open: "" }, el("summary", {}, `${lines.length} PTX instructions`), el("div", { class: "card code", style: "margin-top:8px" }, el("table", {}, el("thead", {}, el("tr", {}, ["PTX line", "warp inst", "lanes", "excess", ""].map((name, i) => el("th", { class: i < 4 ? "n" : "" }, name)))), el("tbody", {}, ptx)))));
}

// Each kernel on each chip; colours say how it stands among the chips.
function chipsPage() {
  const names = [...new Set(kernels.flatMap((kernel) => (kernel.elsewhere || []).map((other) => other.chip)))];
  if (!names.length) return fill("chips");
  const timeOn = (kernel, name) => { const other = (kernel.elsewhere || []).find((one) => one.chip === name); return other && other.time ? other.time : undefined; };
  const total = (name) => kernels.every((kernel) => timeOn(kernel, name)) ? kernels.reduce((sum, kernel) => sum + timeOn(kernel, name).us, 0) : undefined;
  const order = [...names].sort((a, b) => (total(a) ?? Infinity) - (total(b) ?? Infinity));
  const scale = (us, all) => { const least = Math.min(...all), most = Math.max(...all); return most > least * 1.02 ? Math.log(us / least) / Math.log(most / least) : 0.5; };
  const cell = (us, all, bound, why) => us === undefined ? { show: el("span", { title: why }, "n/a") } : { show: el("span", { title: bound ? "bound by " + bound : "" }, modelled(time(us))), class: "h", style: `background:hsl(${Math.round(150 - 150 * scale(us, all))} 60% 50% / 0.16)` };
  const shown = byTime.slice(0, 12);
  const rows = order.map((name) => ({ keys: [name, total(name), ...shown.map((i) => (timeOn(kernels[i], name) || {}).us)], cells: [name, cell(total(name), order.map(total).filter((us) => us)),
    ...shown.map((i) => { const t = timeOn(kernels[i], name), all = order.map((one) => (timeOn(kernels[i], one) || {}).us).filter((us) => us); const other = (kernels[i].elsewhere || []).find((one) => one.chip === name); return cell(t ? t.us : undefined, all, t ? t.bound_by : "", other ? other.why : ""); })] }));
  fill("chips", el("h2", {}, "The same run on other chips"), el("p", { class: "say" }, "The counters of this run taken to other chips' data, all ", el("span", { class: "modelled" }, MARK + " modelled"), ". Green is the fastest of a column. Chips named -like are public data and no vendor's word."),
    el("div", { class: "card scroll" }, table([{ name: "chip", class: "name" }, { name: "all kernels", n: 1 }, ...shown.map((i) => ({ name: short(kernels[i].name).slice(0, 22), n: 1, title: kernels[i].name }))], rows, { sortable: true, class: "heat" })));
}
