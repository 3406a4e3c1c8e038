// Copies and sets of the runtime API. Each exists in four forms: waiting or not, legacy or per-thread default stream.
#include "src/runtime/copy.h"

#include "shim/common/copy_form.h"
#include "shim/cudart/copies.h"
#include "src/runtime/array.h"
#include "src/runtime/platform.h"
#include "src/runtime/registration.h"

namespace qiao::shim {

using runtime::CopyRequest;
using runtime::Direction;
using runtime::FillRequest;

namespace {

runtime::Side side_of(const cudaPitchedPtr& pitched, const cudaPos& position) {
  uint64_t address = reinterpret_cast<uint64_t>(pitched.ptr);
  return {address + (position.z * pitched.ysize + position.y) * pitched.pitch + position.x, pitched.pitch,
          pitched.ysize};
}

}  // namespace

Result<Direction> direction_of(cudaMemcpyKind kind) {
  if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault) {
    return invalid(Code::InvalidMemcpyDirection, "copy direction " + std::to_string(static_cast<int>(kind)));
  }
  return static_cast<Direction>(kind);  // same order
}

namespace {

// One side of cudaMemcpy3DParms. A box's width is in elements of the arrays that take part, else in bytes, and so is
// an array's own position (cudaMemcpy3DParms in the runtime API's manual).
Result<runtime::Side> side_of(cudaArray_t handle, const cudaPitchedPtr& pitched, const cudaPos& position,
                              const runtime::Box& box) {
  if (handle == nullptr) return side_of(pitched, position);
  if (pitched.ptr != nullptr) return invalid(Code::InvalidValue, "one side of a copy names an array and a pointer");
  Result<std::shared_ptr<runtime::Array>> array = runtime::find_array(handle);
  if (!array) return array.error();
  return (*array)->side(position.x * (*array)->shape().element_bytes(), position.y, position.z, box);
}

Result<runtime::Box> box_of(const cudaExtent& extent, cudaArray_t to, cudaArray_t from) {
  uint64_t element = 0;
  for (cudaArray_t handle : {to, from}) {
    if (handle == nullptr) continue;
    Result<std::shared_ptr<runtime::Array>> array = runtime::find_array(handle);
    if (!array) return array.error();
    const uint64_t bytes = (*array)->shape().element_bytes();
    if (element != 0 && element != bytes)
      return invalid(Code::InvalidValue, "a copy between arrays with elements of different sizes");
    element = bytes;
  }
  return runtime::Box{extent.width * (element == 0 ? 1 : element), extent.height, extent.depth};
}

}  // namespace

Result<CopyRequest> copy_request(const cudaMemcpy3DParms& parms) {
  Result<Direction> direction = direction_of(parms.kind);
  if (!direction) return direction.error();
  Result<runtime::Box> box = box_of(parms.extent, parms.dstArray, parms.srcArray);
  if (!box) return box.error();
  Result<runtime::Side> to = side_of(parms.dstArray, parms.dstPtr, parms.dstPos, *box);
  if (!to) return to.error();
  Result<runtime::Side> from = side_of(parms.srcArray, parms.srcPtr, parms.srcPos, *box);
  if (!from) return from.error();
  return CopyRequest{.to = *to, .from = *from, .box = *box, .direction = *direction};
}

Result<void*> symbol_range(const void* symbol, size_t offset, size_t bytes, runtime::Context& context) {
  Result<hal::GlobalVariable> variable = runtime::Registered::instance().variable(symbol, context);
  if (!variable) return variable.error();
  if (offset > variable->bytes || bytes > variable->bytes - offset) {
    return invalid(Code::InvalidValue, "copy of " + std::to_string(bytes) + " bytes at offset " +
                                           std::to_string(offset) + " leaves a symbol of " +
                                           std::to_string(variable->bytes) + " bytes");
  }
  return reinterpret_cast<void*>(variable->address + offset);
}

namespace {

template <class Body>
cudaError_t on_stream(cudaStream_t handle, Form form, Body body) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Stream>> stream = stream_of(context, handle, form.kind);
    if (!stream) return stream.error();
    return body(**stream);
  });
}

cudaError_t copy_linear(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t handle, Form form) {
  return on_stream(handle, form, [&](runtime::Stream& stream) -> Result<void> {
    Result<Direction> direction = direction_of(kind);
    if (!direction) return direction.error();
    return runtime::copy(runtime::linear_copy(to, from, bytes, *direction), stream, form.wait);
  });
}

