// qiao chips: which chips there are, and what is known of one of them (chips_compare.cpp: check and diff).
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "device_sim/chips/catalog.h"
#include "src/cli/chips.h"
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

int show(const std::string& name, bool unsourced, bool as_json) {
  Result<chips::Chip> chip = chips::load(name);
  if (!chip) return fail(kMisuse, chip.error().message);
  if (unsourced) std::erase_if(chip->facts, [](const chips::Fact& fact) { return !fact.source.empty(); });
  std::vector<std::vector<std::string>> rows;
  ordered_json object;
  object["name"] = chip->description.name;
  for (const chips::Fact& fact : chip->facts) {
    rows.push_back({fact.section + "." + fact.key, fact.value, fact.meaning, origin(fact)});
    object[fact.section][fact.key] = {{"value", chip_value(fact.value)},
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

ordered_json chip_value(const std::string& text) {
  ordered_json value = ordered_json::parse(text, nullptr, false);
  return value.is_discarded() ? ordered_json(text) : value;
}

std::string origin(const chips::Fact& fact) {
  if (!fact.source.empty()) return fact.source + " (" + fact.confidence + ")";
  return fact.file.empty() ? "default" : "no source";
}

void add_chips(CLI::App& app, Verb& chosen) {
  CLI::App* verb = app.add_subcommand("chips", "list, show, check and compare the chips Qiao can be");
  verb->require_subcommand(0, 1);
  auto as_json = std::make_shared<bool>(false);
  auto unsourced = std::make_shared<bool>(false);
  auto names = std::make_shared<std::vector<std::string>>(2);
  auto checked = std::make_shared<std::vector<std::string>>();
  auto done_by = [&chosen](CLI::App* sub, Verb what) {
    sub->final_callback([&chosen, what = std::move(what)] { chosen = what; });
  };
  verb->add_flag("--json", *as_json, "as JSON");
  CLI::App* list_verb = verb->add_subcommand("list", "list the chips");
  CLI::App* show_verb = verb->add_subcommand("show", "show one chip, with the sources of its data");
  show_verb->add_option("NAME", (*names)[0], "a name or a .toml file")->required();
  show_verb->add_flag("--unsourced", *unsourced, "only the values that no source vouches for");
  CLI::App* check_verb =
      verb->add_subcommand("check", "check chip files: ranges, published peaks against rates, what has no source");
  check_verb->add_option("NAME", *checked, "names or .toml files (default: all that Qiao brings)");
  CLI::App* diff_verb = verb->add_subcommand("diff", "what differs between two chips, with the sources of both");
  diff_verb->add_option("A", (*names)[0], "a name or a .toml file")->required();
  diff_verb->add_option("B", (*names)[1], "a name or a .toml file")->required();
  for (CLI::App* sub : {list_verb, show_verb, check_verb, diff_verb}) sub->add_flag("--json", *as_json, "as JSON");
  verb->footer(
      "How to describe a chip of your own: share/qiao/chips/describing_a_chip.md. Its file is a name too:\n"
      "qiao chips check ./mine.toml; qiao run --chip ./mine.toml -- APP");
  done_by(show_verb, [=] { return show((*names)[0], *unsourced, *as_json); });
  done_by(check_verb, [=] { return check_chips(*checked, *as_json); });
  done_by(diff_verb, [=] { return diff_chips((*names)[0], (*names)[1], *as_json); });
  done_by(list_verb, [=] { return list(*as_json); });
  verb->final_callback([=, &chosen] {
    if (verb->get_subcommands().empty()) chosen = [=] { return list(*as_json); };
  });
}

}  // namespace qiao::cli
