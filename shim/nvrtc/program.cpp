// nvrtcProgram and what is done with it: forwarded to NVIDIA's library where there is one, else done here.
#include "shim/nvrtc/program.h"

#include <cstring>

#include "shim/nvrtc/genuine.h"
#include "shim/nvrtc/options.h"

namespace qiao::shim {
namespace {

runtime::Registry<Program>& programs() {
  static auto* live = new runtime::Registry<Program>;
  return *live;
}

// `genuine(functions, handle)` where NVIDIA's library has the program, else `ours(Program&)`.
template <class Genuine, class Ours>
nvrtcResult with(nvrtcProgram handle, Genuine genuine, Ours ours) {
  const std::shared_ptr<Program> program = programs().find(handle);
  if (!program) return NVRTC_ERROR_INVALID_PROGRAM;
  return program->genuine != nullptr ? genuine(*genuine_nvrtc(), program->genuine) : ours(*program);
}

// A function that a release of NVIDIA's may lack.
template <class Function, class... Arguments>
nvrtcResult forward(Function function, Arguments... arguments) {
  return function != nullptr ? function(arguments...) : NVRTC_ERROR_BUILTIN_OPERATION_FAILURE;
}

nvrtcResult put_size(std::size_t size, size_t* to) {
  if (to == nullptr) return NVRTC_ERROR_INVALID_INPUT;
  return *to = size, NVRTC_SUCCESS;
}

nvrtcResult put(const std::string& text, bool with_nul, char* to) {
  if (to == nullptr) return NVRTC_ERROR_INVALID_INPUT;
  std::memcpy(to, text.c_str(), text.size() + with_nul);
  return NVRTC_SUCCESS;
}

// --gpu-architecture=sm_XX becomes compute_XX: machine code is of no use here. Returns the real architecture asked for.
compile::Arch ask_for_ptx(std::vector<std::string>& options) {
  compile::Arch real;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (!names_architecture(options[i])) continue;
    const std::size_t equals = options[i].find('=');
    std::string& text = equals != std::string::npos || i + 1 == options.size() ? options[i] : options[i + 1];
    const std::size_t at = text.find("sm_", equals == std::string::npos ? 0 : equals);
    if (at == std::string::npos) continue;
    const auto arch = compile::parse_arch(std::string_view(text).substr(at));
    if (!arch) continue;
    real = *arch;
    text.replace(at, 2, "compute");
  }
  return real;
}

nvrtcResult compile_genuinely(Program& program, std::vector<std::string> options) {
  const GenuineNvrtc& nvrtc = *genuine_nvrtc();
  const compile::Arch real = ask_for_ptx(options);
  std::vector<const char*> words;
  for (const std::string& option : options) words.push_back(option.c_str());
  program.cubin.clear();
  const nvrtcResult result = nvrtc.nvrtcCompileProgram(program.genuine, static_cast<int>(words.size()), words.data());
  size_t size = 0;
  if (result != NVRTC_SUCCESS || real.sm == 0 || nvrtc.nvrtcGetPTXSize(program.genuine, &size) != NVRTC_SUCCESS)
    return result;
  std::string ptx(size, '\0');
  if (size <= 1 || nvrtc.nvrtcGetPTX(program.genuine, ptx.data()) != NVRTC_SUCCESS)
    return result;  // LTO: there is none
  ptx.pop_back();
  program.cubin = container_of(ptx, real);
  return result;
}

}  // namespace

Program::~Program() {
  if (genuine != nullptr) genuine_nvrtc()->nvrtcDestroyProgram(&genuine);
}