cudaError_t copy_2d(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width, size_t height,
                    cudaMemcpyKind kind, cudaStream_t handle, Form form) {
  return on_stream(handle, form, [&](runtime::Stream& stream) -> Result<void> {
    Result<Direction> direction = direction_of(kind);
    if (!direction) return direction.error();
    if (width > to_pitch || width > from_pitch) {
      return invalid(Code::InvalidPitchValue, "copy width is larger than a pitch");
    }
    CopyRequest request{.to = {reinterpret_cast<uint64_t>(to), to_pitch, height},
                        .from = {reinterpret_cast<uint64_t>(from), from_pitch, height},
                        .box = {width, height, 1},
                        .direction = *direction};
    return runtime::copy(request, stream, form.wait);
  });
}

cudaError_t copy_3d(const cudaMemcpy3DParms* parms, cudaStream_t handle, Form form) {
  if (parms == nullptr) return cudaErrorInvalidValue;
  return on_stream(handle, form, [&](runtime::Stream& stream) -> Result<void> {
    Result<CopyRequest> request = copy_request(*parms);
    if (!request) return request.error();
    return runtime::copy(*request, stream, form.wait);
  });
}

Result<void> check_devices(int to, int from) {
  Result<runtime::Platform*> platform = runtime::Platform::get();
  if (!platform) return platform.error();
  for (int ordinal : {to, from}) {
    if (Result<runtime::Device*> device = (*platform)->device(ordinal); !device) return device.error();
  }
  return {};
}

cudaError_t copy_peer(void* to, int to_device, const void* from, int from_device, size_t bytes, cudaStream_t handle,
                      Form form) {
  if (Result<void> known = check_devices(to_device, from_device); !known) return runtime_answer(known);
  return copy_linear(to, from, bytes, cudaMemcpyDeviceToDevice, handle, form);
}

cudaError_t copy_3d_peer(const cudaMemcpy3DPeerParms* parms, cudaStream_t handle, Form form) {
  if (parms == nullptr) return cudaErrorInvalidValue;
  if (Result<void> known = check_devices(parms->dstDevice, parms->srcDevice); !known) return runtime_answer(known);
  const cudaMemcpy3DParms plain{parms->srcArray, parms->srcPos, parms->srcPtr, parms->dstArray,
                                parms->dstPos,   parms->dstPtr, parms->extent, cudaMemcpyDeviceToDevice};
  return copy_3d(&plain, handle, form);
}

cudaError_t fill_box(void* pointer, size_t pitch, size_t slice_rows, int value, runtime::Box box, cudaStream_t handle,
                     Form form) {
  return on_stream(handle, form, [&](runtime::Stream& stream) -> Result<void> {
    FillRequest request{.address = reinterpret_cast<uint64_t>(pointer),
                        .pitch = pitch,
                        .slice_rows = slice_rows,
                        .value = static_cast<uint32_t>(value) & 0xff,
                        .element_bytes = 1,
                        .box = box};
    return runtime::fill(request, stream, form.wait);
  });
}

cudaError_t copy_to_symbol(const void* symbol, const void* from, size_t bytes, size_t offset, cudaMemcpyKind kind,
                           cudaStream_t handle, Form form) {
  return on_stream(handle, form, [&](runtime::Stream& stream) -> Result<void> {
    Result<Direction> direction = direction_of(kind);
    if (!direction) return direction.error();
    Result<void*> to = symbol_range(symbol, offset, bytes, stream.context());
    if (!to) return to.error();
    return runtime::copy(runtime::linear_copy(*to, from, bytes, *direction), stream, form.wait);
  });
}

cudaError_t copy_from_symbol(void* to, const void* symbol, size_t bytes, size_t offset, cudaMemcpyKind kind,
                             cudaStream_t handle, Form form) {
  return on_stream(handle, form, [&](runtime::Stream& stream) -> Result<void> {
    Result<Direction> direction = direction_of(kind);
    if (!direction) return direction.error();
    Result<void*> from = symbol_range(symbol, offset, bytes, stream.context());
    if (!from) return from.error();
    return runtime::copy(runtime::linear_copy(to, *from, bytes, *direction), stream, form.wait);
  });
}

}  // namespace

