// CUDA arrays of the runtime API, and the copies that name them.
#include "src/runtime/array.h"

#include "shim/common/copy_form.h"
#include "shim/cudart/channels.h"
#include "shim/cudart/copies.h"

namespace qiao::shim {
namespace {

using runtime::Array;
using runtime::ArrayShape;
using runtime::Box;
using runtime::CopyRequest;
using ArrayPtr = std::shared_ptr<Array>;

Result<ArrayShape> shape_of(const cudaChannelFormatDesc* desc, cudaExtent extent, unsigned flags) {
  Result<ChannelFormat> format = format_of(desc);
  if (!format) return format.error();
  return ArrayShape{.width = extent.width,
                    .height = extent.height,
                    .depth = extent.depth,
                    .format = format->format,
                    .channels = format->channels,
                    .flags = flags};
}

cudaChannelFormatDesc description_of(const ArrayShape& shape) {
  return shim::description_of(shape.format, shape.channels);
}

// Runs `body(Stream&) -> Result<void>`.
template <class Body>
cudaError_t on_stream(cudaStream_t handle, Form form, Body body) {
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Stream>> stream = stream_of(context, handle, form.kind);
    if (!stream) return stream.error();
    return body(**stream);
  });
}

// One side of a copy between an array and memory: where in the array, where in memory, and which way.
struct Between {
  const void* array;
  size_t x, y;
  const void* memory;
  size_t pitch;
  bool to_array;
};

cudaError_t copy_2d(const Between& what, size_t width, size_t height, cudaMemcpyKind kind, cudaStream_t handle,
                    Form form) {
  return on_stream(handle, form, [&](runtime::Stream& stream) -> Result<void> {
    Result<ArrayPtr> array = runtime::find_array(what.array);
    if (!array) return array.error();
    Result<runtime::Direction> direction = direction_of(kind);
    if (!direction) return direction.error();
    if (width > what.pitch && height > 1) return invalid(Code::InvalidPitchValue, "copy width is larger than a pitch");
    const Box box{width, height, 1};
    Result<runtime::Side> inside = (*array)->side(what.x, what.y, 0, box);
    if (!inside) return inside.error();
    const runtime::Side outside{reinterpret_cast<uint64_t>(what.memory), what.pitch, height};
    const CopyRequest request{what.to_array ? *inside : outside, what.to_array ? outside : *inside, box, *direction};
    return runtime::copy(request, stream, form.wait);
  });
}

cudaError_t copy_linear(const Between& what, size_t bytes, cudaMemcpyKind kind, cudaStream_t handle, Form form) {
  return on_stream(handle, form, [&](runtime::Stream& stream) -> Result<void> {
    Result<ArrayPtr> array = runtime::find_array(what.array);
    if (!array) return array.error();
    Result<runtime::Direction> direction = direction_of(kind);
    if (!direction) return direction.error();
    Result<std::vector<CopyRequest>> copies = runtime::linear_array_copies(
        **array, what.x, what.y, reinterpret_cast<uint64_t>(what.memory), bytes, what.to_array, *direction);
    if (!copies) return copies.error();
    for (const CopyRequest& each : *copies) {
      if (Result<void> done = runtime::copy(each, stream, form.wait); !done) return done;
    }
    return {};
  });
}

struct Corner {
  const void* array;
  size_t x, y;
};

cudaError_t copy_arrays(const Corner& to, const Corner& from, size_t width, size_t height, cudaMemcpyKind kind,
                        Form form) {
  return on_stream(nullptr, form, [&](runtime::Stream& stream) -> Result<void> {
    Result<ArrayPtr> target = runtime::find_array(to.array);
    if (!target) return target.error();
    Result<ArrayPtr> source = runtime::find_array(from.array);
    if (!source) return source.error();
    Result<runtime::Direction> direction = direction_of(kind);
    if (!direction) return direction.error();
    const Box box{width, height, 1};
    Result<runtime::Side> there = (*target)->side(to.x, to.y, 0, box);
    if (!there) return there.error();
    Result<runtime::Side> here = (*source)->side(from.x, from.y, 0, box);
    if (!here) return here.error();
    return runtime::copy({*there, *here, box, *direction}, stream, form.wait);
  });
}

}  // namespace