nvrtcResult Nvrtc::nvrtcCreateProgram(nvrtcProgram* handle, const char* source, const char* name, int header_count,
                                      const char* const* headers, const char* const* names) {
  if (handle == nullptr) return NVRTC_ERROR_INVALID_PROGRAM;
  if (source == nullptr || header_count < 0 || (header_count > 0 && (headers == nullptr || names == nullptr)))
    return NVRTC_ERROR_INVALID_INPUT;
  auto program = std::make_shared<Program>();
  if (const GenuineNvrtc* nvrtc = genuine_nvrtc()) {
    const nvrtcResult result = nvrtc->nvrtcCreateProgram(&program->genuine, source, name, header_count, headers, names);
    if (result != NVRTC_SUCCESS) return program->genuine = nullptr, result;
  } else {
    program->source = source;
    program->name = name != nullptr ? name : "";
    for (int i = 0; i < header_count; ++i) {
      if (headers[i] == nullptr || names[i] == nullptr) return NVRTC_ERROR_INVALID_INPUT;
      program->headers.push_back({names[i], headers[i]});
    }
  }
  *handle = reinterpret_cast<nvrtcProgram>(programs().add(std::move(program)));
  return NVRTC_SUCCESS;
}

nvrtcResult Nvrtc::nvrtcDestroyProgram(nvrtcProgram* handle) {
  if (handle == nullptr || !programs().remove(*handle)) return NVRTC_ERROR_INVALID_PROGRAM;
  return *handle = nullptr, NVRTC_SUCCESS;
}

nvrtcResult Nvrtc::nvrtcCompileProgram(nvrtcProgram handle, int count, const char* const* options) {
  const std::shared_ptr<Program> program = programs().find(handle);
  if (!program) return NVRTC_ERROR_INVALID_PROGRAM;
  if (count < 0) return NVRTC_ERROR_INVALID_INPUT;
  if (count > 0 && options == nullptr) return NVRTC_ERROR_INVALID_OPTION;
  std::vector<std::string> words;
  for (int i = 0; i < count; ++i) {
    if (options[i] == nullptr) return NVRTC_ERROR_INVALID_OPTION;
    words.push_back(options[i]);
  }
  return program->genuine != nullptr ? compile_genuinely(*program, words) : compile_with_clang(*program, words);
}

nvrtcResult Nvrtc::nvrtcGetCUBINSize(nvrtcProgram handle, size_t* size) {
  const std::shared_ptr<Program> program = programs().find(handle);
  return program ? put_size(program->cubin.size(), size) : NVRTC_ERROR_INVALID_PROGRAM;
}

nvrtcResult Nvrtc::nvrtcGetCUBIN(nvrtcProgram handle, char* cubin) {
  const std::shared_ptr<Program> program = programs().find(handle);
  return program ? put(program->cubin, false, cubin) : NVRTC_ERROR_INVALID_PROGRAM;
}

nvrtcResult Nvrtc::nvrtcGetPTXSize(nvrtcProgram handle, size_t* size) {
  return with(
      handle, [&](const GenuineNvrtc& nvrtc, nvrtcProgram theirs) { return nvrtc.nvrtcGetPTXSize(theirs, size); },
      [&](Program& program) { return put_size(program.ptx.size() + 1, size); });
}

nvrtcResult Nvrtc::nvrtcGetPTX(nvrtcProgram handle, char* ptx) {
  return with(
      handle, [&](const GenuineNvrtc& nvrtc, nvrtcProgram theirs) { return nvrtc.nvrtcGetPTX(theirs, ptx); },
      [&](Program& program) { return put(program.ptx, true, ptx); });
}

nvrtcResult Nvrtc::nvrtcGetProgramLogSize(nvrtcProgram handle, size_t* size) {
  return with(
      handle,
      [&](const GenuineNvrtc& nvrtc, nvrtcProgram theirs) { return nvrtc.nvrtcGetProgramLogSize(theirs, size); },
      [&](Program& program) { return put_size(program.log.size() + 1, size); });
}

nvrtcResult Nvrtc::nvrtcGetProgramLog(nvrtcProgram handle, char* log) {
  return with(
      handle, [&](const GenuineNvrtc& nvrtc, nvrtcProgram theirs) { return nvrtc.nvrtcGetProgramLog(theirs, log); },
      [&](Program& program) { return put(program.log, true, log); });
}

