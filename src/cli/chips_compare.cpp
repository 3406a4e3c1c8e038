// qiao chips check and diff.
#include <cstdio>

#include "src/cli/chips.h"
#include "src/cli/verbs.h"
#include "src/perf/table.h"

namespace qiao::cli {
namespace {

using nlohmann::ordered_json;

std::string decimal(double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

ordered_json json_of(const chips::PeakCheck& check) {
  return {{"what", check.what}, {"published", check.published}, {"derived", check.derived}, {"holds", check.holds()}};
}

// One chip that can be used: how its published peaks compare, and what is weak about it.
std::string report(const chips::Chip& chip, ordered_json& object) {
  std::string text;
  ordered_json peaks = ordered_json::array();
  for (const chips::PeakCheck& check : chips::peak_checks(chip)) {
    text += "  " + check.what + ": published " + decimal(check.published) + ", derived " + decimal(check.derived) +
            ", " + decimal(check.off_pct()) + "% off\n";
    peaks.push_back(json_of(check));
  }
  for (const std::string& remark : chips::remarks(chip)) text += "  note: " + remark + "\n";
  int sourced = 0;
  for (const chips::Fact& fact : chip.facts) sourced += fact.source.empty() ? 0 : 1;
  object["sourced"] = sourced;
  object["keys"] = chip.facts.size();
  object["peaks"] = std::move(peaks);
  object["notes"] = chips::remarks(chip);
  return "ok, " + std::to_string(sourced) + " of " + std::to_string(chip.facts.size()) + " values have a source\n" +
         text;
}

}  // namespace

int check_chips(std::vector<std::string> names, bool as_json) {
  if (names.empty()) {
    Result<std::vector<std::string>> all = chips::names();
    if (!all) return fail(kFailed, all.error().message);
    names = *std::move(all);
  }
  int code = 0;
  std::string text;
  ordered_json array = ordered_json::array();
  for (const std::string& name : names) {
    Result<chips::Chip> chip = chips::load(name);
    ordered_json object{{"name", name}, {"ok", chip.ok()}};
    if (!chip) code = kFailed;
    if (!chip) object["error"] = chip.error().message;
    text += name + ": " + (chip ? report(*chip, object) : chip.error().message + "\n");
    array.push_back(std::move(object));
  }
  std::fputs(as_json ? (array.dump(2) + "\n").c_str() : text.c_str(), stdout);
  return code;
}

int diff_chips(const std::string& first, const std::string& second, bool as_json) {
  Result<chips::Chip> a = chips::load(first);
  if (!a) return fail(kMisuse, a.error().message);
  Result<chips::Chip> b = chips::load(second);
  if (!b) return fail(kMisuse, b.error().message);
  std::vector<std::vector<std::string>> rows;
  ordered_json object = ordered_json::object();
  auto side = [](const chips::Fact& fact) {
    return ordered_json{{"value", chip_value(fact.value)}, {"source", fact.source}, {"confidence", fact.confidence}};
  };
  for (size_t i = 0; i < a->facts.size(); ++i) {  // the same rows in the same order
    const chips::Fact &left = a->facts[i], &right = b->facts[i];
    if (left.value == right.value) continue;
    const std::string key = left.section + "." + left.key;
    rows.push_back({key, left.value, right.value, left.meaning, origin(left), origin(right)});
    object[key] = {{"a", side(left)}, {"b", side(right)}};
  }
  const std::string &left = a->description.name, &right = b->description.name;
  std::string table = perf::format_columns(
      {{"key"}, {left}, {right}, {"what it is"}, {"source of " + left}, {"source of " + right}}, rows);
  if (rows.empty()) table = left + " and " + right + " say the same\n";
  std::fputs(as_json ? (object.dump(2) + "\n").c_str() : table.c_str(), stdout);
  return 0;
}

}  // namespace qiao::cli
