// Programs compiled by Clang, as `qiao cc` compiles: the source between a prologue and an epilogue of ours in a folder
// of its own, the headers beside it. Lowered names come out of variables that the epilogue sets to the address of what
// each name expression names; they are taken out of the PTX again.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "shim/nvrtc/genuine.h"
#include "shim/nvrtc/options.h"
#include "shim/nvrtc/program.h"
#include "src/compile/process.h"
#include "src/fatbin/write.h"

namespace qiao::shim {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNameVariable = "__qiao_name_";
constexpr unsigned kDefaultSm = 52, kDefaultSm13 = 75;  // as NVRTC's releases have it

// Unannotated functions and variables are for the device.
constexpr const char* kDefaultDeviceBegin =
    "#pragma clang force_cuda_host_device begin\n"
    "#pragma clang attribute push(__attribute__((device)), apply_to = variable(is_global))\n";
constexpr const char* kDefaultDeviceEnd =
    "#pragma clang attribute pop\n"
    "#pragma clang force_cuda_host_device end\n";

// Headers of the standard library which the compiler has itself: what programs bring for NVRTC, which has none, would
// define them a second time.
bool is_standard(const std::string& name) {
  static constexpr std::string_view kNames[] = {
      "algorithm",   "array",   "cassert",  "cfloat",   "climits",         "cmath",      "complex",
      "cstddef",     "cstdint", "cstdio",   "cstdlib",  "cstring",         "functional", "iterator",
      "limits",      "memory",  "new",      "numeric",  "ratio",           "string",     "tuple",
      "type_traits", "utility", "assert.h", "float.h",  "limits.h",        "math.h",     "stddef.h",
      "stdint.h",    "stdio.h", "stdlib.h", "string.h", "initializer_list"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

std::string literal(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + "\"";
}

std::string whole_source(const Program& program, bool default_device) {
  std::string text = default_device ? kDefaultDeviceBegin : "";
  text += "#line 1 " + literal(program.name.empty() ? "default_program" : program.name) + "\n" + program.source + "\n";
  if (default_device) text += kDefaultDeviceEnd;
  for (std::size_t i = 0; i < program.expressions.size(); ++i) {
    std::string expression = program.expressions[i];
    expression.erase(0, expression.find_first_not_of(" \t\n&"));
    text += "#line 1 " + literal("name expression " + program.expressions[i]) + "\n" +
            "extern \"C\" __device__ __attribute__((used)) const volatile void* const " + kNameVariable +
            std::to_string(i) + " = (const volatile void*)(&" + expression + ");\n";
  }
  return text;
}

bool write(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  return bool(out);
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Result<void> write_headers(const Program& program, const fs::path& folder, const fs::path& ours) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  for (const NvrtcHeader& header : program.headers) {
    const fs::path name = fs::path(header.name).lexically_normal();
    if (name.empty() || name.is_absolute() || *name.begin() == "..")
      return unsupported("header '" + header.name + "' is outside of the program");
    if (is_standard(header.name) || fs::exists(ours / name, failed)) continue;
    fs::create_directories((folder / name).parent_path(), failed);
    if (!write(folder / name, header.text))
      return invalid(Code::OperatingSystem, "cannot write " + (folder / name).string());
  }
  return {};
}

void erase_all(std::string& text, const std::string& what) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos;) text.erase(at, what.size());
}

// ".visible .const .align 8 .u64 __qiao_name_0 = generic(c);": the name out of it, and the line out of the PTX.
bool take_name(std::string& ptx, std::size_t index, std::string& lowered) {
  const std::size_t at = ptx.find(kNameVariable + std::to_string(index) + " = ");
  if (at == ptx.npos) return false;
  const std::size_t begin = ptx.rfind('\n', at) + 1, end = ptx.find('\n', at);
  lowered = ptx.substr(ptx.find("= ", at) + 2, ptx.find(';', at) - ptx.find("= ", at) - 2);
  constexpr std::string_view kGeneric = "generic(";
  if (lowered.starts_with(kGeneric)) lowered = lowered.substr(kGeneric.size(), lowered.size() - kGeneric.size() - 1);
  ptx.erase(begin, end - begin + 1);
  return true;
}

bool cancelled(const Program& program) {
  return program.callback != nullptr && program.callback(program.payload, nullptr) != 0;
}

// The PTX, or a message for the log. An empty message: Clang's own words are in the log.
Result<std::string> run_clang(Program& program, const NvrtcOptions& options) {
  const auto tools = compile::find_toolchain("nvrtc without NVIDIA's libnvrtc");
  if (!tools) return tools.error();
  const auto folder = compile::TemporaryFolder::create();
  if (!folder) return folder.error();
  const fs::path headers = folder->path() / "headers", said = folder->path() / "log";
  if (auto done = write_headers(program, headers, tools->include); !done) return done.error();
  compile::DeviceSource source;
  source.file = (folder->path() / "program.cu").string();
  source.ptx = folder->path() / "program.ptx";
  source.standard = options.standard;
  source.arch = options.arch;
  source.math = options.math;
  if (options.unoptimised) source.optimise = "-O0";
  // Ours come first: a toolkit's headers are not made for Clang.
  source.options = {"-D__CUDACC_RTC__=1",
                    "-fno-color-diagnostics",
                    "-Wno-pragma-clang-attribute",
                    "-include",
                    "assert.h",
                    "-I",
                    tools->include.string(),
                    "-I",
                    headers.string()};
  if (options.relocatable) source.options.push_back("-fgpu-rdc");
  source.options.insert(source.options.end(), options.compile.begin(), options.compile.end());
  if (!write(source.file, whole_source(program, options.default_device)))
    return invalid(Code::OperatingSystem, "cannot write " + source.file);
  const auto status = compile::run_quietly(compile::device_command(*tools, source), said);
  if (!status) return status.error();
  program.log = read(said);
  erase_all(program.log, headers.string() + "/");
  std::error_code failed;
  const bool good = status->has_value() ? **status == 0 : fs::exists(source.ptx, failed);
  if (!good) return Error{Code::InvalidSource, ""};
  return read(source.ptx);
}

}  // namespace

