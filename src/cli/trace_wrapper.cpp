#include "src/cli/trace_wrapper.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

#include "src/base/environment.h"
#include "src/base/install_tree.h"
#include "src/compile/clang.h"
#include "src/compile/process.h"

namespace qiao::cli {
namespace {

namespace fs = std::filesystem;

struct Function {
  std::string name;
  std::vector<std::string> parameters;
  bool variadic = false;
};

struct Declarations {
  std::vector<Function> functions;
  std::vector<std::vector<std::string>> enums;  // the enumerators of each
};

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(' ', at)) != text.npos) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

// Of "FunctionDecl 0x1 <line> col:5 used name 'int (int)' extern": the word before the type.
std::string declared_name(const std::string& line) {
  const std::size_t quote = line.find(" '");
  const std::vector<std::string> words = words_of(line.substr(0, quote));
  if (quote == line.npos || words.empty()) return "";
  const std::string& name = words.back();
  const bool is_name = name.find_first_of(":<>.()") == name.npos && !name.starts_with("0x") && name != "used";
  return is_name ? name : "";
}

// Reads Clang's tree, a node a line, two characters of indentation a level; only what lies at file scope or inside
// extern "C".
class Reader {
 public:
  void read(const std::string& line) {
    const std::size_t start = line.find_first_not_of(" |`-");
    if (start == line.npos) return;
    const std::size_t depth = start / 2;
    const std::string node = line.substr(start, line.find(' ', start) - start);
    kinds_.resize(depth);
    kinds_.push_back(node);
    if (node == "FunctionDecl" && at_file_scope(depth)) {
      declarations.functions.push_back({declared_name(line), {}, line.find("...)") != line.npos});
    } else if (node == "ParmVarDecl" && depth > 0 && kinds_[depth - 1] == "FunctionDecl" && at_file_scope(depth - 1)) {
      Function& function = declarations.functions.back();
      const std::string name = declared_name(line);
      function.parameters.push_back(name.empty() ? "p" + std::to_string(function.parameters.size()) : name);
    } else if (node == "EnumDecl" && at_file_scope(depth)) {
      declarations.enums.emplace_back();
    } else if (node == "EnumConstantDecl" && depth > 0 && kinds_[depth - 1] == "EnumDecl" && at_file_scope(depth - 1)) {
      declarations.enums.back().push_back(declared_name(line));
    }
  }

  Declarations declarations;

 private:
  bool at_file_scope(std::size_t depth) const {
    for (std::size_t i = 1; i < depth; ++i) {
      if (kinds_[i] != "LinkageSpecDecl") return false;
    }
    return true;
  }

  std::vector<std::string> kinds_;
};

// A header by path, or by name where toolkits have theirs.
std::string include_line(const std::string& header) {
  std::error_code failed;
  if (fs::exists(header, failed)) return "#include \"" + fs::absolute(header, failed).string() + "\"\n";
  return "#include <" + header + ">\n";
}

compile::Command include_options(const compile::Toolchain& tools) {
  compile::Command options;
  for (const char* variable : {"CUDA_HOME", "CUDA_PATH"}) {
    if (const auto toolkit = environment(variable)) options.push_back("-I" + *toolkit + "/include");
  }
  options.insert(options.end(), {"-I/usr/local/cuda/include", "-idirafter", tools.include.string()});
  return options;
}

Result<void> clang(const compile::Toolchain& tools, const fs::path& source, compile::Command options,
                   const fs::path& said) {
  compile::Command command = {tools.clang, "-x", "c++", "-std=c++20", "-w"};
  const compile::Command includes = include_options(tools);
  command.insert(command.end(), includes.begin(), includes.end());
  command.insert(command.end(), options.begin(), options.end());
  command.push_back(source.string());
  const auto status = compile::run_quietly(command, said);
  if (!status) return status.error();
  if (!status->has_value() || **status != 0) {
    std::ifstream in(said);
    std::string line;
    while (std::getline(in, line) && line.find("error:") == line.npos) {
    }
    return invalid(Code::InvalidSource, "Clang cannot read the header: " + line);
  }
  return {};
}

Result<Declarations> read_header(const compile::Toolchain& tools, const std::string& header, const fs::path& folder) {
  const fs::path source = folder / "header.cpp", said = folder / "header.tree";
  std::ofstream(source) << include_line(header);
  if (auto done = clang(tools, source, {"-fsyntax-only", "-fno-color-diagnostics", "-Xclang", "-ast-dump"}, said);
      !done)
    return done.error();
  Reader reader;
  std::ifstream in(said);
  for (std::string line; std::getline(in, line);) reader.read(line);
  return std::move(reader.declarations);
}

