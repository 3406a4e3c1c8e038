// Copies and sets of the driver API.
#include "src/runtime/copy.h"

#include "shim/common/copy_form.h"
#include "shim/cuda/copies.h"

namespace qiao::shim {
namespace {

using runtime::CopyRequest;
using runtime::Direction;

template <class Body>
CUresult on_stream(CUstream handle, Form form, Body body) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Stream>> stream = stream_of(context, handle, form.kind);
    if (!stream) return stream.error();
    return body(**stream);
  });
}

CUresult copy(uint64_t to, uint64_t from, size_t bytes, Direction direction, CUstream handle, Form form) {
  return on_stream(handle, form, [&](runtime::Stream& stream) {
    return runtime::copy(
        runtime::linear_copy(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes, direction),
        stream, form.wait);
  });
}

uint64_t bits(const void* pointer) {
  return reinterpret_cast<uint64_t>(pointer);
}

// The start of one side of a 2-D or 3-D copy; arrays are not there yet.
Result<uint64_t> side_address(CUmemorytype type, const void* host, CUdeviceptr device) {
  if (type == CU_MEMORYTYPE_HOST) return bits(host);
  if (type == CU_MEMORYTYPE_DEVICE || type == CU_MEMORYTYPE_UNIFIED) return uint64_t{device};
  return unimplemented("copies from and to CUDA arrays");
}

Direction direction_of(CUmemorytype to, CUmemorytype from) {
  if (to == CU_MEMORYTYPE_UNIFIED || from == CU_MEMORYTYPE_UNIFIED) return Direction::Default;
  if (to == CU_MEMORYTYPE_HOST) return from == CU_MEMORYTYPE_HOST ? Direction::HostToHost : Direction::DeviceToHost;
  return from == CU_MEMORYTYPE_HOST ? Direction::HostToDevice : Direction::DeviceToDevice;
}

// A box of rows, of CUDA_MEMCPY2D or CUDA_MEMCPY3D; each side begins in its own row and has so many rows in a slice.
template <class What>
Result<CopyRequest> box_of(const What& what, size_t to_row, size_t to_rows, size_t from_row, size_t from_rows,
                           size_t depth) {
  Result<uint64_t> to = side_address(what.dstMemoryType, what.dstHost, what.dstDevice);
  if (!to) return to.error();
  Result<uint64_t> from = side_address(what.srcMemoryType, what.srcHost, what.srcDevice);
  if (!from) return from.error();
  size_t to_pitch = what.dstPitch != 0 ? what.dstPitch : what.WidthInBytes + what.dstXInBytes;
  size_t from_pitch = what.srcPitch != 0 ? what.srcPitch : what.WidthInBytes + what.srcXInBytes;
  return CopyRequest{.to = {*to + to_row * to_pitch + what.dstXInBytes, to_pitch, to_rows},
                     .from = {*from + from_row * from_pitch + what.srcXInBytes, from_pitch, from_rows},
                     .box = {what.WidthInBytes, what.Height, depth},
                     .direction = direction_of(what.dstMemoryType, what.srcMemoryType)};
}

CUresult copy_box(const Result<CopyRequest>& box, CUstream handle, Form form) {
  return on_stream(handle, form, [&](runtime::Stream& stream) -> Result<void> {
    if (!box) return box.error();
    return runtime::copy(*box, stream, form.wait);
  });
}