nvrtcResult Nvrtc::nvrtcAddNameExpression(nvrtcProgram handle, const char* const expression) {
  return with(
      handle,
      [&](const GenuineNvrtc& nvrtc, nvrtcProgram theirs) { return nvrtc.nvrtcAddNameExpression(theirs, expression); },
      [&](Program& program) {
        if (expression == nullptr) return NVRTC_ERROR_INVALID_INPUT;
        if (program.attempted) return NVRTC_ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION;
        program.expressions.push_back(expression);
        return NVRTC_SUCCESS;
      });
}

nvrtcResult Nvrtc::nvrtcGetLoweredName(nvrtcProgram handle, const char* const expression, const char** name) {
  return with(
      handle,
      [&](const GenuineNvrtc& nvrtc, nvrtcProgram theirs) {
        return nvrtc.nvrtcGetLoweredName(theirs, expression, name);
      },
      [&](Program& program) {
        if (expression == nullptr || name == nullptr) return NVRTC_ERROR_INVALID_INPUT;
        if (!program.compiled) return NVRTC_ERROR_NO_LOWERED_NAMES_BEFORE_COMPILATION;
        const auto found = program.lowered.find(expression);
        if (found == program.lowered.end()) return NVRTC_ERROR_NAME_EXPRESSION_NOT_VALID;
        *name = found->second.c_str();
        return NVRTC_SUCCESS;
      });
}

nvrtcResult Nvrtc::nvrtcSetFlowCallback(nvrtcProgram handle, nvrtcFlowCallback callback, void* payload) {
  return with(
      handle,
      [&](const GenuineNvrtc& nvrtc, nvrtcProgram theirs) {
        return forward(nvrtc.nvrtcSetFlowCallback, theirs, callback, payload);
      },
      [&](Program& program) {
        program.callback = callback;
        program.payload = payload;
        return NVRTC_SUCCESS;
      });
}

nvrtcResult Nvrtc::nvrtcGetPCHCreateStatus(nvrtcProgram handle) {
  return with(
      handle,
      [&](const GenuineNvrtc& nvrtc, nvrtcProgram theirs) { return forward(nvrtc.nvrtcGetPCHCreateStatus, theirs); },
      [&](Program&) { return NVRTC_ERROR_NO_PCH_CREATE_ATTEMPTED; });
}

nvrtcResult Nvrtc::nvrtcGetPCHHeapSizeRequired(nvrtcProgram handle, size_t* size) {
  return with(
      handle,
      [&](const GenuineNvrtc& nvrtc, nvrtcProgram theirs) {
        return forward(nvrtc.nvrtcGetPCHHeapSizeRequired, theirs, size);
      },
      [&](Program&) { return size == nullptr ? NVRTC_ERROR_INVALID_INPUT : NVRTC_ERROR_NO_PCH_CREATE_ATTEMPTED; });
}

// What only NVIDIA's compiler makes: Clang was not asked for it (see options.cpp), so there is none.
#define QIAO_THEIRS(name)                                                                                           \
  nvrtcResult Nvrtc::name##Size(nvrtcProgram handle, size_t* size) {                                                \
    return with(                                                                                                    \
        handle,                                                                                                     \
        [&](const GenuineNvrtc& nvrtc, nvrtcProgram theirs) { return forward(nvrtc.name##Size, theirs, size); },    \
        [&](Program&) { return put_size(0, size); });                                                               \
  }                                                                                                                 \
  nvrtcResult Nvrtc::name(nvrtcProgram handle, char* bytes) {                                                       \
    return with(                                                                                                    \
        handle, [&](const GenuineNvrtc& nvrtc, nvrtcProgram theirs) { return forward(nvrtc.name, theirs, bytes); }, \
        [&](Program&) { return put("", false, bytes); });                                                           \
  }
QIAO_THEIRS(nvrtcGetLTOIR)
QIAO_THEIRS(nvrtcGetOptiXIR)
QIAO_THEIRS(nvrtcGetNVVM)
#undef QIAO_THEIRS

}  // namespace qiao::shim
