// CUDA arrays of the driver API, and the linear copies that name them.
#include "src/runtime/array.h"

#include "shim/common/copy_form.h"

namespace qiao::shim {
namespace {

using runtime::Array;
using runtime::ArrayShape;
using runtime::Direction;

template <class Descriptor>
ArrayShape shape_of(const Descriptor& what) {
  ArrayShape shape{.width = what.Width, .height = what.Height, .format = what.Format, .channels = what.NumChannels};
  if constexpr (requires { what.Depth; }) {
    shape.depth = what.Depth;
    shape.flags = what.Flags;
  }
  return shape;
}

template <class Descriptor>
CUresult create(CUarray* handle, const Descriptor* what) {
  if (handle == nullptr || what == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<Array*> made = runtime::create_array(context, shape_of(*what));
    if (!made) return made.error();
    *handle = reinterpret_cast<CUarray>(*made);
    return {};
  });
}

template <class Descriptor>
CUresult describe(Descriptor* out, CUarray handle) {
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    Result<std::shared_ptr<Array>> array = runtime::find_array(handle);
    if (!array) return array.error();
    const ArrayShape& shape = (*array)->shape();
    *out = {};
    out->Width = static_cast<decltype(out->Width)>(shape.width);
    out->Height = static_cast<decltype(out->Height)>(shape.height);
    out->Format = static_cast<CUarray_format>(shape.format);
    out->NumChannels = shape.channels;
    if constexpr (requires { out->Depth; }) {
      out->Depth = static_cast<decltype(out->Depth)>(shape.depth);
      out->Flags = shape.flags;
    }
    return {};
  });
}

// Between `memory` and the array's first row, from byte `offset` on.
CUresult copy(CUarray handle, size_t offset, uint64_t memory, size_t bytes, bool to_array, Direction direction,
              CUstream stream_handle, Form form) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Stream>> stream = stream_of(context, stream_handle, form.kind);
    if (!stream) return stream.error();
    Result<std::shared_ptr<Array>> array = runtime::find_array(handle);
    if (!array) return array.error();
    const runtime::Box box{bytes, 1, 1};
    Result<runtime::Side> inside = (*array)->side(offset, 0, 0, box);
    if (!inside) return inside.error();
    const runtime::Side outside{memory, bytes, 1};
    return runtime::copy({to_array ? *inside : outside, to_array ? outside : *inside, box, direction}, **stream,
                         form.wait);
  });
}

CUresult copy(CUarray to, size_t to_offset, CUarray from, size_t from_offset, size_t bytes, Form form) {
  Result<std::shared_ptr<Array>> array = runtime::find_array(from);
  if (!array) return driver_answer(array.error());
  Result<runtime::Side> side = (*array)->side(from_offset, 0, 0, {bytes, 1, 1});
  if (!side) return driver_answer(side.error());
  return copy(to, to_offset, side->address, bytes, true, Direction::DeviceToDevice, nullptr, form);
}

uint64_t bits(const void* pointer) {
  return reinterpret_cast<uint64_t>(pointer);
}

}  // namespace

CUresult Driver::cuArrayCreate_v2(CUarray* array, const CUDA_ARRAY_DESCRIPTOR* what) {
  return create(array, what);
}
CUresult Driver::cuArrayCreate(CUarray* array, const CUDA_ARRAY_DESCRIPTOR_v1* what) {
  return create(array, what);
}
CUresult Driver::cuArray3DCreate_v2(CUarray* array, const CUDA_ARRAY3D_DESCRIPTOR* what) {
  return create(array, what);
}
CUresult Driver::cuArray3DCreate(CUarray* array, const CUDA_ARRAY3D_DESCRIPTOR_v1* what) {
  return create(array, what);
}
CUresult Driver::cuArrayGetDescriptor_v2(CUDA_ARRAY_DESCRIPTOR* out, CUarray array) {
  return describe(out, array);
}
CUresult Driver::cuArrayGetDescriptor(CUDA_ARRAY_DESCRIPTOR_v1* out, CUarray array) {
  return describe(out, array);
}
CUresult Driver::cuArray3DGetDescriptor_v2(CUDA_ARRAY3D_DESCRIPTOR* out, CUarray array) {
  return describe(out, array);
}
CUresult Driver::cuArray3DGetDescriptor(CUDA_ARRAY3D_DESCRIPTOR_v1* out, CUarray array) {
  return describe(out, array);
}
CUresult Driver::cuArrayDestroy(CUarray array) {
  return in_driver_context([&](runtime::Context&) { return runtime::destroy_array(array); });
}

