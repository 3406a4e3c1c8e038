// qiao chips: which chips there are, and what is known of one of them.
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "device_sim/chips/catalog.h"
#include "src/cli/verbs.h"
#include "src/perf/table.h"

namespace qiao::cli {
namespace {

using nlohmann::ordered_json;

std::string compute_capability(const hal::ChipDescription& chip) {
  return std::to_string(chip.compute_major) + "." + std::to_string(chip.compute_minor);
}

int list(bool as_json) {
  Result<std::vector<std::string>> names = chips::names();
  if (!names) return fail(kFailed, names.error().message);
  std::vector<std::vector<std::string>> rows;
  ordered_json array = ordered_json::array();
  for (const std::string& name : *names) {
    Result<chips::Chip> loaded = chips::load(name);
    if (!loaded) return fail(kFailed, loaded.error().message);
    const hal::ChipDescription& chip = loaded->description;
    std::string gib = std::to_string(chip.memory.bytes >> 30) + " GiB";
    bool is_default = name == chips::kDefaultChip;
    rows.push_back({name + (is_default ? " (default)" : ""), compute_capability(chip), std::to_string(chip.sm.count),
                    gib, chip.note});
    array.push_back({{"name", name},
                     {"title", chip.title},
                     {"compute", compute_capability(chip)},
                     {"default", is_default},
                     {"sm_count", chip.sm.count},
                     {"memory_bytes", chip.memory.bytes},
                     {"note", chip.note}});
  }
  std::string table = perf::format_columns({{"chip"}, {"cc"}, {"SMs", true}, {"memory", true}, {"data"}}, rows);
  std::printf("%s", as_json ? (array.dump(2) + "\n").c_str() : table.c_str());
  return 0;
}

// Numbers, lists and yes/no are written in JSON's own way already; the rest is text.
ordered_json json_value(const std::string& text) {
  ordered_json value = ordered_json::parse(text, nullptr, false);
  return value.is_discarded() ? ordered_json(text) : value;
}

// Where a value comes from, for people.
std::string origin(const chips::Fact& fact) {
  if (!fact.source.empty()) return fact.source + " (" + fact.confidence + ")";
  return fact.file.empty() ? "default" : "no source";
}

int show(const std::string& name, bool as_json) {
  Result<chips::Chip> chip = chips::load(name);
  if (!chip) return fail(kMisuse, chip.error().message);
  std::vector<std::vector<std::string>> rows;
  ordered_json object;
  object["name"] = chip->description.name;
  for (const chips::Fact& fact : chip->facts) {
    rows.push_back({fact.section + "." + fact.key, fact.value, fact.meaning, origin(fact)});
    object[fact.section][fact.key] = {{"value", json_value(fact.value)},
                                      {"source", fact.source},
                                      {"confidence", fact.confidence},
                                      {"file", fact.file}};
  }
  std::string table =
      chip->description.name + ": " + chip->description.note + "\n" +
      perf::format_columns({{"key"}, {"value"}, {"what it is"}, {"source (confidence: H, M, L)"}}, rows);
  std::printf("%s", as_json ? (object.dump(2) + "\n").c_str() : table.c_str());
  return 0;
}

}  // namespace

void add_chips(CLI::App& app, Verb& chosen) {
  CLI::App* verb = app.add_subcommand("chips", "list the chips, or show one with the sources of its data");
  verb->require_subcommand(0, 1);
  auto as_json = std::make_shared<bool>(false);
  auto name = std::make_shared<std::string>();
  verb->add_flag("--json", *as_json, "as JSON");
  CLI::App* list_verb = verb->add_subcommand("list", "list the chips");
  list_verb->add_flag("--json", *as_json, "as JSON");
  CLI::App* show_verb = verb->add_subcommand("show", "show one chip");
  show_verb->add_option("NAME", *name, "a name or a .toml file")->required();
  show_verb->add_flag("--json", *as_json, "as JSON");
  verb->final_callback(
      [=, &chosen] { chosen = [=] { return name->empty() ? list(*as_json) : show(*name, *as_json); }; });
}

}  // namespace qiao::cli
