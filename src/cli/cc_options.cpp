// nvcc reads "-name value", "-name=value", "--name value" and "--name=value" alike, and gcc's joined forms (-Ifolder)
// for some: one table of options, matched in that order.
#include "src/cli/cc_options.h"

#include <algorithm>
#include <array>
#include <functional>

namespace qiao::cli {
namespace {

constexpr unsigned kDefaultSm = 80;

Error misuse(const std::string& what) {
  return invalid(Code::InvalidValue, what + " (see qiao cc --help)");
}

Result<void> add_arch(CcOptions& options, std::string_view text) {
  if (text == "native") return {};  // the default serves: the emulated chip takes any PTX
  auto arch = compile::parse_arch(text);
  if (!arch) return misuse(arch.error().message);
  if (std::ranges::find(options.archs, *arch) == options.archs.end()) options.archs.push_back(*arch);
  return {};
}

// arch=compute_80,code=[sm_80,compute_80]: PTX for the arch is what we build, whatever the code.
Result<void> add_gencode(CcOptions& options, const std::string& value) {
  constexpr std::string_view kArch = "arch=";
  const std::size_t at = value.find(kArch);
  if (at == std::string::npos) return misuse("-gencode needs arch=..., found '" + value + "'");
  const std::size_t start = at + kArch.size();
  return add_arch(options, std::string_view(value).substr(start, value.find(',', start) - start));
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    if (comma > at) parts.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

using Action = std::function<Result<void>(CcOptions&, const std::string& value)>;

template <class F>
Action quiet(F change) {
  return [change](CcOptions& options, const std::string& value) -> Result<void> {
    change(options, value);
    return {};
  };
}

Action ignore() {
  return [](CcOptions&, const std::string&) -> Result<void> { return {}; };
}

struct Option {
  std::vector<std::string_view> names;  // without dashes
  bool takes_value;
  Action act;
};

Result<void> refuse_relocatable(CcOptions&, const std::string& value) {
  if (value == "false") return {};
  return unimplemented(
      "qiao cc builds no relocatable device code (-rdc=true, -dc) yet; put the device code of a kernel "
      "into one file");
}

#define QIAO_SET(statement)                      \
  quiet([](CcOptions& o, const std::string& v) { \
    (void)v;                                     \
    statement;                                   \
  })
const std::vector<Option>& options_table() {
  static const std::vector<Option> table = {
      {{"o", "output-file"}, true, QIAO_SET(o.output = v)},
      {{"c", "compile"}, false, QIAO_SET(o.goal = CcGoal::Object)},
      {{"ptx"}, false, QIAO_SET(o.goal = CcGoal::Ptx)},
      {{"shared"}, false, QIAO_SET(o.shared = true)},
      {{"arch", "gpu-architecture"}, true, add_arch},
      {{"gencode", "generate-code"}, true, add_gencode},
      {{"code", "gpu-code"}, true, ignore()},  // PTX is always what is built
      {{"O", "optimize"}, true, QIAO_SET(o.optimise = "-O" + v)},
      {{"std"}, true, QIAO_SET(o.standard = "-std=" + v)},
      {{"g", "debug"}, false, QIAO_SET(o.host_debug = true)},
      {{"G", "device-debug"}, false, QIAO_SET(o.device_debug = true)},
      {{"use_fast_math"}, false, QIAO_SET(o.fast_math = true)},
      {{"fmad"}, true, QIAO_SET(o.contract = v != "false")},
      {{"x"}, true, QIAO_SET(o.all_cuda = v == "cu")},
      {{"v", "verbose"}, false, QIAO_SET(o.verbose = true)},
      {{"dryrun", "dry-run"}, false, QIAO_SET(o.dry_run = true)},
      {{"h", "help"}, false, QIAO_SET(o.help = true)},
      {{"I", "include-path", "isystem"}, true, QIAO_SET(append(o.compile, {"-I", v}))},
      {{"D", "define-macro"}, true, QIAO_SET(o.compile.push_back("-D" + v))},
      {{"U", "undefine-macro"}, true, QIAO_SET(o.compile.push_back("-U" + v))},
      {{"include", "pre-include"}, true, QIAO_SET(append(o.compile, {"-include", v}))},
      {{"w", "disable-warnings"}, false, QIAO_SET(o.compile.push_back("-w"))},
      {{"L", "library-path"}, true, QIAO_SET(append(o.link, {"-L", v}))},
      {{"l", "library"}, true, QIAO_SET(o.link.push_back("-l" + v))},
      {{"Xcompiler", "compiler-options"}, true, QIAO_SET(append(o.host, split(v)))},
      {{"Xlinker", "linker-options"},
       true,
       QIAO_SET(for (auto& word
                     : split(v)) append(o.link, {"-Xlinker", word}))},
      {{"rdc", "relocatable-device-code"}, true, refuse_relocatable},
      {{"dc", "device-c", "dlto", "dlink", "device-link"}, false, refuse_relocatable},
      // Accepted and without effect: about SASS, about nvcc's own front end, or what Clang does anyway.
      {{"lineinfo", "generate-line-info", "extended-lambda", "expt-extended-lambda", "expt-relaxed-constexpr", "m64",
        "Wno-deprecated-gpu-targets", "restrict"},
       false,
       ignore()},
      {{"Xptxas", "ptxas-options", "maxrregcount", "cudart", "Xcudafe", "diag-suppress", "t", "threads", "ccbin",
        "compiler-bindir", "m", "machine", "ftz", "prec-div", "prec-sqrt"},
       true,
       ignore()},
  };
  return table;
}
#undef QIAO_SET

struct Match {
  const Option* option;
  std::string value;
  bool has_value;
};

// "-O2", "-Ifolder", "-DX=1", "-lm": gcc's joined letters.
bool joined(const std::string& argument, std::string_view name) {
  return name.size() == 1 && std::string_view("IDULlO").find(name[0]) != std::string_view::npos &&
         argument.size() > 2 && argument[1] == name[0] && argument[0] == '-';
}

Match find_option(const std::string& argument) {
  const std::size_t dashes = argument.starts_with("--") ? 2 : 1;
  const std::size_t equals = argument.find('=');
  const std::string name = argument.substr(dashes, equals == std::string::npos ? equals : equals - dashes);
  for (const Option& option : options_table()) {
    if (std::ranges::find(option.names, name) == option.names.end()) continue;
    if (!option.takes_value && equals != std::string::npos) continue;
    return {&option, equals == std::string::npos ? "" : argument.substr(equals + 1), equals != std::string::npos};
  }
  for (const Option& option : options_table()) {
    if (joined(argument, option.names[0])) return {&option, argument.substr(2), true};
  }
  return {nullptr, "", false};
}

Result<void> check(CcOptions& options) {
  if (options.help) return {};
  if (options.inputs.empty()) return misuse("no input file");
  if (options.goal != CcGoal::Link && options.inputs.size() > 1 && !options.output.empty()) {
    return misuse("-o with -c or -ptx needs a single input file, found " + std::to_string(options.inputs.size()));
  }
  if (options.archs.empty()) options.archs.push_back({kDefaultSm, 0});
  if (options.goal == CcGoal::Ptx && options.archs.size() > 1) return misuse("-ptx needs a single architecture");
  return {};
}

}  // namespace

Result<CcOptions> parse_cc(const std::vector<std::string>& arguments) {
  CcOptions options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument.size() < 2 || argument[0] != '-') {
      options.inputs.push_back(argument);
      continue;
    }
    if (argument.starts_with("-W") && !find_option(argument).option) {
      options.compile.push_back(argument);
      continue;
    }
    Match match = find_option(argument);
    if (match.option == nullptr) return misuse("unknown option " + argument);
    if (match.option->takes_value && !match.has_value) {
      if (++i == arguments.size()) return misuse("option " + argument + " needs a value");
      match.value = arguments[i];
    }
    if (auto done = match.option->act(options, match.value); !done) return done.error();
  }
  if (auto good = check(options); !good) return good.error();
  return options;
}

