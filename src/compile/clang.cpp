#include "src/compile/clang.h"

#include "src/base/install_tree.h"

namespace qiao::compile {
namespace {

namespace fs = std::filesystem;

constexpr const char* kClang = QIAO_CLANG;   // empty when the build found none
constexpr const char* kSdkVersion = "12.5";  // makes Clang write today's launch and registration calls
constexpr const char* kPtxFeature = "--cuda-feature=+ptx83";
constexpr unsigned kNewerPtxSm = 100;  // from here on Clang's default PTX version is the right one

void append(Command& to, const Command& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

Result<Toolchain> find_toolchain(const std::string& who) {
  if (*kClang == '\0') {
    return invalid(Code::FileNotFound, who +
                                           " needs Clang 19 or later with libclc, and this build found none; install "
                                           "clang-19 and libclc-19 and build Qiao again");
  }
  std::error_code failed;
  if (!fs::exists(kClang, failed)) {
    return invalid(Code::FileNotFound, std::string("the Clang that Qiao was built with is gone: ") + kClang);
  }
  const auto include = find_in_tree("share/qiao/cuda/include/cuda_runtime.h");
  const auto libdevice = find_in_tree("share/qiao/cuda/libdevice.bc");
  const std::string here = own_object().string();
  if (!include) return invalid(Code::FileNotFound, "share/qiao/cuda/include is missing beside " + here);
  if (!libdevice) return invalid(Code::FileNotFound, "share/qiao/cuda/libdevice.bc is missing beside " + here);
  return Toolchain{kClang, include->parent_path(), *libdevice};
}

Command cuda_command(const Toolchain& tools, const std::string& standard, const Command& options,
                     const std::string& file) {
  const std::string include = tools.include.string();
  Command command = {tools.clang,  "-x",         "cuda",     "--cuda-path=" + include,
                     "-nocudainc", "-nocudalib", "-Xclang",  std::string("-target-sdk-version=") + kSdkVersion,
                     "-isystem",   include,      "-include", "cuda_runtime.h",
                     standard};
  append(command, options);
  command.push_back(file);
  return command;
}

Command device_command(const Toolchain& tools, const DeviceSource& source) {
  Command command = cuda_command(tools, source.standard, source.options, source.file);
  append(command, {"--cuda-device-only", "-S", "--cuda-gpu-arch=" + source.arch.name(), "-Xclang",
                   "-mlink-builtin-bitcode", "-Xclang", tools.libdevice.string(), source.optimise});
  if (source.arch.sm < kNewerPtxSm) command.push_back(kPtxFeature);
  const DeviceMath& math = source.math;
  if (math.approximate) command.push_back("-fgpu-approx-transcendentals");
  if (math.flush) command.push_back("-fgpu-flush-denormals-to-zero");
  if (!math.exact_divide) append(command, {"-mllvm", "-nvptx-prec-divf32=0"});
  if (!math.exact_root) append(command, {"-mllvm", "-nvptx-prec-sqrtf32=0"});
  if (!math.contract) command.push_back("-ffp-contract=off");
  append(command, {"-o", source.ptx.string()});
  return command;
}

}  // namespace qiao::compile