cudaError_t Cudart::cudaMalloc3DArray(cudaArray_t* array, const cudaChannelFormatDesc* desc, cudaExtent extent,
                                      unsigned int flags) {
  if (array == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<ArrayShape> shape = shape_of(desc, extent, flags);
    if (!shape) return shape.error();
    Result<Array*> made = runtime::create_array(context, *shape);
    if (!made) return made.error();
    *array = reinterpret_cast<cudaArray_t>(*made);
    return {};
  });
}
cudaError_t Cudart::cudaMallocArray(cudaArray_t* array, const cudaChannelFormatDesc* desc, size_t width, size_t height,
                                    unsigned int flags) {
  return cudaMalloc3DArray(array, desc, {width, height, 0}, flags);
}
cudaError_t Cudart::cudaFreeArray(cudaArray_t array) {
  return in_runtime_context([&](runtime::Context&) -> Result<void> {
    if (array == nullptr) return {};
    return runtime::destroy_array(array);
  });
}

cudaError_t Cudart::cudaMallocMipmappedArray(cudaMipmappedArray_t* array, const cudaChannelFormatDesc* desc,
                                             cudaExtent extent, unsigned int levels, unsigned int flags) {
  if (array == nullptr) return cudaErrorInvalidValue;
  return in_runtime_context([&](runtime::Context& context) -> Result<void> {
    Result<ArrayShape> shape = shape_of(desc, extent, flags);
    if (!shape) return shape.error();
    Result<runtime::MipmappedArray*> made = runtime::create_mipmapped_array(context, *shape, levels);
    if (!made) return made.error();
    *array = reinterpret_cast<cudaMipmappedArray_t>(*made);
    return {};
  });
}
cudaError_t Cudart::cudaGetMipmappedArrayLevel(cudaArray_t* level, cudaMipmappedArray_const_t array,
                                               unsigned int number) {
  if (level == nullptr) return cudaErrorInvalidValue;
  Result<std::shared_ptr<runtime::MipmappedArray>> found = runtime::find_mipmapped_array(array);
  if (!found) return runtime_answer(found.error());
  if (number >= (*found)->levels().size()) return runtime_answer(invalid(Code::InvalidValue, "no such mipmap level"));
  *level = reinterpret_cast<cudaArray_t>((*found)->levels()[number].get());
  return cudaSuccess;
}
cudaError_t Cudart::cudaFreeMipmappedArray(cudaMipmappedArray_t array) {
  return in_runtime_context([&](runtime::Context&) -> Result<void> {
    if (array == nullptr) return {};
    return runtime::destroy_mipmapped_array(array);
  });
}

cudaError_t Cudart::cudaArrayGetInfo(cudaChannelFormatDesc* desc, cudaExtent* extent, unsigned int* flags,
                                     cudaArray_t array) {
  Result<ArrayPtr> found = runtime::find_array(array);
  if (!found) return runtime_answer(found.error());
  const ArrayShape& shape = (*found)->shape();
  if (desc != nullptr) *desc = description_of(shape);
  if (extent != nullptr) *extent = {shape.width, shape.height, shape.depth};
  if (flags != nullptr) *flags = shape.flags;
  return cudaSuccess;
}
cudaError_t Cudart::cudaGetChannelDesc(cudaChannelFormatDesc* desc, cudaArray_const_t array) {
  if (desc == nullptr) return cudaErrorInvalidValue;
  Result<ArrayPtr> found = runtime::find_array(array);
  if (!found) return runtime_answer(found.error());
  *desc = description_of((*found)->shape());
  return cudaSuccess;
}

