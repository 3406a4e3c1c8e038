// qiao isa: the instruction table, and how far it is tested. src/isa/coverage.md is its --markdown output.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "src/cli/verbs.h"
#include "src/isa/form.h"
#include "src/isa/tested.h"
#include "src/perf/table.h"

namespace qiao::cli {
namespace {

using isa::Fidelity;
using isa::Form;
using isa::Kind;
using nlohmann::ordered_json;

struct Options {
  std::string opcode;
  std::string family;
  bool as_json = false;
  bool as_markdown = false;
};

std::string version(unsigned number) {
  return std::to_string(number / 10) + "." + std::to_string(number % 10);
}

std::string fidelity(const Form& form) {
  return form.bound.empty() ? std::string(name_of(form.fidelity)) : std::string(form.bound);
}

std::string as_text(const std::vector<Form>& forms) {
  std::vector<std::vector<std::string>> rows;
  for (const Form& form : forms) {
    rows.push_back({std::string(form.syntax), std::string(form.family), std::string(name_of(form.kind)),
                    version(form.since_ptx), "sm_" + std::to_string(form.since_sm), fidelity(form),
                    form.convergence_dependent ? "yes" : "", isa::is_tested(form) ? "yes" : ""});
  }
  return perf::format_columns(
      {{"form"}, {"family"}, {"kind"}, {"PTX"}, {"target"}, {"fidelity"}, {"convergence"}, {"tested"}}, rows);
}

// The modifiers and types that may follow the opcode, in written order: lists of tokens, of which one is written.
ordered_json tokens_of(const isa::Pattern& pattern) {
  ordered_json array = ordered_json::array();
  auto add_type = [&](const isa::TypeSet& types) {
    ordered_json names = ordered_json::array();
    for (unsigned i = 0; i < 64; ++i) {
      if (types.has(static_cast<isa::Type>(i))) names.push_back(spelling_of(static_cast<isa::Type>(i)));
    }
    array.push_back({{"type", true}, {"required", true}, {"tokens", names}});
  };
  size_t types = 0;
  for (size_t i = 0; i < pattern.modifier_count; ++i) {
    const isa::Pattern::Modifier& item = pattern.modifiers[i];
    while (types < item.types_before) add_type(pattern.types[types++]);
    ordered_json names = ordered_json::array();
    for (size_t mod = 1; mod < isa::kModCount; ++mod) {
      if (item.mods.has(static_cast<isa::Mod>(mod))) names.push_back(spelling_of(static_cast<isa::Mod>(mod)));
    }
    array.push_back({{"type", false}, {"required", item.required}, {"tokens", names}});
  }
  while (types < pattern.type_count) add_type(pattern.types[types++]);
  return array;
}

ordered_json operands_of(const isa::OperandSlots& slots) {
  ordered_json array = ordered_json::array();
  for (const isa::OperandSlot& slot : slots) {
    array.push_back({{"name", slot.name},
                     {"type", isa::kOperandTypes[static_cast<size_t>(slot.type)]},
                     {"destination", slot.is_destination},
                     {"optional", slot.optional},
                     {"after_pipe", slot.after_pipe}});
  }
  return array;
}

ordered_json json_of(const Form& form) {
  return {{"syntax", form.syntax},
          {"opcode", form.opcode},
          {"family", form.family},
          {"kind", name_of(form.kind)},
          {"ptx", version(form.since_ptx)},
          {"sm", form.since_sm},
          {"fidelity", name_of(form.fidelity)},
          {"bound", form.bound},
          {"convergence_dependent", form.convergence_dependent},
          {"tested", isa::is_tested(form)},
          {"open", form.pattern.open},
          {"tokens", tokens_of(form.pattern)},
          {"operands", operands_of(form.slots)}};
}

std::string as_json(const std::vector<Form>& forms) {
  ordered_json array = ordered_json::array();
  for (const Form& form : forms) array.push_back(json_of(form));
  return array.dump(2) + "\n";
}

std::string yes_if_all(size_t count, size_t all) {
  if (count == 0) return "";
  return count == all ? "yes" : std::to_string(count) + " of " + std::to_string(all);
}

// One line per opcode of a family.
std::string markdown_row(const std::vector<const Form*>& forms) {
  size_t refused = 0, bounded = 0, dependent = 0, tested = 0;
  unsigned ptx = ~0u, sm = ~0u;
  for (const Form* form : forms) {
    refused += form->kind == Kind::Refused;
    bounded += form->fidelity == Fidelity::Bounded;
    dependent += form->convergence_dependent;
    tested += isa::is_tested(*form);
    ptx = std::min<unsigned>(ptx, form->since_ptx);
    sm = std::min<unsigned>(sm, form->since_sm);
  }
  size_t all = forms.size();
  return "| `" + std::string(forms[0]->opcode) + "` | " + std::to_string(all) + " | " + version(ptx) + " | " +
         std::to_string(sm) + " | " + yes_if_all(bounded, all) + " | " + yes_if_all(dependent, all) + " | " +
         yes_if_all(tested, all) + " |\n";
}

std::string as_markdown(const std::vector<Form>& forms) {
  std::map<std::string_view, std::map<std::string_view, std::vector<const Form*>>> families;
  std::set<std::string_view> refused;
  size_t runs = 0, tested = 0;
  for (const Form& form : forms) {
    if (form.kind == Kind::Refused) {
      refused.insert(form.pattern.open ? form.syntax : form.syntax.substr(0, form.syntax.find(' ')));
      continue;
    }
    families[form.family][form.opcode].push_back(&form);
    ++runs;
    tested += isa::is_tested(form);
  }
  std::string text =
      "# Instructions\n\nMade by `qiao isa --markdown`, one line per opcode; `qiao isa OPCODE` shows its forms. " +
      std::to_string(runs) + " forms run, " + std::to_string(tested) +
      " of them have tests in `tests/ptx`.\n\n"
      "Inexact: results keep the manual's error bound instead of each bit (`qiao isa` states it). Convergence: results "
      "may depend on which lanes run together.\n";
  for (const auto& [family, opcodes] : families) {
    text += "\n## " + std::string(family) +
            "\n\n| opcode | forms | PTX | sm | inexact | convergence | tested |\n|---|---|---|---|---|---|---|\n";
    for (const auto& [opcode, rows] : opcodes) text += markdown_row(rows);
  }
  text += "\n## Refused by name\n\n";
  const char* separator = "";
  for (std::string_view name : refused) {
    text += separator + ("`" + std::string(name) + "`");
    separator = ",\n";
  }
  return text + "\n";
}

int print(const Options& options) {
  std::vector<Form> forms;
  std::set<std::string_view> families;
  for (const Form& form : isa::forms()) {
    families.insert(form.family);
    bool wanted = (options.opcode.empty() || form.opcode == options.opcode) &&
                  (options.family.empty() || form.family == options.family);
    if (wanted) forms.push_back(form);
  }
  if (!options.family.empty() && !families.contains(options.family)) {
    std::string list;
    for (std::string_view family : families) list += " " + std::string(family);
    return fail(kMisuse, "there is no family " + options.family + ": the families are" + list);
  }
  if (forms.empty()) {
    std::string where = options.family.empty() ? "" : " in family " + options.family;
    return fail(kMisuse, "there is no opcode " + options.opcode + where + " (see qiao isa)");
  }
  std::string text = options.as_json ? as_json(forms) : options.as_markdown ? as_markdown(forms) : as_text(forms);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

}  // namespace

void add_isa(CLI::App& app, Verb& chosen) {
  CLI::App* verb = app.add_subcommand("isa", "list the PTX instructions: forms, since when, fidelity, tested or not");
  auto options = std::make_shared<Options>();
  verb->add_option("OPCODE", options->opcode, "only this opcode: add, cvt, ld ...");
  verb->add_option("--family", options->family, "only this family: integer, float, memory ...")->type_name("NAME");
  CLI::Option* json = verb->add_flag("--json", options->as_json, "as JSON");
  verb->add_flag("--markdown", options->as_markdown, "as the coverage page, a line per opcode")->excludes(json);
  verb->final_callback([=, &chosen] { chosen = [options] { return print(*options); }; });
}

}  // namespace qiao::cli