std::string literal(const std::string& text) {
  std::string made = "\"";
  for (const char c : text) made += (c == '"' || c == '\\' ? "\\" : "") + std::string(1, c);
  return made + "\"";
}

std::string enum_text(const std::vector<std::string>& names) {
  std::string text = "template <> struct Enumerators<decltype(" + names[0] +
                     ")> {\n  static const char* name(decltype(" + names[0] + ") value) {\n";
  for (const std::string& name : names) text += "    if (value == " + name + ") return " + literal(name) + ";\n";
  return text + "    return nullptr;\n  }\n};\n";
}

std::string function_text(const Function& function) {
  const std::string type = "qiao_trace::Signature<decltype(&" + function.name + ")>::";
  std::string parameters, names, arguments;
  for (std::size_t i = 0; i < function.parameters.size(); ++i) {
    const std::string argument = "qiao_" + std::to_string(i);
    parameters += (i ? ", " : "") + type + "Parameter<" + std::to_string(i) + "> " + argument;
    names += (i ? "," : "") + function.parameters[i];
    arguments += ", " + argument;
  }
  return "extern \"C\" __attribute__((visibility(\"default\"))) " + type + "Result " + function.name + "(" +
         parameters + ") noexcept(noexcept(" + function.name + "(" + arguments.substr(arguments.empty() ? 0 : 2) +
         "))) {\n  return qiao_trace::wrapped<&" + function.name + ">(" + literal(function.name) + ", " +
         literal(names) + arguments + ");\n}\n";
}

}  // namespace

Result<fs::path> make_wrapper(const std::string& header, const std::string& library, const fs::path& folder,
                              const std::string& name) {
  const auto tools = compile::find_toolchain("qiao trace --header");
  if (!tools) return tools.error();
  const auto support = find_in_tree("share/qiao/trace/shim/api/foreign_trace.h");
  const auto core = find_in_tree("lib/libqiao.so");
  if (!support || !core) return invalid(Code::FileNotFound, "share/qiao/trace or lib/libqiao.so is missing");
  void* opened = dlopen(library.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (opened == nullptr) return invalid(Code::FileNotFound, std::string("cannot open the library: ") + dlerror());
  const auto declarations = read_header(*tools, header, folder);
  if (!declarations) return declarations.error();
  std::string text = "#include \"shim/api/foreign_trace.h\"\n" + include_line(header) + "namespace qiao_trace {\n" +
                     "const char* const kLibrary = " + literal(library) + ";\n" +
                     "const char* const kCore = " + literal(core->string()) + ";\n";
  for (const auto& names : declarations->enums) {
    if (!names.empty()) text += enum_text(names);
  }
  text += "}\n";
  std::size_t wrapped = 0;
  std::vector<std::string> seen;
  for (const Function& function : declarations->functions) {
    if (function.name.empty() || dlsym(opened, function.name.c_str()) == nullptr) continue;
    if (std::find(seen.begin(), seen.end(), function.name) != seen.end()) continue;
    Dl_info owner{};
    void* address = dlsym(opened, function.name.c_str());
    // What the library's own dependencies export (libc) is not the library's.
    if (dladdr(address, &owner) == 0 ||
        fs::path(owner.dli_fname).filename().string().rfind(fs::path(library).filename().string(), 0) != 0)
      continue;
    seen.push_back(function.name);
    if (function.variadic) {
      std::fprintf(stderr, "qiao: trace: %s takes a variable number of arguments: not traced\n", function.name.c_str());
      continue;
    }
    text += function_text(function);
    ++wrapped;
  }
  if (wrapped == 0) return invalid(Code::NotFound, library + " exports no function that " + header + " declares");
  const fs::path source = folder / (name + ".cpp"), made = folder / (name + ".so");
  std::ofstream(source) << text;
  if (auto done = clang(*tools, source,
                        {"-shared", "-fPIC", "-O1", "-fvisibility=hidden",
                         "-I" + support->parent_path().parent_path().parent_path().string(), "-o", made.string()},
                        folder / (name + ".log"));
      !done)
    return done.error();
  return made;
}

}  // namespace qiao::cli
