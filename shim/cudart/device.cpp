// Devices of the runtime API: count, choice, properties, attributes, limits.
#include "src/runtime/device.h"
#include "src/runtime/capture.h"

#include <algorithm>
#include <cstring>

#include "shim/common/answer.h"
#include "shim/common/streams.h"
#include "shim/cudart/properties.h"
#include "src/perf/launch_profile.h"
#include "src/runtime/attributes.h"
#include "src/runtime/limits.h"
#include "src/runtime/platform.h"

namespace qiao::shim {
namespace {

Result<runtime::Device*> device_of(int ordinal) {
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  return (*platform)->device(ordinal);
}

template <class Properties>
cudaError_t get_properties(Properties* properties, int ordinal) {
  if (properties == nullptr) return cudaErrorInvalidValue;
  Result<runtime::Device*> device = device_of(ordinal);
  if (!device) return runtime_answer(device.error());
  fill_properties(*properties, **device);
  return cudaSuccess;
}

// The device that has most of what is asked for; members that are 0 ask for nothing (CUDA documents no weights).
template <class Properties>
cudaError_t choose(int* ordinal, const Properties* wanted) {
  if (ordinal == nullptr || wanted == nullptr) return cudaErrorInvalidValue;
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return runtime_answer(platform.error());
  int best = -1;
  for (int i = 0; i < (*platform)->device_count(); ++i) {
    Properties own;
    fill_properties(own, **(*platform)->device(i));
    int score = 0;
    score += wanted->major * 10 + wanted->minor <= own.major * 10 + own.minor;
    score += wanted->multiProcessorCount <= own.multiProcessorCount;
    score += wanted->totalGlobalMem <= own.totalGlobalMem;
    score += wanted->sharedMemPerBlock <= own.sharedMemPerBlock;
    if (score <= best) continue;
    best = score;
    *ordinal = i;
  }
  return cudaSuccess;
}

// Makes the device's primary context the calling thread's current one.
void make_current(runtime::Device& device) {
  runtime::ThreadState& state = runtime::ThreadState::current();
  state.device = device.ordinal();
  std::shared_ptr<runtime::Context> context = device.primary_context();
  if (state.contexts.empty()) {
    state.contexts.push_back(std::move(context));
  } else {
    state.contexts.back() = std::move(context);
  }
}

// The device a call without an ordinal means: that of the current context, else the thread's.
Result<runtime::Device*> current_device() {
  const runtime::ThreadState& state = runtime::ThreadState::current();
  const bool has_context = !state.contexts.empty() && state.contexts.back();
  return device_of(has_context ? state.contexts.back()->device().ordinal() : state.device);
}

}  // namespace

cudaError_t Cudart::cudaGetDeviceCount(int* count) {
  if (count == nullptr) return cudaErrorInvalidValue;
  *count = 0;
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return runtime_answer(platform.error());
  *count = (*platform)->device_count();
  return cudaSuccess;
}

cudaError_t Cudart::cudaSetDevice(int ordinal) {
  Result<runtime::Device*> device = device_of(ordinal);
  if (!device) return runtime_answer(device.error());
  make_current(**device);
  return cudaSuccess;
}

// Flag 1, cudaInitDeviceFlagsAreValid: `device_flags` are to be set.
cudaError_t Cudart::cudaInitDevice(int ordinal, unsigned int device_flags, unsigned int flags) {
  Result<runtime::Device*> device = device_of(ordinal);
  if (!device) return runtime_answer(device.error());
  if ((flags & ~1u) != 0) return runtime_answer(invalid(Code::InvalidValue, "flags of cudaInitDevice are not known"));
  if (flags != 0) {
    if (Result<void> set = (*device)->set_primary_flags(device_flags); !set) return runtime_answer(set);
  }
  (*device)->primary_context();
  return cudaSuccess;
}

cudaError_t Cudart::cudaGetDevice(int* ordinal) {
  if (ordinal == nullptr) return cudaErrorInvalidValue;
  Result<runtime::Device*> device = current_device();
  if (!device) return runtime_answer(device.error());
  *ordinal = (*device)->ordinal();
  return cudaSuccess;
}

// The first of the list is the one a thread uses that chose none.
cudaError_t Cudart::cudaSetValidDevices(int* ordinals, int count) {
  if (count < 0 || (count > 0 && ordinals == nullptr)) return cudaErrorInvalidValue;
  for (int i = 0; i < count; ++i) {
    Result<runtime::Device*> device = device_of(ordinals[i]);
    if (!device) return runtime_answer(device.error());
  }
  runtime::ThreadState& state = runtime::ThreadState::current();
  if (state.contexts.empty() || !state.contexts.back()) state.device = count > 0 ? ordinals[0] : 0;
  return cudaSuccess;
}

cudaError_t Cudart::cudaGetDeviceProperties(cudaDeviceProp* properties, int ordinal) {
  return get_properties(properties, ordinal);
}

cudaError_t Cudart::cudaGetDeviceProperties_v2(cudaDeviceProp_v12* properties, int ordinal) {
  return get_properties(properties, ordinal);
}

cudaError_t Cudart::cudaGetDeviceProperties_until13(cudaDeviceProp_v11* properties, int ordinal) {
  return get_properties(properties, ordinal);
}

cudaError_t Cudart::cudaChooseDevice(int* ordinal, const cudaDeviceProp* wanted) {
  return choose(ordinal, wanted);
}

cudaError_t Cudart::cudaChooseDevice_until13(int* ordinal, const cudaDeviceProp_v12* wanted) {
  return choose(ordinal, wanted);
}

cudaError_t Cudart::cudaChooseDevice_until12(int* ordinal, const cudaDeviceProp_v11* wanted) {
  return choose(ordinal, wanted);
}

cudaError_t Cudart::cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int ordinal) {
  if (value == nullptr) return cudaErrorInvalidValue;
  Result<runtime::Device*> device = device_of(ordinal);
  if (!device) return runtime_answer(device.error());
  Result<int> found = runtime::device_attribute(**device, static_cast<int>(attribute));
  if (!found) return runtime_answer(found.error());
  *value = *found;
  return cudaSuccess;
}

