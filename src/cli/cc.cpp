// qiao cc: each .cu file is compiled twice by Clang, for the device to PTX, which goes into a fatbin, and for the host,
// with that fatbin inside; what comes out is linked to our libcudart.
#include "src/cli/cc.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "src/base/install_tree.h"
#include "src/cli/cc_options.h"
#include "src/cli/verbs.h"
#include "src/compile/clang.h"
#include "src/compile/process.h"
#include "src/fatbin/write.h"

namespace qiao::cli {
namespace {

namespace fs = std::filesystem;
using compile::Command;

struct Tools : compile::Toolchain {
  fs::path libraries;
};

struct Build {
  const CcOptions& options;
  const Tools& tools;
  const fs::path& folder;
};

enum class Language { Cuda, Cpp, C, Object };

Language language_of(const std::string& input, bool all_cuda) {
  const std::string extension = fs::path(input).extension().string();
  if (extension == ".cu") return Language::Cuda;
  const bool c = extension == ".c";
  if (c || extension == ".cpp" || extension == ".cc" || extension == ".cxx") {
    return all_cuda ? Language::Cuda : c ? Language::C : Language::Cpp;
  }
  return Language::Object;
}

Result<Tools> find_tools() {
  auto toolchain = compile::find_toolchain("qiao cc");
  if (!toolchain) return toolchain.error();
  const auto cudart = find_in_tree("lib/libcudart.so.13");
  if (!cudart) return invalid(Code::FileNotFound, "lib/libcudart.so.13 is missing beside " + own_object().string());
  return Tools{*std::move(toolchain), cudart->parent_path()};
}

Result<void> run(const Build& build, const Command& command) {
  if (build.options.verbose || build.options.dry_run)
    std::fprintf(stderr, "%s\n", compile::shell_line(command).c_str());
  if (build.options.dry_run) return {};
  const auto status = compile::run_process(command);
  if (!status) return status.error();
  // Clang has said what is wrong.
  if (*status != 0)
    return invalid(Code::InvalidSource,
                   fs::path(command[0]).filename().string() + " failed with exit code " + std::to_string(*status));
  return {};
}

void append(Command& to, const Command& from) {
  to.insert(to.end(), from.begin(), from.end());
}

Result<void> compile_device(const Build& build, const std::string& source, const CcArch& arch, const fs::path& ptx) {
  const CcOptions& options = build.options;
  compile::DeviceSource device;
  device.file = source;
  device.standard = options.standard;
  device.arch = arch;
  device.options = options.compile;
  device.ptx = ptx;
  device.optimise = options.device_debug ? "-O0" : options.optimise;
  device.math = {.approximate = options.fast_math,
                 .flush = options.fast_math,
                 .exact_divide = !options.fast_math,
                 .contract = options.contract};
  return run(build, compile::device_command(build.tools, device));
}

Result<std::vector<std::byte>> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.good() && !in.eof()) return invalid(Code::FileNotFound, "cannot read " + path.string());
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return std::vector<std::byte>(data, data + text.size());
}

// The PTX of every architecture, in a file which the host's compilation embeds.
Result<fs::path> compile_fatbin(const Build& build, const std::string& source, const std::string& stem) {
  std::vector<fatbin::NewImage> images;
  const fs::path path = build.folder / (stem + ".fatbin");
  for (const CcArch& arch : build.options.archs) {
    const fs::path ptx = build.folder / (stem + "." + arch.name() + ".ptx");
    if (auto compiled = compile_device(build, source, arch, ptx); !compiled) return compiled.error();
    if (build.options.dry_run) continue;
    auto text = read_file(ptx);
    if (!text) return text.error();
    fatbin::NewImage image;
    image.sm = arch.sm;
    image.arch_specific = arch.suffix == 'a';
    image.family_specific = arch.suffix == 'f';
    image.compression = fatbin::Compression::Zstd;
    image.payload = std::move(*text);
    images.push_back(std::move(image));
  }
  if (build.options.dry_run) return path;
  const auto bytes = fatbin::write_fatbin(images);
  if (!bytes) return bytes.error();
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes->data()), static_cast<std::streamsize>(bytes->size()));
  out.close();
  if (!out) return invalid(Code::OperatingSystem, "cannot write " + path.string());
  return path;
}