CUresult copy_2d(const CUDA_MEMCPY2D* what, CUstream handle, Form form) {
  if (what == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return copy_box(box_of(*what, what->dstY, what->Height, what->srcY, what->Height, 1), handle, form);
}

CUresult copy_3d(const CUDA_MEMCPY3D* what, CUstream handle, Form form) {
  if (what == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return copy_box(copy_request(*what), handle, form);
}

CUresult fill(CUdeviceptr address, size_t pitch, uint32_t value, uint32_t element_bytes, size_t width, size_t height,
              CUstream handle, Form form) {
  return on_stream(handle, form, [&](runtime::Stream& stream) {
    return runtime::fill({.address = address,
                          .pitch = pitch,
                          .slice_rows = height,
                          .value = value,
                          .element_bytes = element_bytes,
                          .box = {width, height, 1}},
                         stream, form.wait);
  });
}

}  // namespace

Result<CopyRequest> copy_request(const CUDA_MEMCPY3D& what) {
  size_t to_rows = what.dstHeight != 0 ? what.dstHeight : what.Height + what.dstY;
  size_t from_rows = what.srcHeight != 0 ? what.srcHeight : what.Height + what.srcY;
  return box_of(what, what.dstZ * to_rows + what.dstY, to_rows, what.srcZ * from_rows + what.srcY, from_rows,
                what.Depth);
}

// clang-format off
CUresult Driver::cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t n) { return copy(to, from, n, Direction::Default, nullptr, kSync); }
CUresult Driver::cuMemcpy_ptds(CUdeviceptr to, CUdeviceptr from, size_t n) { return copy(to, from, n, Direction::Default, nullptr, kSyncThread); }
CUresult Driver::cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t n, CUstream s) { return copy(to, from, n, Direction::Default, s, kAsync); }
CUresult Driver::cuMemcpyAsync_ptsz(CUdeviceptr to, CUdeviceptr from, size_t n, CUstream s) { return copy(to, from, n, Direction::Default, s, kAsyncThread); }
CUresult Driver::cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t n) { return copy(to, bits(from), n, Direction::HostToDevice, nullptr, kSync); }
CUresult Driver::cuMemcpyHtoD_v2_ptds(CUdeviceptr to, const void* from, size_t n) { return copy(to, bits(from), n, Direction::HostToDevice, nullptr, kSyncThread); }
CUresult Driver::cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t n, CUstream s) { return copy(to, bits(from), n, Direction::HostToDevice, s, kAsync); }
CUresult Driver::cuMemcpyHtoDAsync_v2_ptsz(CUdeviceptr to, const void* from, size_t n, CUstream s) { return copy(to, bits(from), n, Direction::HostToDevice, s, kAsyncThread); }
CUresult Driver::cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t n) { return copy(bits(to), from, n, Direction::DeviceToHost, nullptr, kSync); }
CUresult Driver::cuMemcpyDtoH_v2_ptds(void* to, CUdeviceptr from, size_t n) { return copy(bits(to), from, n, Direction::DeviceToHost, nullptr, kSyncThread); }
CUresult Driver::cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t n, CUstream s) { return copy(bits(to), from, n, Direction::DeviceToHost, s, kAsync); }
CUresult Driver::cuMemcpyDtoHAsync_v2_ptsz(void* to, CUdeviceptr from, size_t n, CUstream s) { return copy(bits(to), from, n, Direction::DeviceToHost, s, kAsyncThread); }
CUresult Driver::cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t n) { return copy(to, from, n, Direction::DeviceToDevice, nullptr, kSync); }
CUresult Driver::cuMemcpyDtoD_v2_ptds(CUdeviceptr to, CUdeviceptr from, size_t n) { return copy(to, from, n, Direction::DeviceToDevice, nullptr, kSyncThread); }
CUresult Driver::cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t n, CUstream s) { return copy(to, from, n, Direction::DeviceToDevice, s, kAsync); }
CUresult Driver::cuMemcpyDtoDAsync_v2_ptsz(CUdeviceptr to, CUdeviceptr from, size_t n, CUstream s) { return copy(to, from, n, Direction::DeviceToDevice, s, kAsyncThread); }
CUresult Driver::cuMemcpy2D_v2(const CUDA_MEMCPY2D* what) { return copy_2d(what, nullptr, kSync); }
CUresult Driver::cuMemcpy2D_v2_ptds(const CUDA_MEMCPY2D* what) { return copy_2d(what, nullptr, kSyncThread); }
CUresult Driver::cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D* what) { return copy_2d(what, nullptr, kSync); }
CUresult Driver::cuMemcpy2DUnaligned_v2_ptds(const CUDA_MEMCPY2D* what) { return copy_2d(what, nullptr, kSyncThread); }
CUresult Driver::cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* what, CUstream s) { return copy_2d(what, s, kAsync); }
CUresult Driver::cuMemcpy2DAsync_v2_ptsz(const CUDA_MEMCPY2D* what, CUstream s) { return copy_2d(what, s, kAsyncThread); }
CUresult Driver::cuMemcpy3D_v2(const CUDA_MEMCPY3D* what) { return copy_3d(what, nullptr, kSync); }
CUresult Driver::cuMemcpy3D_v2_ptds(const CUDA_MEMCPY3D* what) { return copy_3d(what, nullptr, kSyncThread); }
CUresult Driver::cuMemcpy3DAsync_v2(const CUDA_MEMCPY3D* what, CUstream s) { return copy_3d(what, s, kAsync); }
CUresult Driver::cuMemcpy3DAsync_v2_ptsz(const CUDA_MEMCPY3D* what, CUstream s) { return copy_3d(what, s, kAsyncThread); }
CUresult Driver::cuMemsetD8_v2(CUdeviceptr p, unsigned char v, size_t n) { return fill(p, n, v, 1, n, 1, nullptr, kSync); }
CUresult Driver::cuMemsetD8_v2_ptds(CUdeviceptr p, unsigned char v, size_t n) { return fill(p, n, v, 1, n, 1, nullptr, kSyncThread); }
CUresult Driver::cuMemsetD8Async(CUdeviceptr p, unsigned char v, size_t n, CUstream s) { return fill(p, n, v, 1, n, 1, s, kAsync); }
CUresult Driver::cuMemsetD8Async_ptsz(CUdeviceptr p, unsigned char v, size_t n, CUstream s) { return fill(p, n, v, 1, n, 1, s, kAsyncThread); }
CUresult Driver::cuMemsetD16_v2(CUdeviceptr p, unsigned short v, size_t n) { return fill(p, n * 2, v, 2, n, 1, nullptr, kSync); }
CUresult Driver::cuMemsetD16_v2_ptds(CUdeviceptr p, unsigned short v, size_t n) { return fill(p, n * 2, v, 2, n, 1, nullptr, kSyncThread); }
CUresult Driver::cuMemsetD16Async(CUdeviceptr p, unsigned short v, size_t n, CUstream s) { return fill(p, n * 2, v, 2, n, 1, s, kAsync); }
CUresult Driver::cuMemsetD16Async_ptsz(CUdeviceptr p, unsigned short v, size_t n, CUstream s) { return fill(p, n * 2, v, 2, n, 1, s, kAsyncThread); }
CUresult Driver::cuMemsetD32_v2(CUdeviceptr p, unsigned int v, size_t n) { return fill(p, n * 4, v, 4, n, 1, nullptr, kSync); }
CUresult Driver::cuMemsetD32_v2_ptds(CUdeviceptr p, unsigned int v, size_t n) { return fill(p, n * 4, v, 4, n, 1, nullptr, kSyncThread); }
CUresult Driver::cuMemsetD32Async(CUdeviceptr p, unsigned int v, size_t n, CUstream s) { return fill(p, n * 4, v, 4, n, 1, s, kAsync); }
CUresult Driver::cuMemsetD32Async_ptsz(CUdeviceptr p, unsigned int v, size_t n, CUstream s) { return fill(p, n * 4, v, 4, n, 1, s, kAsyncThread); }
CUresult Driver::cuMemsetD2D8_v2(CUdeviceptr p, size_t pitch, unsigned char v, size_t w, size_t h) { return fill(p, pitch, v, 1, w, h, nullptr, kSync); }
CUresult Driver::cuMemsetD2D8_v2_ptds(CUdeviceptr p, size_t pitch, unsigned char v, size_t w, size_t h) { return fill(p, pitch, v, 1, w, h, nullptr, kSyncThread); }
CUresult Driver::cuMemsetD2D8Async(CUdeviceptr p, size_t pitch, unsigned char v, size_t w, size_t h, CUstream s) { return fill(p, pitch, v, 1, w, h, s, kAsync); }
CUresult Driver::cuMemsetD2D16_v2(CUdeviceptr p, size_t pitch, unsigned short v, size_t w, size_t h) { return fill(p, pitch, v, 2, w, h, nullptr, kSync); }
CUresult Driver::cuMemsetD2D16Async(CUdeviceptr p, size_t pitch, unsigned short v, size_t w, size_t h, CUstream s) { return fill(p, pitch, v, 2, w, h, s, kAsync); }
CUresult Driver::cuMemsetD2D32_v2(CUdeviceptr p, size_t pitch, unsigned int v, size_t w, size_t h) { return fill(p, pitch, v, 4, w, h, nullptr, kSync); }
CUresult Driver::cuMemsetD2D32Async(CUdeviceptr p, size_t pitch, unsigned int v, size_t w, size_t h, CUstream s) { return fill(p, pitch, v, 4, w, h, s, kAsync); }
// clang-format on

}  // namespace qiao::shim