// clang-format off
cudaError_t Cudart::cudaMemcpy2DToArray(cudaArray_t to, size_t x, size_t y, const void* from, size_t pitch, size_t width, size_t height, cudaMemcpyKind kind) { return copy_2d({to, x, y, from, pitch, true}, width, height, kind, nullptr, kSync); }
cudaError_t Cudart::cudaMemcpy2DToArray_ptds(cudaArray_t to, size_t x, size_t y, const void* from, size_t pitch, size_t width, size_t height, cudaMemcpyKind kind) { return copy_2d({to, x, y, from, pitch, true}, width, height, kind, nullptr, kSyncThread); }
cudaError_t Cudart::cudaMemcpy2DToArrayAsync(cudaArray_t to, size_t x, size_t y, const void* from, size_t pitch, size_t width, size_t height, cudaMemcpyKind kind, cudaStream_t stream) { return copy_2d({to, x, y, from, pitch, true}, width, height, kind, stream, kAsync); }
cudaError_t Cudart::cudaMemcpy2DToArrayAsync_ptsz(cudaArray_t to, size_t x, size_t y, const void* from, size_t pitch, size_t width, size_t height, cudaMemcpyKind kind, cudaStream_t stream) { return copy_2d({to, x, y, from, pitch, true}, width, height, kind, stream, kAsyncThread); }
cudaError_t Cudart::cudaMemcpy2DFromArray(void* to, size_t pitch, cudaArray_const_t from, size_t x, size_t y, size_t width, size_t height, cudaMemcpyKind kind) { return copy_2d({from, x, y, to, pitch, false}, width, height, kind, nullptr, kSync); }
cudaError_t Cudart::cudaMemcpy2DFromArray_ptds(void* to, size_t pitch, cudaArray_const_t from, size_t x, size_t y, size_t width, size_t height, cudaMemcpyKind kind) { return copy_2d({from, x, y, to, pitch, false}, width, height, kind, nullptr, kSyncThread); }
cudaError_t Cudart::cudaMemcpy2DFromArrayAsync(void* to, size_t pitch, cudaArray_const_t from, size_t x, size_t y, size_t width, size_t height, cudaMemcpyKind kind, cudaStream_t stream) { return copy_2d({from, x, y, to, pitch, false}, width, height, kind, stream, kAsync); }
cudaError_t Cudart::cudaMemcpy2DFromArrayAsync_ptsz(void* to, size_t pitch, cudaArray_const_t from, size_t x, size_t y, size_t width, size_t height, cudaMemcpyKind kind, cudaStream_t stream) { return copy_2d({from, x, y, to, pitch, false}, width, height, kind, stream, kAsyncThread); }
cudaError_t Cudart::cudaMemcpyToArray(cudaArray_t to, size_t x, size_t y, const void* from, size_t bytes, cudaMemcpyKind kind) { return copy_linear({to, x, y, from, 0, true}, bytes, kind, nullptr, kSync); }
cudaError_t Cudart::cudaMemcpyToArray_ptds(cudaArray_t to, size_t x, size_t y, const void* from, size_t bytes, cudaMemcpyKind kind) { return copy_linear({to, x, y, from, 0, true}, bytes, kind, nullptr, kSyncThread); }
cudaError_t Cudart::cudaMemcpyToArrayAsync(cudaArray_t to, size_t x, size_t y, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) { return copy_linear({to, x, y, from, 0, true}, bytes, kind, stream, kAsync); }
cudaError_t Cudart::cudaMemcpyToArrayAsync_ptsz(cudaArray_t to, size_t x, size_t y, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) { return copy_linear({to, x, y, from, 0, true}, bytes, kind, stream, kAsyncThread); }
cudaError_t Cudart::cudaMemcpyFromArray(void* to, cudaArray_const_t from, size_t x, size_t y, size_t bytes, cudaMemcpyKind kind) { return copy_linear({from, x, y, to, 0, false}, bytes, kind, nullptr, kSync); }
cudaError_t Cudart::cudaMemcpyFromArray_ptds(void* to, cudaArray_const_t from, size_t x, size_t y, size_t bytes, cudaMemcpyKind kind) { return copy_linear({from, x, y, to, 0, false}, bytes, kind, nullptr, kSyncThread); }
cudaError_t Cudart::cudaMemcpyFromArrayAsync(void* to, cudaArray_const_t from, size_t x, size_t y, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) { return copy_linear({from, x, y, to, 0, false}, bytes, kind, stream, kAsync); }
cudaError_t Cudart::cudaMemcpyFromArrayAsync_ptsz(void* to, cudaArray_const_t from, size_t x, size_t y, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) { return copy_linear({from, x, y, to, 0, false}, bytes, kind, stream, kAsyncThread); }
cudaError_t Cudart::cudaMemcpy2DArrayToArray(cudaArray_t to, size_t to_x, size_t to_y, cudaArray_const_t from, size_t from_x, size_t from_y, size_t width, size_t height, cudaMemcpyKind kind) { return copy_arrays({to, to_x, to_y}, {from, from_x, from_y}, width, height, kind, kSync); }
cudaError_t Cudart::cudaMemcpy2DArrayToArray_ptds(cudaArray_t to, size_t to_x, size_t to_y, cudaArray_const_t from, size_t from_x, size_t from_y, size_t width, size_t height, cudaMemcpyKind kind) { return copy_arrays({to, to_x, to_y}, {from, from_x, from_y}, width, height, kind, kSyncThread); }
// clang-format on

}  // namespace qiao::shim