cudaError_t Cudart::cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
  return copy_linear(to, from, bytes, kind, nullptr, kSync);
}
cudaError_t Cudart::cudaMemcpy_ptds(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
  return copy_linear(to, from, bytes, kind, nullptr, kSyncThread);
}
cudaError_t Cudart::cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind,
                                    cudaStream_t stream) {
  return copy_linear(to, from, bytes, kind, stream, kAsync);
}
cudaError_t Cudart::cudaMemcpyAsync_ptsz(void* to, const void* from, size_t bytes, cudaMemcpyKind kind,
                                         cudaStream_t stream) {
  return copy_linear(to, from, bytes, kind, stream, kAsyncThread);
}
cudaError_t Cudart::cudaMemcpyPeer(void* to, int to_device, const void* from, int from_device, size_t bytes) {
  return copy_peer(to, to_device, from, from_device, bytes, nullptr, kSync);
}
cudaError_t Cudart::cudaMemcpyPeerAsync(void* to, int to_device, const void* from, int from_device, size_t bytes,
                                        cudaStream_t stream) {
  return copy_peer(to, to_device, from, from_device, bytes, stream, kAsync);
}
cudaError_t Cudart::cudaMemcpy3DPeer(const cudaMemcpy3DPeerParms* parms) {
  return copy_3d_peer(parms, nullptr, kSync);
}
cudaError_t Cudart::cudaMemcpy3DPeer_ptds(const cudaMemcpy3DPeerParms* parms) {
  return copy_3d_peer(parms, nullptr, kSyncThread);
}
cudaError_t Cudart::cudaMemcpy3DPeerAsync(const cudaMemcpy3DPeerParms* parms, cudaStream_t stream) {
  return copy_3d_peer(parms, stream, kAsync);
}
cudaError_t Cudart::cudaMemcpy3DPeerAsync_ptsz(const cudaMemcpy3DPeerParms* parms, cudaStream_t stream) {
  return copy_3d_peer(parms, stream, kAsyncThread);
}

cudaError_t Cudart::cudaMemcpy2D(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width,
                                 size_t height, cudaMemcpyKind kind) {
  return copy_2d(to, to_pitch, from, from_pitch, width, height, kind, nullptr, kSync);
}
cudaError_t Cudart::cudaMemcpy2D_ptds(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width,
                                      size_t height, cudaMemcpyKind kind) {
  return copy_2d(to, to_pitch, from, from_pitch, width, height, kind, nullptr, kSyncThread);
}
cudaError_t Cudart::cudaMemcpy2DAsync(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width,
                                      size_t height, cudaMemcpyKind kind, cudaStream_t stream) {
  return copy_2d(to, to_pitch, from, from_pitch, width, height, kind, stream, kAsync);
}
cudaError_t Cudart::cudaMemcpy2DAsync_ptsz(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width,
                                           size_t height, cudaMemcpyKind kind, cudaStream_t stream) {
  return copy_2d(to, to_pitch, from, from_pitch, width, height, kind, stream, kAsyncThread);
}

cudaError_t Cudart::cudaMemcpy3D(const cudaMemcpy3DParms* parms) {
  return copy_3d(parms, nullptr, kSync);
}
cudaError_t Cudart::cudaMemcpy3D_ptds(const cudaMemcpy3DParms* parms) {
  return copy_3d(parms, nullptr, kSyncThread);
}
cudaError_t Cudart::cudaMemcpy3DAsync(const cudaMemcpy3DParms* parms, cudaStream_t stream) {
  return copy_3d(parms, stream, kAsync);
}
cudaError_t Cudart::cudaMemcpy3DAsync_ptsz(const cudaMemcpy3DParms* parms, cudaStream_t stream) {
  return copy_3d(parms, stream, kAsyncThread);
}