std::string container_of(const std::string& ptx, const compile::Arch& arch) {
  fatbin::NewImage image;
  image.sm = arch.sm;
  image.arch_specific = arch.suffix == 'a';
  image.family_specific = arch.suffix == 'f';
  const auto* bytes = reinterpret_cast<const std::byte*>(ptx.data());
  image.payload.assign(bytes, bytes + ptx.size());
  const auto made = fatbin::write_fatbin({&image, 1});
  return made ? std::string(reinterpret_cast<const char*>(made->data()), made->size()) : "";
}

nvrtcResult compile_with_clang(Program& program, const std::vector<std::string>& words) {
  program.attempted = true;
  program.compiled = false;
  program.ptx.clear();
  program.cubin.clear();
  program.log.clear();
  program.lowered.clear();
  const auto options = parse_nvrtc(words, nvrtc_major() >= 13 ? kDefaultSm13 : kDefaultSm);
  if (!options) return program.log = options.error().message, NVRTC_ERROR_INVALID_OPTION;
  if (cancelled(program)) return NVRTC_ERROR_CANCELLED;
  auto ptx = run_clang(program, *options);
  if (!ptx) {
    if (!ptx.error().message.empty()) program.log += "nvrtc: error: " + ptx.error().message + "\n";
    return NVRTC_ERROR_COMPILATION;
  }
  if (cancelled(program)) return NVRTC_ERROR_CANCELLED;
  for (std::size_t i = 0; i < program.expressions.size(); ++i) {
    if (!take_name(*ptx, i, program.lowered[program.expressions[i]])) return NVRTC_ERROR_INTERNAL_ERROR;
  }
  program.ptx = *std::move(ptx);
  if (options->real_arch) program.cubin = container_of(program.ptx, options->arch);
  program.compiled = true;
  return NVRTC_SUCCESS;
}

}  // namespace qiao::shim
