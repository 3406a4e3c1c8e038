// PTX texts for the tests of this folder.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "src/ptx/parse.h"

namespace qiao::ptx {

// A module with one kernel around `body`, which starts at line 14, with two registers or more of each type: %p, %h, %r,
// %l, %f, %d, %q; a global `g`, a shared `s`, a constant `c` and a function `f`.
inline std::string in_kernel(const std::string& body, const std::string& version = "9.0",
                             const std::string& target = "sm_90") {
  return ".version " + version + "\n.target " + target + "\n.address_size 64\n" +
         ".global .align 4 .u32 g[4];\n.shared .u32 s;\n.const .u32 c = 1;\n.func f() { ret; }\n"
         ".visible .entry k(.param .u64 a)\n{\n"
         ".reg .pred %p<8>; .reg .b16 %h<8>; .reg .b32 %r<8>; .reg .b64 %l<8>;\n"
         ".reg .f32 %f<8>; .reg .f64 %d<8>;\n.reg .b128 %q<8>;\n.local .b32 depot;\n" +
         body + "\nret;\n}\n";
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The modules that are kept beside the tests: our own programs, compiled.
inline std::vector<std::filesystem::path> kept_modules() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(QIAO_SOURCE_DIR "/tests/unit/src/ptx/data")) {
    if (entry.path().extension() == ".ptx") paths.push_back(entry.path());
  }
  return paths;
}

inline std::string error_of(const std::string& text) {
  auto module = parse(text);
  return module.ok() ? "" : module.error().message;
}

}  // namespace qiao::ptx
