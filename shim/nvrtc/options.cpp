// One table of options, matched by name: NVRTC's spellings ("--fmad=false", "-fmad false"), and gcc's joined letters.
#include "shim/nvrtc/options.h"

#include <algorithm>
#include <functional>

namespace qiao::shim {
namespace {

using Action = std::function<Result<void>(NvrtcOptions&, const std::string& value)>;

struct Option {
  std::vector<std::string_view> names;  // without dashes
  bool takes_value;
  Action act;
};

Error said(const std::string& what) {
  return {Code::InvalidValue, "nvrtc: error: " + what + "\n"};
}

template <class F>
Action quiet(F change) {
  return [change](NvrtcOptions& options, const std::string& value) -> Result<void> {
    change(options, value);
    return {};
  };
}

Result<void> set_arch(NvrtcOptions& options, const std::string& value) {
  const auto arch = compile::parse_arch(value);
  const auto& known = nvrtc_architectures();
  if (!arch || value.starts_with("lto_") || std::find(known.begin(), known.end(), int(arch->sm)) == known.end())
    return said("invalid value for --gpu-architecture (-arch)");
  options.arch = *arch;
  options.real_arch = value.starts_with("sm_");
  return {};
}

Action needs_nvidia(const char* option) {
  return [option](NvrtcOptions&, const std::string& value) -> Result<void> {
    if (value == "false") return {};
    return said(std::string("unsupported: ") + option + " needs NVIDIA's libnvrtc, and none was found");
  };
}

// Without effect here: about machine code, about NVIDIA's front end and its numbered warnings, about time saved.
const std::vector<std::string_view> kIgnoredFlags = {"lineinfo",
                                                     "generate-line-info",
                                                     "restrict",
                                                     "extra-device-vectorization",
                                                     "no-source-include",
                                                     "device-int128",
                                                     "Wreorder",
                                                     "display-error-number",
                                                     "err-no",
                                                     "no-display-error-number",
                                                     "no-err-no",
                                                     "pch",
                                                     "pch-verbose",
                                                     "modify-stack-limit",
                                                     "device-stack-protector",
                                                     "no-cache",
                                                     "minimal",
                                                     "fdevice-syntax-only"};
const std::vector<std::string_view> kIgnoredValues = {"ptxas-options",
                                                      "Xptxas",
                                                      "maxrregcount",
                                                      "dopt",
                                                      "Ofast-compile",
                                                      "Ofc",
                                                      "jump-table-density",
                                                      "jtd",
                                                      "modify-stack-limit",
                                                      "builtin-move-forward",
                                                      "builtin-initializer-list",
                                                      "optimization-info",
                                                      "opt-info",
                                                      "diag-error",
                                                      "diag-suppress",
                                                      "diag-warn",
                                                      "brief-diagnostics",
                                                      "brief-diag",
                                                      "split-compile",
                                                      "frandom-seed",
                                                      "create-pch",
                                                      "use-pch",
                                                      "pch-dir",
                                                      "pch-messages",
                                                      "warning-as-error",
                                                      "Werror",
                                                      "device-stack-protector",
                                                      "instantiate-templates-in-pch"};

#define QIAO_SET(statement)                         \
  quiet([](NvrtcOptions& o, const std::string& v) { \
    (void)o, (void)v;                               \
    statement;                                      \
  })
const std::vector<Option>& table() {
  static const auto* made = new std::vector<Option>{
      {{"gpu-architecture", "arch"}, true, set_arch},
      {{"I", "include-path"}, true, QIAO_SET(o.compile.insert(o.compile.end(), {"-I", v}))},
      {{"D", "define-macro"}, true, QIAO_SET(o.compile.push_back("-D" + v))},
      {{"U", "undefine-macro"}, true, QIAO_SET(o.compile.push_back("-U" + v))},
      {{"include", "pre-include"}, true, QIAO_SET(o.compile.insert(o.compile.end(), {"-include", v}))},
      {{"std"}, true, QIAO_SET(o.standard = "-std=" + v)},
      {{"G", "device-debug"}, false, QIAO_SET(o.unoptimised = true)},
      {{"w", "disable-warnings"}, false, QIAO_SET(o.compile.push_back("-w"))},
      {{"default-device", "device-as-default-execution-space"}, false, QIAO_SET(o.default_device = true)},
      {{"rdc", "relocatable-device-code"}, true, QIAO_SET(o.relocatable = v == "true")},
      {{"dc", "device-c"}, false, QIAO_SET(o.relocatable = true)},
      {{"dw", "device-w"}, false, QIAO_SET(o.relocatable = false)},
      {{"ftz"}, true, QIAO_SET(o.math.flush = v == "true")},
      {{"prec-sqrt"}, true, QIAO_SET(o.math.exact_root = v != "false")},
      {{"prec-div"}, true, QIAO_SET(o.math.exact_divide = v != "false")},
      {{"fmad"}, true, QIAO_SET(o.math.contract = v != "false")},
      {{"use_fast_math"}, false, QIAO_SET((o.math = {true, true, false, false, true}))},
      {{"dlto", "dlink-time-opt"}, false, needs_nvidia("--dlink-time-opt")},
      {{"gen-opt-lto"}, false, needs_nvidia("--gen-opt-lto")},
      {{"optix-ir"}, false, needs_nvidia("--optix-ir")},
      {{"ewp", "extensible-whole-program"}, false, needs_nvidia("--extensible-whole-program")},
      {{"time"}, true, needs_nvidia("--time")},
      {{"fdevice-time-trace"}, true, needs_nvidia("--fdevice-time-trace")},
      {kIgnoredFlags, false, QIAO_SET()},
      {kIgnoredValues, true, QIAO_SET()},
  };
  return *made;
}
#undef QIAO_SET

struct Match {
  const Option* option = nullptr;
  std::string value;
  bool has_value = false;
};

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

Match find_option(std::string_view text) {
  const std::string_view name_and_value = text.substr(text.starts_with("--") ? 2 : 1);
  const std::size_t end = name_and_value.find_first_of("= ");
  const std::string_view name = name_and_value.substr(0, end);
  const bool has_value = end != name_and_value.npos;
  Match flag;
  for (const Option& option : table()) {
    if (std::find(option.names.begin(), option.names.end(), name) == option.names.end()) continue;
    if (option.takes_value == has_value)
      return {&option, has_value ? trimmed(name_and_value.substr(end + 1)) : "", has_value};
    if (flag.option == nullptr && !has_value) flag = {&option, "", false};
  }
  if (flag.option != nullptr) return flag;
  if (text.size() > 2 && text[1] != '-' && std::string_view("DUI").find(text[1]) != text.npos) {
    for (const Option& option : table()) {
      if (option.names[0] == text.substr(1, 1)) return {&option, trimmed(text.substr(2)), true};
    }
  }
  return {};
}

}  // namespace

Result<NvrtcOptions> parse_nvrtc(const std::vector<std::string>& options, unsigned default_sm) {
  NvrtcOptions parsed;
  parsed.arch.sm = default_sm;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string text = trimmed(options[i]);
    if (text.empty()) continue;
    Match match = text.size() > 1 && text[0] == '-' ? find_option(text) : Match{};
    if (match.option == nullptr) return said("unrecognized option " + text + " found");
    if (match.option->takes_value && !match.has_value) {
      if (++i == options.size()) return said("option " + text + " needs a value");
      match.value = trimmed(options[i]);
    }
    if (auto done = match.option->act(parsed, match.value); !done) return done.error();
  }
  return parsed;
}

bool names_architecture(std::string_view option) {
  const std::string text = trimmed(option);
  const Match match = text.size() > 1 && text[0] == '-' ? find_option(text) : Match{};
  return match.option == &table()[0];
}

const std::vector<int>& nvrtc_architectures() {
  static const auto* known = new std::vector<int>{50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90};
  return *known;
}

}  // namespace qiao::shim
