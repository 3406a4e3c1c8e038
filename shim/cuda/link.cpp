// cuLink*: PTX and fatbins linked into an image that cuModuleLoadData takes.
#include <cstring>
#include <fstream>
#include <iterator>

#include "shim/common/answer.h"
#include "shim/cuda/modules.h"
#include "src/runtime/device.h"
#include "src/runtime/linker.h"

namespace qiao::shim {
namespace {

struct LinkState {
  runtime::Linker linker;
  std::string image;  // what cuLinkComplete gave out
  // Of cuLinkCreate; the arrays are the program's and live until cuLinkDestroy.
  JitOptions options;

  Result<void> logged(Result<void> done) {
    if (!done) write_jit_log(options, done.error().message);
    return done;
  }
};

runtime::Registry<LinkState>& link_states() {
  static auto* states = new runtime::Registry<LinkState>;
  return *states;
}

Result<void> add(LinkState& state, CUjitInputType type, const void* data, size_t size) {
  if (data == nullptr || size == 0) return invalid(Code::InvalidValue, "an input of cuLink is empty");
  const auto* bytes = static_cast<const std::byte*>(data);
  switch (type) {
    case CU_JIT_INPUT_PTX:
    case CU_JIT_INPUT_FATBINARY:
    case CU_JIT_INPUT_CUBIN:  // ours, from nvrtcGetCUBIN; a genuine one has no PTX, and is refused for that
      return state.logged(state.linker.add({bytes, size}));
    case CU_JIT_INPUT_OBJECT:
    case CU_JIT_INPUT_LIBRARY:
    case CU_JIT_INPUT_NVVM:
    case CU_JIT_NUM_INPUT_TYPES:
      break;
  }
  return state.logged(unsupported("cuLink of an input of type " + std::to_string(static_cast<int>(type)) +
                                  "; only PTX and fatbins with PTX can be linked"));
}

template <class Do>
CUresult with_state(CUlinkState handle, Do action) {
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    std::shared_ptr<LinkState> state = link_states().find(handle);
    if (!state) return invalid(Code::InvalidHandle, "link state is not live");
    return action(*state);
  });
}

}  // namespace

CUresult Driver::cuLinkCreate_v2(unsigned int count, CUjit_option* options, void** values, CUlinkState* state) {
  if (state == nullptr || (count != 0 && (options == nullptr || values == nullptr))) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    const JitOptions given = jit_options(count, options, values);
    clear_jit_logs(given);
    auto made = std::make_shared<LinkState>(LinkState{runtime::Linker(sm_of(context)), {}, given});
    *state = reinterpret_cast<CUlinkState>(link_states().add(std::move(made)));
    return {};
  });
}

CUresult Driver::cuLinkAddData_v2(CUlinkState handle, CUjitInputType type, void* data, size_t size, const char*,
                                  unsigned int, CUjit_option*, void**) {
  return with_state(handle, [&](LinkState& state) { return add(state, type, data, size); });
}

CUresult Driver::cuLinkAddFile_v2(CUlinkState handle, CUjitInputType type, const char* path, unsigned int,
                                  CUjit_option*, void**) {
  if (path == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_state(handle, [&](LinkState& state) -> Result<void> {
    std::ifstream file(path, std::ios::binary);
    if (!file) return invalid(Code::FileNotFound, "cannot open '" + std::string(path) + "'");
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    return add(state, type, bytes.data(), bytes.size());
  });
}

CUresult Driver::cuLinkComplete(CUlinkState handle, void** image, size_t* size) {
  if (image == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return with_state(handle, [&](LinkState& state) -> Result<void> {
    Result<std::string> linked = state.linker.complete();
    if (!linked) return state.logged(linked.error());
    state.image = *std::move(linked);
    *image = state.image.data();
    if (size != nullptr) *size = state.image.size() + 1;  // with its NUL: what a program writes to a file can be loaded
    return {};
  });
}

CUresult Driver::cuLinkDestroy(CUlinkState handle) {
  return with_state(handle, [&](LinkState&) { return link_states().remove(handle), Result<void>(); });
}

CUresult Driver::cuLinkCreate(unsigned int count, CUjit_option* options, void** values, CUlinkState* state) {
  return cuLinkCreate_v2(count, options, values, state);
}
CUresult Driver::cuLinkAddData(CUlinkState state, CUjitInputType type, void* data, size_t size, const char* name,
                               unsigned int count, CUjit_option* options, void** values) {
  return cuLinkAddData_v2(state, type, data, size, name, count, options, values);
}
CUresult Driver::cuLinkAddFile(CUlinkState state, CUjitInputType type, const char* path, unsigned int count,
                               CUjit_option* options, void** values) {
  return cuLinkAddFile_v2(state, type, path, count, options, values);
}

}  // namespace qiao::shim