cudaError_t Cudart::cudaMemset(void* pointer, int value, size_t bytes) {
  return fill_box(pointer, bytes, 1, value, {bytes, 1, 1}, nullptr, kSync);
}
cudaError_t Cudart::cudaMemset_ptds(void* pointer, int value, size_t bytes) {
  return fill_box(pointer, bytes, 1, value, {bytes, 1, 1}, nullptr, kSyncThread);
}
cudaError_t Cudart::cudaMemsetAsync(void* pointer, int value, size_t bytes, cudaStream_t stream) {
  return fill_box(pointer, bytes, 1, value, {bytes, 1, 1}, stream, kAsync);
}
cudaError_t Cudart::cudaMemsetAsync_ptsz(void* pointer, int value, size_t bytes, cudaStream_t stream) {
  return fill_box(pointer, bytes, 1, value, {bytes, 1, 1}, stream, kAsyncThread);
}
cudaError_t Cudart::cudaMemset2D(void* pointer, size_t pitch, int value, size_t width, size_t height) {
  return fill_box(pointer, pitch, height, value, {width, height, 1}, nullptr, kSync);
}
cudaError_t Cudart::cudaMemset2D_ptds(void* pointer, size_t pitch, int value, size_t width, size_t height) {
  return fill_box(pointer, pitch, height, value, {width, height, 1}, nullptr, kSyncThread);
}
cudaError_t Cudart::cudaMemset2DAsync(void* pointer, size_t pitch, int value, size_t width, size_t height,
                                      cudaStream_t stream) {
  return fill_box(pointer, pitch, height, value, {width, height, 1}, stream, kAsync);
}
cudaError_t Cudart::cudaMemset2DAsync_ptsz(void* pointer, size_t pitch, int value, size_t width, size_t height,
                                           cudaStream_t stream) {
  return fill_box(pointer, pitch, height, value, {width, height, 1}, stream, kAsyncThread);
}
cudaError_t Cudart::cudaMemset3D(cudaPitchedPtr pitched, int value, cudaExtent extent) {
  return fill_box(pitched.ptr, pitched.pitch, pitched.ysize, value, {extent.width, extent.height, extent.depth},
                  nullptr, kSync);
}
cudaError_t Cudart::cudaMemset3D_ptds(cudaPitchedPtr pitched, int value, cudaExtent extent) {
  return fill_box(pitched.ptr, pitched.pitch, pitched.ysize, value, {extent.width, extent.height, extent.depth},
                  nullptr, kSyncThread);
}
cudaError_t Cudart::cudaMemset3DAsync(cudaPitchedPtr pitched, int value, cudaExtent extent, cudaStream_t stream) {
  return fill_box(pitched.ptr, pitched.pitch, pitched.ysize, value, {extent.width, extent.height, extent.depth}, stream,
                  kAsync);
}
cudaError_t Cudart::cudaMemset3DAsync_ptsz(cudaPitchedPtr pitched, int value, cudaExtent extent, cudaStream_t stream) {
  return fill_box(pitched.ptr, pitched.pitch, pitched.ysize, value, {extent.width, extent.height, extent.depth}, stream,
                  kAsyncThread);
}

cudaError_t Cudart::cudaMemcpyToSymbol(const void* symbol, const void* from, size_t bytes, size_t offset,
                                       cudaMemcpyKind kind) {
  return copy_to_symbol(symbol, from, bytes, offset, kind, nullptr, kSync);
}
cudaError_t Cudart::cudaMemcpyToSymbol_ptds(const void* symbol, const void* from, size_t bytes, size_t offset,
                                            cudaMemcpyKind kind) {
  return copy_to_symbol(symbol, from, bytes, offset, kind, nullptr, kSyncThread);
}
cudaError_t Cudart::cudaMemcpyToSymbolAsync(const void* symbol, const void* from, size_t bytes, size_t offset,
                                            cudaMemcpyKind kind, cudaStream_t stream) {
  return copy_to_symbol(symbol, from, bytes, offset, kind, stream, kAsync);
}
cudaError_t Cudart::cudaMemcpyToSymbolAsync_ptsz(const void* symbol, const void* from, size_t bytes, size_t offset,
                                                 cudaMemcpyKind kind, cudaStream_t stream) {
  return copy_to_symbol(symbol, from, bytes, offset, kind, stream, kAsyncThread);
}
cudaError_t Cudart::cudaMemcpyFromSymbol(void* to, const void* symbol, size_t bytes, size_t offset,
                                         cudaMemcpyKind kind) {
  return copy_from_symbol(to, symbol, bytes, offset, kind, nullptr, kSync);
}
cudaError_t Cudart::cudaMemcpyFromSymbol_ptds(void* to, const void* symbol, size_t bytes, size_t offset,
                                              cudaMemcpyKind kind) {
  return copy_from_symbol(to, symbol, bytes, offset, kind, nullptr, kSyncThread);
}
cudaError_t Cudart::cudaMemcpyFromSymbolAsync(void* to, const void* symbol, size_t bytes, size_t offset,
                                              cudaMemcpyKind kind, cudaStream_t stream) {
  return copy_from_symbol(to, symbol, bytes, offset, kind, stream, kAsync);
}
cudaError_t Cudart::cudaMemcpyFromSymbolAsync_ptsz(void* to, const void* symbol, size_t bytes, size_t offset,
                                                   cudaMemcpyKind kind, cudaStream_t stream) {
  return copy_from_symbol(to, symbol, bytes, offset, kind, stream, kAsyncThread);
}

}  // namespace qiao::shim