std::string_view cc_help() {
  return "usage: qiao cc [OPTIONS] FILE...\n"
         "\n"
         "Builds CUDA programs (.cu, .cpp, .cc, .c, .o, .a, .so) with Clang and Qiao's own headers: no NVIDIA "
         "software.\n"
         "The program is linked to Qiao's libcudart and runs as it is: on the emulated chip.\n"
         "\n"
         "  -o FILE                 where the output goes (default a.out, or the input's name with .o or .ptx)\n"
         "  -c                      compile to object files, do not link\n"
         "  -ptx                    compile the device code to PTX text\n"
         "  -shared                 link a shared library (compile with -Xcompiler -fPIC)\n"
         "  -arch sm_80             the architecture device code is compiled for (default sm_80)\n"
         "  -gencode arch=...       likewise; several embed PTX for each\n"
         "  -O0 ... -O3             optimisation (default -O3)\n"
         "  -std=c++17              the language (default c++17)\n"
         "  -I DIR  -D NAME[=V]  -U NAME  -include FILE   for the preprocessor\n"
         "  -L DIR  -l NAME         libraries\n"
         "  -g                      debug information for host code\n"
         "  -G                      device code unoptimised\n"
         "  -use_fast_math          approximate device math, denormals flushed to zero\n"
         "  -fmad=false             do not contract a*b+c into fma\n"
         "  -Xcompiler A,B  -Xlinker A,B   options for host compilation and for the linker\n"
         "  -x cu                   take every source file for CUDA\n"
         "  -w  -W...               warnings, as Clang spells them\n"
         "  -v  --dryrun            print the commands; --dryrun does not run them\n"
         "\n"
         "Options are spelled as nvcc spells them. Those about machine code and nvcc's front end (-lineinfo, -Xptxas,\n"
         "-maxrregcount, -cudart, --extended-lambda ...) are accepted and have no effect.\n";
}

}  // namespace qiao::cli
