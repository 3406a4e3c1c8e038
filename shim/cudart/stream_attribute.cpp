// Attributes of streams in the runtime API.
#include "shim/common/stream_attributes.h"
#include "shim/common/streams.h"

namespace qiao::shim {
namespace {

constexpr DefaultStream kLegacy = DefaultStream::Legacy, kThread = DefaultStream::PerThread;

static_assert(sizeof(cudaLaunchAttributeValue) == sizeof(CUlaunchAttributeValue));
static_assert(int{cudaLaunchAttributePriority} == int{CU_LAUNCH_ATTRIBUTE_PRIORITY});

const CUlaunchAttributeValue* same(const cudaLaunchAttributeValue* value) {
  return reinterpret_cast<const CUlaunchAttributeValue*>(value);
}
CUlaunchAttributeValue* same(cudaLaunchAttributeValue* value) {
  return reinterpret_cast<CUlaunchAttributeValue*>(value);
}

template <class Body>
cudaError_t on_stream(cudaStream_t handle, DefaultStream kind, Body body) {
  return in_runtime_context([&](runtime::Context& context) { return with_stream(context, handle, kind, body); });
}

cudaError_t set(cudaStream_t stream, int attribute, const cudaLaunchAttributeValue* value, DefaultStream kind) {
  return on_stream(stream, kind,
                   [&](runtime::Stream& where) { return set_stream_attribute(where, attribute, same(value)); });
}

cudaError_t get(cudaStream_t stream, int attribute, cudaLaunchAttributeValue* value, DefaultStream kind) {
  return on_stream(stream, kind,
                   [&](runtime::Stream& where) { return get_stream_attribute(where, attribute, same(value)); });
}

cudaError_t copy(cudaStream_t to, cudaStream_t from, DefaultStream kind) {
  return on_stream(from, kind, [&](runtime::Stream& source) -> Result<void> {
    return with_stream(source.context(), to, kind,
                       [&](runtime::Stream& target) { return copy_stream_attributes(target, source); });
  });
}

}  // namespace

cudaError_t Cudart::cudaStreamSetAttribute(cudaStream_t stream, cudaLaunchAttributeID attribute,
                                           const cudaLaunchAttributeValue* value) {
  return set(stream, static_cast<int>(attribute), value, kLegacy);
}
cudaError_t Cudart::cudaStreamGetAttribute(cudaStream_t stream, cudaLaunchAttributeID attribute,
                                           cudaLaunchAttributeValue* value) {
  return get(stream, static_cast<int>(attribute), value, kLegacy);
}
cudaError_t Cudart::cudaStreamCopyAttributes(cudaStream_t to, cudaStream_t from) {
  return copy(to, from, kLegacy);
}
cudaError_t Cudart::cudaStreamSetAttribute_ptsz(cudaStream_t stream, cudaLaunchAttributeID attribute,
                                                const cudaLaunchAttributeValue* value) {
  return set(stream, static_cast<int>(attribute), value, kThread);
}
cudaError_t Cudart::cudaStreamGetAttribute_ptsz(cudaStream_t stream, cudaLaunchAttributeID attribute,
                                                cudaLaunchAttributeValue* value) {
  return get(stream, static_cast<int>(attribute), value, kThread);
}
cudaError_t Cudart::cudaStreamCopyAttributes_ptsz(cudaStream_t to, cudaStream_t from) {
  return copy(to, from, kThread);
}

}  // namespace qiao::shim
