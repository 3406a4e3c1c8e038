// The HTML report: the document of qiao-prof-1, what the page's charts need beside it, and the page (page/).
#include <fstream>
#include <map>
#include <set>

#include "qiao_report_page.h"
#include "src/perf/report/report.h"
#include "src/perf/report/report_json.h"

namespace qiao::perf {
namespace {

using nlohmann::ordered_json;

constexpr size_t kMostWholeLaunches = 400;  // with all their counters; of the others shape and time stay
constexpr size_t kMostSourceBytes = 1 << 20;

ordered_json rates_of(const hal::ChipDescription::Rates& rates) {
  return {{"fp32", rates.fp32}, {"fp64", rates.fp64}, {"fp16", rates.fp16}, {"tensor_f16", rates.tensor_f16}};
}

// What occupancy and roofline take of a chip.
ordered_json chart_of(const ModelChip& chip) {
  const hal::ChipDescription& about = chip.about;
  return {{"name", about.name},
          {"threads_per_block", about.limits.threads_per_block},
          {"sm",
           {{"count", about.sm.count},
            {"clock_khz", about.sm.clock_khz},
            {"schedulers", about.sm.schedulers},
            {"threads", about.sm.threads},
            {"blocks", about.sm.blocks},
            {"registers", about.sm.registers},
            {"registers_per_block", about.sm.registers_per_block},
            {"register_alloc_unit", about.sm.register_alloc_unit},
            {"warp_alloc_unit", about.sm.warp_alloc_unit}}},
          {"shared",
           {{"per_sm", about.shared.per_sm},
            {"per_block_optin", about.shared.per_block_optin},
            {"reserved_per_block", about.shared.reserved_per_block},
            {"alloc_unit", about.shared.alloc_unit}}},
          {"rates", rates_of(about.rates)},
          {"memory_gbs", about.memory.bandwidth_gbs},
          {"l2_gbs", about.l2.bandwidth_gbs},
          {"l1_bytes", chip.model.pipe.l1_bytes}};
}

ordered_json terms_json() {
  constexpr const char* kSides[] = {"compute", "memory", "other"};
  ordered_json terms = ordered_json::object();
  for (size_t i = 0; i < kTerms; ++i) {
    const TermRow& row = row_of(static_cast<Term>(i));
    terms[std::string(row.name)] = {{"side", kSides[static_cast<size_t>(row.side)]}, {"text", row.text}};
  }
  return terms;
}

// The lines of the files that instructions come from, as they are on this machine now.
ordered_json sources_json(const RunReport& run) {
  std::set<std::string> names;
  for (const ProcessReport& process : run.processes)
    for (const KernelReport& kernel : process.kernels)
      for (const InstructionProfile& line : kernel.source) names.insert(line.file);
  ordered_json sources = ordered_json::object();
  size_t room = kMostSourceBytes;
  for (const std::string& name : names) {
    std::ifstream file(name);
    ordered_json lines = ordered_json::array();
    size_t taken = 0;
    for (std::string line; taken <= room && std::getline(file, line); taken += line.size() + 1) lines.push_back(line);
    if (taken > room || lines.empty()) continue;
    room -= taken;
    sources[name] = std::move(lines);
  }
  return sources;
}

void shorten(ordered_json& document) {
  size_t whole = 0;
  for (ordered_json& kernel : document["kernels"]) {
    for (ordered_json& launch : kernel["launches"]) {
      if (++whole <= kMostWholeLaunches) continue;
      for (const char* key : {"m", "ratios", "modelled"}) launch.erase(key);
    }
  }
}

void put(std::string& page, const std::string& place, const std::string& text) {
  page.replace(page.find(place), place.size(), text);
}

// Within a script element nothing may look like its end.
std::string within_script(std::string text) {
  for (size_t at = 0; (at = text.find("</", at)) != std::string::npos; at += 3) text.replace(at, 2, "<\\/");
  return text;
}

}  // namespace

std::string report_html(const RunReport& run) {
  ordered_json chips = ordered_json::object(), provenance = ordered_json::object();
  for (const ModelChip& chip : run.chips) chips[chip.about.name] = chart_of(chip);
  for (const ChipSources& sources : run.sources) provenance[sources.chip] = sources.facts;
  ordered_json document = report_document(run);
  shorten(document);
  ordered_json data{{"report", std::move(document)},
                    {"charts",
                     {{"chips", std::move(chips)},
                      {"provenance", std::move(provenance)},
                      {"terms", terms_json()},
                      {"sources", sources_json(run)}}}};
  std::string page = kPageHtml;
  put(page, "{{css}}", kPageStyle);
  put(page, "{{js}}", kPageScript);
  put(page, "{{data}}", within_script(data.dump(-1, ' ', false, ordered_json::error_handler_t::replace)));
  return page;
}

}  // namespace qiao::perf