CUresult Driver::cuMipmappedArrayCreate(CUmipmappedArray* array, const CUDA_ARRAY3D_DESCRIPTOR* what,
                                        unsigned int levels) {
  if (array == nullptr || what == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<runtime::MipmappedArray*> made = runtime::create_mipmapped_array(context, shape_of(*what), levels);
    if (!made) return made.error();
    *array = reinterpret_cast<CUmipmappedArray>(*made);
    return {};
  });
}
CUresult Driver::cuMipmappedArrayGetLevel(CUarray* level, CUmipmappedArray array, unsigned int number) {
  if (level == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return in_driver_context([&](runtime::Context&) -> Result<void> {
    Result<std::shared_ptr<runtime::MipmappedArray>> found = runtime::find_mipmapped_array(array);
    if (!found) return found.error();
    if (number >= (*found)->levels().size()) return invalid(Code::InvalidValue, "no such mipmap level");
    *level = reinterpret_cast<CUarray>((*found)->levels()[number].get());
    return {};
  });
}
CUresult Driver::cuMipmappedArrayDestroy(CUmipmappedArray array) {
  return in_driver_context([&](runtime::Context&) { return runtime::destroy_mipmapped_array(array); });
}

// clang-format off
CUresult Driver::cuMemcpyHtoA_v2(CUarray to, size_t at, const void* from, size_t n) { return copy(to, at, bits(from), n, true, Direction::HostToDevice, nullptr, kSync); }
CUresult Driver::cuMemcpyHtoA_v2_ptds(CUarray to, size_t at, const void* from, size_t n) { return copy(to, at, bits(from), n, true, Direction::HostToDevice, nullptr, kSyncThread); }
CUresult Driver::cuMemcpyHtoAAsync_v2(CUarray to, size_t at, const void* from, size_t n, CUstream s) { return copy(to, at, bits(from), n, true, Direction::HostToDevice, s, kAsync); }
CUresult Driver::cuMemcpyHtoAAsync_v2_ptsz(CUarray to, size_t at, const void* from, size_t n, CUstream s) { return copy(to, at, bits(from), n, true, Direction::HostToDevice, s, kAsyncThread); }
CUresult Driver::cuMemcpyAtoH_v2(void* to, CUarray from, size_t at, size_t n) { return copy(from, at, bits(to), n, false, Direction::DeviceToHost, nullptr, kSync); }
CUresult Driver::cuMemcpyAtoH_v2_ptds(void* to, CUarray from, size_t at, size_t n) { return copy(from, at, bits(to), n, false, Direction::DeviceToHost, nullptr, kSyncThread); }
CUresult Driver::cuMemcpyAtoHAsync_v2(void* to, CUarray from, size_t at, size_t n, CUstream s) { return copy(from, at, bits(to), n, false, Direction::DeviceToHost, s, kAsync); }
CUresult Driver::cuMemcpyAtoHAsync_v2_ptsz(void* to, CUarray from, size_t at, size_t n, CUstream s) { return copy(from, at, bits(to), n, false, Direction::DeviceToHost, s, kAsyncThread); }
CUresult Driver::cuMemcpyDtoA_v2(CUarray to, size_t at, CUdeviceptr from, size_t n) { return copy(to, at, from, n, true, Direction::DeviceToDevice, nullptr, kSync); }
CUresult Driver::cuMemcpyDtoA_v2_ptds(CUarray to, size_t at, CUdeviceptr from, size_t n) { return copy(to, at, from, n, true, Direction::DeviceToDevice, nullptr, kSyncThread); }
CUresult Driver::cuMemcpyAtoD_v2(CUdeviceptr to, CUarray from, size_t at, size_t n) { return copy(from, at, to, n, false, Direction::DeviceToDevice, nullptr, kSync); }
CUresult Driver::cuMemcpyAtoD_v2_ptds(CUdeviceptr to, CUarray from, size_t at, size_t n) { return copy(from, at, to, n, false, Direction::DeviceToDevice, nullptr, kSyncThread); }
CUresult Driver::cuMemcpyAtoA_v2(CUarray to, size_t to_at, CUarray from, size_t from_at, size_t n) { return copy(to, to_at, from, from_at, n, kSync); }
CUresult Driver::cuMemcpyAtoA_v2_ptds(CUarray to, size_t to_at, CUarray from, size_t from_at, size_t n) { return copy(to, to_at, from, from_at, n, kSyncThread); }
// clang-format on

}  // namespace qiao::shim
