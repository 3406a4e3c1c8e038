#include "device_sim/chips/reader.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <type_traits>

namespace qiao::chips {
namespace {

struct Key {
  std::string section, key;
  double least, most;
  std::string name() const { return section + "." + key; }
};

template <class T>
std::string text_of(const T& value) {
  std::ostringstream out;
  out.precision(15);
  out << std::boolalpha << value;
  return out.str();
}

template <class T, std::size_t N>
std::string text_of(const std::array<T, N>& values) {
  std::string text;
  for (const T& value : values) text += (text.empty() ? "[" : ", ") + text_of(value);
  return text + "]";
}

Error wrong(const Key& key, const std::string& problem) {
  return invalid(Code::InvalidValue, "invalid chip file: " + key.name() + " " + problem);
}

Result<void> assign(const Key& key, const toml::node& node, std::string& to) {
  auto value = node.value<std::string>();
  if (!value) return wrong(key, "is no text");
  to = *value;
  return {};
}

Result<void> assign(const Key& key, const toml::node& node, bool& to) {
  auto value = node.value_exact<bool>();
  if (!value) return wrong(key, "is neither true nor false");
  to = *value;
  return {};
}

template <class T>
  requires std::is_arithmetic_v<T>
Result<void> assign(const Key& key, const toml::node& node, T& to) {
  auto value = node.value<double>();
  if (!value || (std::is_integral_v<T> && !node.is_integer())) return wrong(key, "is no number of the right kind");
  if (!(*value >= key.least && *value <= key.most)) {
    return wrong(key, "is " + text_of(*value) + ", expected " + text_of(key.least) + " to " + text_of(key.most));
  }
  to = static_cast<T>(*value);
  return {};
}

template <class T, std::size_t N>
Result<void> assign(const Key& key, const toml::node& node, std::array<T, N>& to) {
  const toml::array* values = node.as_array();
  if (values == nullptr || values->size() != N) return wrong(key, "is no list of " + std::to_string(N) + " numbers");
  for (std::size_t i = 0; i < N; ++i) {
    if (Result<void> done = assign(key, *values->get(i), to[i]); !done) return done;
  }
  return {};
}

// One value, alone or as {value, source, confidence}, into its member and its fact.
template <class T>
Result<void> read_value(const Key& key, const toml::node& node, const std::string& file, T& to, Fact& fact) {
  const toml::node* value = &node;
  Fact read = {key.section, key.key, "", fact.meaning, "", "", file};
  if (const toml::table* table = node.as_table()) {
    value = table->get("value");
    if (value == nullptr) return wrong(key, "has no value");
    read.source = (*table)["source"].value_or(std::string());
    read.confidence = (*table)["confidence"].value_or(std::string());
    bool known = read.confidence == "H" || read.confidence == "M" || read.confidence == "L";
    if (read.source.empty() || !known) return wrong(key, "needs a source, and a confidence of H, M or L");
  }
  if (Result<void> done = assign(key, *value, to); !done) return done;
  read.value = text_of(to);
  fact = read;
  return {};
}

// Calls visit(key, member, fact) for each row of keys.inc, then model_keys.inc; `chip.facts` has one entry per row, in
// order.
template <class Visit>
Result<void> for_each_key(Chip& chip, Visit visit) {
  std::size_t row = 0;
  Result<void> done;
#define QIAO_CHIP_KEY(section, key, member, least, most, meaning) \
  if (done.ok()) done = visit(Key{#section, #key, least, most}, chip.description.member, chip.facts[row++], meaning);
#include "device_sim/chips/keys.inc"
#undef QIAO_CHIP_KEY
#define QIAO_CHIP_KEY(section, key, member, least, most, meaning) \
  if (done.ok()) done = visit(Key{#section, #key, least, most}, chip.model.member, chip.facts[row++], meaning);
#include "device_sim/chips/model_keys.inc"
#undef QIAO_CHIP_KEY
  return done;
}

constexpr std::size_t kKeys = 0
#define QIAO_CHIP_KEY(section, key, member, least, most, meaning) +1
#include "device_sim/chips/keys.inc"
#include "device_sim/chips/model_keys.inc"
#undef QIAO_CHIP_KEY
    ;

Result<toml::table> parse(const std::filesystem::path& file) {
  toml::parse_result parsed = toml::parse_file(file.string());
  if (parsed) return std::move(parsed).table();
  const toml::parse_error& error = parsed.error();
  return invalid(Code::InvalidValue, "invalid chip file: " + file.string() + ":" +
                                         std::to_string(error.source().begin.line) + ": " +
                                         std::string(error.description()));
}

// Keys nobody reads are typing errors.
Result<void> refuse_unknown(Chip& chip, const toml::table& root) {
  for (const auto& [section, node] : root) {
    const toml::table* table = node.as_table();
    std::string section_name(section.str());
    if (table == nullptr)
      return invalid(Code::InvalidValue, "invalid chip file: " + section_name + " is outside of any section");
    for (const auto& [key, value] : *table) {
      std::string key_name(key.str());
      bool known = section_name == "chip" && key_name == "base";
      for (const Fact& fact : chip.facts) known = known || (fact.section == section_name && fact.key == key_name);
      if (!known) return invalid(Code::InvalidValue, "invalid chip file: unknown key " + section_name + "." + key_name);
    }
  }
  return {};
}

}  // namespace

Chip defaults() {
  Chip chip;
  chip.facts.resize(kKeys);
  Result<void> done =
      for_each_key(chip, [](const Key& key, auto& member, Fact& fact, const char* meaning) -> Result<void> {
        fact = {key.section, key.key, text_of(member), meaning, "", "", ""};
        return {};
      });
  (void)done;  // nothing in it can fail
  return chip;
}

Result<std::string> base_of(const std::filesystem::path& file) {
  Result<toml::table> root = parse(file);
  if (!root) return root.error();
  return (*root)["chip"]["base"].value_or(std::string());
}

Result<void> read_into(Chip& chip, const std::filesystem::path& file) {
  Result<toml::table> root = parse(file);
  if (!root) return root.error();
  chip.description.name = file.stem().string();
  Result<void> done = refuse_unknown(chip, *root);
  if (!done) return done;
  return for_each_key(chip, [&](const Key& key, auto& member, Fact& fact, const char*) -> Result<void> {
    const toml::node* node = (*root)[key.section][key.key].node();
    return node == nullptr ? Result<void>() : read_value(key, *node, chip.description.name, member, fact);
  });
}

}  // namespace qiao::chips
