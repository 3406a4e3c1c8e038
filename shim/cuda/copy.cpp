// Copies and sets of the driver API.
#include "src/runtime/copy.h"

#include "shim/common/copy_form.h"
#include "shim/cuda/copies.h"
#include "src/runtime/array.h"

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

Direction direction_of(CUmemorytype to, CUmemorytype from) {
  if (to == CU_MEMORYTYPE_UNIFIED || from == CU_MEMORYTYPE_UNIFIED) return Direction::Default;
  if (to == CU_MEMORYTYPE_HOST) return from == CU_MEMORYTYPE_HOST ? Direction::HostToHost : Direction::DeviceToHost;
  return from == CU_MEMORYTYPE_HOST ? Direction::HostToDevice : Direction::DeviceToDevice;
}

// Where one side of CUDA_MEMCPY2D or CUDA_MEMCPY3D begins, and how far apart its rows and slices are.
struct Start {
  CUmemorytype type;
  const void* host;
  CUdeviceptr device;
  CUarray array;
  size_t x, y, z;
  size_t pitch, rows;
};

Result<runtime::Side> side_of(const Start& start, const runtime::Box& box) {
  if (start.type == CU_MEMORYTYPE_ARRAY) {
    Result<std::shared_ptr<runtime::Array>> array = runtime::find_array(start.array);
    if (!array) return array.error();
    return (*array)->side(start.x, start.y, start.z, box);
  }
  if (start.type < CU_MEMORYTYPE_HOST || start.type > CU_MEMORYTYPE_UNIFIED)
    return invalid(Code::InvalidValue, "memory type " + std::to_string(static_cast<int>(start.type)));
  const uint64_t base = start.type == CU_MEMORYTYPE_HOST ? bits(start.host) : uint64_t{start.device};
  const uint64_t pitch = start.pitch != 0 ? start.pitch : box.width + start.x;
  return runtime::Side{base + (start.z * start.rows + start.y) * pitch + start.x, pitch, start.rows};
}

Result<CopyRequest> box_of(const Start& to, const Start& from, const runtime::Box& box) {
  Result<runtime::Side> there = side_of(to, box);
  if (!there) return there.error();
  Result<runtime::Side> here = side_of(from, box);
  if (!here) return here.error();
  return CopyRequest{*there, *here, box, direction_of(to.type, from.type)};
}

// What CUDA_MEMCPY3D and its peer form share.
template <class What>
Result<CopyRequest> request_3d(const What& what) {
  const size_t to_rows = what.dstHeight != 0 ? what.dstHeight : what.Height + what.dstY;
  const size_t from_rows = what.srcHeight != 0 ? what.srcHeight : what.Height + what.srcY;
  return box_of({what.dstMemoryType, what.dstHost, what.dstDevice, what.dstArray, what.dstXInBytes, what.dstY,
                 what.dstZ, what.dstPitch, to_rows},
                {what.srcMemoryType, what.srcHost, what.srcDevice, what.srcArray, what.srcXInBytes, what.srcY,
                 what.srcZ, what.srcPitch, from_rows},
                {what.WidthInBytes, what.Height, what.Depth});
}

CUresult copy_box(const Result<CopyRequest>& box, CUstream handle, Form form) {
  return on_stream(handle, form, [&](runtime::Stream& stream) -> Result<void> {
    if (!box) return box.error();
    return runtime::copy(*box, stream, form.wait);
  });
}

CUresult copy_2d(const CUDA_MEMCPY2D* what, CUstream handle, Form form) {
  if (what == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return copy_box(box_of({what->dstMemoryType, what->dstHost, what->dstDevice, what->dstArray, what->dstXInBytes,
                          what->dstY, 0, what->dstPitch, what->Height},
                         {what->srcMemoryType, what->srcHost, what->srcDevice, what->srcArray, what->srcXInBytes,
                          what->srcY, 0, what->srcPitch, what->Height},
                         {what->WidthInBytes, what->Height, 1}),
                  handle, form);
}

CUresult copy_3d(const CUDA_MEMCPY3D* what, CUstream handle, Form form) {
  if (what == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return copy_box(copy_request(*what), handle, form);
}

CUresult copy_3d_peer(const CUDA_MEMCPY3D_PEER* what, CUstream handle, Form form) {
  if (what == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return copy_box(request_3d(*what), handle, form);
}

// The contexts say nothing that the addresses do not, but they must be live.
CUresult copy_peer(CUdeviceptr to, CUcontext to_context, CUdeviceptr from, CUcontext from_context, size_t bytes,
                   CUstream handle, Form form) {
  for (CUcontext context : {to_context, from_context}) {
    if (!runtime::live_contexts().find(context))
      return driver_answer(invalid(Code::InvalidContext, "context handle is not live"));
  }
  return copy(to, from, bytes, Direction::DeviceToDevice, handle, form);
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
  return request_3d(what);
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
CUresult Driver::cuMemcpyPeer(CUdeviceptr to, CUcontext tc, CUdeviceptr from, CUcontext fc, size_t n) { return copy_peer(to, tc, from, fc, n, nullptr, kSync); }
CUresult Driver::cuMemcpyPeer_ptds(CUdeviceptr to, CUcontext tc, CUdeviceptr from, CUcontext fc, size_t n) { return copy_peer(to, tc, from, fc, n, nullptr, kSyncThread); }
CUresult Driver::cuMemcpyPeerAsync(CUdeviceptr to, CUcontext tc, CUdeviceptr from, CUcontext fc, size_t n, CUstream s) { return copy_peer(to, tc, from, fc, n, s, kAsync); }
CUresult Driver::cuMemcpyPeerAsync_ptsz(CUdeviceptr to, CUcontext tc, CUdeviceptr from, CUcontext fc, size_t n, CUstream s) { return copy_peer(to, tc, from, fc, n, s, kAsyncThread); }
CUresult Driver::cuMemcpy3DPeer(const CUDA_MEMCPY3D_PEER* what) { return copy_3d_peer(what, nullptr, kSync); }
CUresult Driver::cuMemcpy3DPeer_ptds(const CUDA_MEMCPY3D_PEER* what) { return copy_3d_peer(what, nullptr, kSyncThread); }
CUresult Driver::cuMemcpy3DPeerAsync(const CUDA_MEMCPY3D_PEER* what, CUstream s) { return copy_3d_peer(what, s, kAsync); }
CUresult Driver::cuMemcpy3DPeerAsync_ptsz(const CUDA_MEMCPY3D_PEER* what, CUstream s) { return copy_3d_peer(what, s, kAsyncThread); }
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