cudaError_t Cudart::cudaDeviceSynchronize() {
  Result<std::shared_ptr<runtime::Context>> context = runtime::runtime_context();
  if (!context) return runtime_answer(context.error());
  if (Result<void> allowed = runtime::check_unsafe_call(**context); !allowed) return runtime_answer(allowed);
  (*context)->synchronize();
  return static_cast<cudaError_t>((*context)->sticky_error());
}

cudaError_t Cudart::cudaThreadSynchronize() {
  return cudaDeviceSynchronize();
}

cudaError_t Cudart::cudaDeviceReset() {
  Result<runtime::Device*> device = current_device();
  if (!device) return runtime_answer(device.error());
  runtime::ThreadState& state = runtime::ThreadState::current();
  state.device = (*device)->ordinal();
  if (!state.contexts.empty()) state.contexts.back() = nullptr;
  (*device)->reset_primary();
  return cudaSuccess;
}

cudaError_t Cudart::cudaThreadExit() {
  return cudaDeviceReset();
}

cudaError_t Cudart::cudaSetDeviceFlags(unsigned int flags) {
  Result<runtime::Device*> device = current_device();
  if (!device) return runtime_answer(device.error());
  return runtime_answer((*device)->set_primary_flags(flags));
}

cudaError_t Cudart::cudaGetDeviceFlags(unsigned int* flags) {
  if (flags == nullptr) return cudaErrorInvalidValue;
  Result<runtime::Device*> device = current_device();
  if (!device) return runtime_answer(device.error());
  *flags = (*device)->primary_flags();
  return cudaSuccess;
}

cudaError_t Cudart::cudaDeviceGetLimit(size_t* value, cudaLimit limit) {
  if (value == nullptr) return cudaErrorInvalidValue;
  Result<uint64_t> found = runtime::get_limit(static_cast<int>(limit));
  if (!found) return runtime_answer(found.error());
  *value = *found;
  return cudaSuccess;
}

cudaError_t Cudart::cudaDeviceSetLimit(cudaLimit limit, size_t value) {
  return runtime_answer(runtime::set_limit(static_cast<int>(limit), value));
}