void add_host_options(const CcOptions& options, Command& command) {
  command.push_back(options.optimise);
  if (options.host_debug) command.push_back("-g");
  append(command, options.host);
}

Result<void> compile_cuda(const Build& build, const std::string& source, const std::string& stem,
                          const fs::path& object) {
  const auto fatbin = compile_fatbin(build, source, stem);
  if (!fatbin) return fatbin.error();
  Command command = compile::cuda_command(build.tools, build.options.standard, build.options.compile, source);
  append(command, {"--cuda-host-only", "-c", "-Xclang", "-fcuda-include-gpubinary", "-Xclang", fatbin->string()});
  add_host_options(build.options, command);
  append(command, {"-o", object.string()});
  return run(build, command);
}

Result<void> compile_host(const Build& build, const std::string& source, Language language, const fs::path& object) {
  const bool c = language == Language::C;
  Command command = {build.tools.clang, "-x", c ? "c" : "c++", "-isystem", build.tools.include.string()};
  if (!c) command.push_back(build.options.standard);
  append(command, build.options.compile);
  append(command, {source, "-c"});
  add_host_options(build.options, command);
  append(command, {"-o", object.string()});
  return run(build, command);
}

// The object for one input; inputs that are none of ours to compile are linked as they are.
Result<fs::path> compile_input(const Build& build, const std::string& input, std::size_t index) {
  const Language language = language_of(input, build.options.all_cuda);
  if (language == Language::Object) return fs::path(input);
  std::error_code failed;
  if (!fs::exists(input, failed)) return invalid(Code::FileNotFound, input + ": no such file");
  const std::string name = fs::path(input).stem().string();
  const std::string stem = std::to_string(index) + "-" + name;  // two inputs may have the same name
  if (build.options.goal == CcGoal::Ptx) {
    if (language != Language::Cuda) return invalid(Code::InvalidValue, input + ": -ptx needs a .cu file");
    const fs::path ptx = build.options.output.empty() ? name + ".ptx" : build.options.output;
    if (auto done = compile_device(build, input, build.options.archs[0], ptx); !done) return done.error();
    return ptx;
  }
  fs::path object = build.folder / (stem + ".o");
  if (build.options.goal == CcGoal::Object) object = build.options.output.empty() ? name + ".o" : build.options.output;
  auto done = language == Language::Cuda ? compile_cuda(build, input, stem, object)
                                         : compile_host(build, input, language, object);
  if (!done) return done.error();
  return object;
}

Result<void> link(const Build& build, const std::vector<fs::path>& objects) {
  const CcOptions& options = build.options;
  const fs::path& libraries = build.tools.libraries;
  Command command = {build.tools.clang};
  if (options.shared) command.push_back("-shared");
  for (const fs::path& object : objects) command.push_back(object.string());
  for (const std::string& word : options.link) {
    // CUDA's own libraries are ours, and have no development links.
    if (word == "-lcudart" || word == "-lcudart_static" || word == "-lcudadevrt") continue;
    command.push_back(word == "-lcuda" ? (libraries / "libcuda.so.1").string() : word);
  }
  append(command, {(libraries / "libcudart.so.13").string(), "-Wl,-rpath," + libraries.string(), "-pthread", "-ldl"});
  append(command, options.host);
  append(command, {"-o", options.output.empty() ? "a.out" : options.output});
  return run(build, command);
}

Result<void> build_all(const CcOptions& options) {
  const auto tools = find_tools();
  if (!tools) return tools.error();
  const auto folder = compile::TemporaryFolder::create();
  if (!folder) return folder.error();
  const Build build{options, *tools, folder->path()};
  std::vector<fs::path> objects;
  for (std::size_t i = 0; i < options.inputs.size(); ++i) {
    auto object = compile_input(build, options.inputs[i], i);
    if (!object) return object.error();
    objects.push_back(std::move(*object));
  }
  return options.goal == CcGoal::Link ? link(build, objects) : Result<void>();
}

}  // namespace

int cc_main(int argc, char** argv) {
  const auto options = parse_cc({argv + 1, argv + argc});
  if (!options) return fail(kMisuse, options.error().message);
  if (options->help) {
    std::fputs(std::string(cc_help()).c_str(), stdout);
    return 0;
  }
  const auto built = build_all(*options);
  return built ? 0 : fail(kFailed, built.error().message);
}

}  // namespace qiao::cli