cudaError_t Cudart::cudaDeviceGetCacheConfig(cudaFuncCache* config) {
  if (config == nullptr) return cudaErrorInvalidValue;
  *config = cudaFuncCachePreferNone;
  return cudaSuccess;
}

// A preference only: the emulated chip has no cache split to choose.
cudaError_t Cudart::cudaDeviceSetCacheConfig(cudaFuncCache) {
  return cudaSuccess;
}

cudaError_t Cudart::cudaDeviceGetSharedMemConfig(cudaSharedMemConfig* config) {
  if (config == nullptr) return cudaErrorInvalidValue;
  *config = cudaSharedMemBankSizeFourByte;
  return cudaSuccess;
}

// Ignored on every chip since compute capability 5, as CUDA documents.
cudaError_t Cudart::cudaDeviceSetSharedMemConfig(cudaSharedMemConfig) {
  return cudaSuccess;
}

cudaError_t Cudart::cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  if (least != nullptr) *least = kLeastPriority;
  if (greatest != nullptr) *greatest = kGreatestPriority;
  return cudaSuccess;
}

cudaError_t Cudart::cudaDeviceCanAccessPeer(int* can, int ordinal, int peer) {
  if (can == nullptr) return cudaErrorInvalidValue;
  for (int each : {ordinal, peer}) {
    Result<runtime::Device*> device = device_of(each);
    if (!device) return runtime_answer(device.error());
  }
  *can = ordinal != peer;
  return cudaSuccess;
}

cudaError_t Cudart::cudaDeviceGetPCIBusId(char* text, int length, int ordinal) {
  if (text == nullptr || length < 13) return cudaErrorInvalidValue;
  Result<runtime::Device*> device = device_of(ordinal);
  if (!device) return runtime_answer(device.error());
  const std::array<char, 13> id = runtime::device_pci_bus_id(**device);
  std::copy(id.begin(), id.end(), text);
  return cudaSuccess;
}

cudaError_t Cudart::cudaDeviceGetByPCIBusId(int* ordinal, const char* text) {
  if (ordinal == nullptr || text == nullptr) return cudaErrorInvalidValue;
  Result<int> found = runtime::device_with_pci_bus_id(text);
  if (!found) return runtime_answer(found.error());
  *ordinal = *found;
  return cudaSuccess;
}

cudaError_t Cudart::cudaDeviceGetP2PAttribute(int* value, cudaDeviceP2PAttr attribute, int from, int to) {
  if (value == nullptr) return cudaErrorInvalidValue;
  for (int each : {from, to}) {
    Result<runtime::Device*> device = device_of(each);
    if (!device) return runtime_answer(device.error());
  }
  Result<int> found = runtime::peer_attribute(static_cast<int>(attribute), from, to);
  if (!found) return runtime_answer(found.error());
  *value = *found;
  return cudaSuccess;
}

cudaError_t Cudart::cudaDeviceEnablePeerAccess(int ordinal, unsigned int flags) {
  if (flags != 0) return runtime_answer(invalid(Code::InvalidValue, "cudaDeviceEnablePeerAccess takes no flags"));
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<runtime::Device*> peer = device_of(ordinal);
    if (!peer) return peer.error();
    return context.enable_peer(**peer);
  });
}

cudaError_t Cudart::cudaDeviceDisablePeerAccess(int ordinal) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<runtime::Device*> peer = device_of(ordinal);
    if (!peer) return peer.error();
    return context.disable_peer(**peer);
  });
}

// There are no persisting lines: the emulated chip keeps no cache contents between launches.
cudaError_t Cudart::cudaCtxResetPersistingL2Cache() {
  return in_runtime_context([](runtime::Context&) -> Result<void> { return {}; });
}

// Qiao's own profiler is started from outside (qiao prof): these delimit what it counts.
cudaError_t Cudart::cudaProfilerStart() {
  perf::pause_counting(false);
  return cudaSuccess;
}
cudaError_t Cudart::cudaProfilerStop() {
  perf::pause_counting(true);
  return cudaSuccess;
}

}  // namespace qiao::shim
