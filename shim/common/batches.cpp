#include "shim/common/batches.h"

#include <cstring>

#include "shim/common/managed.h"
#include "src/runtime/array.h"
#include "src/runtime/copy.h"

namespace qiao::shim {
namespace {

Result<std::shared_ptr<runtime::Stream>> batch_stream(runtime::Context& context, const void* handle,
                                                      DefaultStream kind) {
  Result<std::shared_ptr<runtime::Stream>> stream = stream_of(context, handle, kind);
  if (stream && (*stream)->options().legacy) return invalid(Code::InvalidValue, "a batch in the legacy stream");
  return stream;
}

// Whether a copy must have read its source when the call returns.
Result<bool> reads_now(int order) {
  if (order < cudaMemcpySrcAccessOrderStream || order > cudaMemcpySrcAccessOrderAny)
    return invalid(Code::InvalidValue, "the source order of a batch's copy is not known");
  return order == cudaMemcpySrcAccessOrderDuringApiCall;
}

int order_of(const BatchOrders& orders, size_t index) {
  size_t which = 0;
  while (which + 1 < orders.count && orders.first[which + 1] <= index) ++which;
  int order = 0;
  std::memcpy(&order, static_cast<const char*>(orders.attributes) + which * orders.stride, sizeof order);
  return order;
}

using Array = std::shared_ptr<runtime::Array>;

// The array of an operand; null for a pointer.
Result<Array> array_of(const cudaMemcpy3DOperand& operand) {
  if (operand.type == cudaMemcpyOperandTypePointer) return Array();
  if (operand.type != cudaMemcpyOperandTypeArray)
    return invalid(Code::InvalidValue, "an operand of a 3-D copy is neither pointer nor array");
  return runtime::find_array(operand.op.array.array);
}

// Lengths are in elements: those of the array where one side is one, else bytes.
Result<runtime::Side> side_of(const cudaMemcpy3DOperand& operand, const Array& array, size_t element,
                              const runtime::Box& box) {
  if (array) {
    const cudaOffset3D& at = operand.op.array.offset;
    return array->side(at.x * element, at.y, at.z, box);
  }
  const auto& linear = operand.op.ptr;
  const uint64_t pitch = linear.rowLength != 0 ? linear.rowLength * element : box.width;
  const uint64_t rows = linear.layerHeight != 0 ? linear.layerHeight : box.height;
  if (linear.ptr == nullptr || pitch < box.width || rows < box.height)
    return invalid(Code::InvalidValue, "an operand of a 3-D copy is smaller than the copy");
  return runtime::Side{reinterpret_cast<uint64_t>(linear.ptr), pitch, rows};
}

Result<void> copy_3d(const cudaMemcpy3DBatchOp& what, runtime::Stream& stream) {
  Result<bool> now = reads_now(what.srcAccessOrder);
  if (!now) return now.error();
  Result<Array> from_array = array_of(what.src), to_array = array_of(what.dst);
  if (!from_array) return from_array.error();
  if (!to_array) return to_array.error();
  const Array& either = *from_array ? *from_array : *to_array;
  const size_t element = either ? either->shape().element_bytes() : 1;
  const runtime::Box box{what.extent.width * element, what.extent.height, what.extent.depth};
  if (box.width == 0 || box.height == 0 || box.depth == 0)
    return invalid(Code::InvalidValue, "a 3-D copy of a batch has no extent");
  Result<runtime::Side> from = side_of(what.src, *from_array, element, box);
  if (!from) return from.error();
  Result<runtime::Side> to = side_of(what.dst, *to_array, element, box);
  if (!to) return to.error();
  return runtime::copy({*to, *from, box, runtime::Direction::Default}, stream, *now);
}

}  // namespace

Result<void> copy_batch(runtime::Context& context, const CopyBatch& batch, const void* handle, DefaultStream kind,
                        size_t& failed) {
  failed = SIZE_MAX;
  const BatchOrders& orders = batch.orders;
  if (batch.to == nullptr || batch.from == nullptr || batch.sizes == nullptr || batch.count == 0 ||
      orders.attributes == nullptr || orders.first == nullptr || orders.count == 0 || orders.count > batch.count ||
      orders.first[0] != 0)
    return invalid(Code::InvalidValue, "a batch of copies lacks a list");
  Result<std::shared_ptr<runtime::Stream>> stream = batch_stream(context, handle, kind);
  if (!stream) return stream.error();
  for (size_t i = 0; i < batch.count; ++i) {
    Result<bool> now = reads_now(order_of(orders, i));
    Result<void> done = now ? runtime::copy(runtime::linear_copy(const_cast<void*>(batch.to[i]), batch.from[i],
                                                                 batch.sizes[i], runtime::Direction::Default),
                                            **stream, *now)
                            : now.error();
    if (done) continue;
    failed = i;
    return done;
  }
  return {};
}

Result<void> copy_3d_batch(runtime::Context& context, std::span<const cudaMemcpy3DBatchOp> copies,
                           unsigned long long flags, const void* handle, DefaultStream kind, size_t& failed) {
  failed = SIZE_MAX;
  if (copies.data() == nullptr || copies.empty() || flags != 0)
    return invalid(Code::InvalidValue, "a batch of 3-D copies without copies, or with flags");
  Result<std::shared_ptr<runtime::Stream>> stream = batch_stream(context, handle, kind);
  if (!stream) return stream.error();
  for (size_t i = 0; i < copies.size(); ++i) {
    if (Result<void> done = copy_3d(copies[i], **stream); !done) return failed = i, done;
  }
  return {};
}

Result<void> check_range_batch(runtime::Context& context, const RangeBatch& batch, const void* handle,
                               DefaultStream kind) {
  const bool lists = batch.pointers != nullptr && batch.sizes != nullptr && batch.count != 0;
  const bool located = !batch.prefetches || (batch.first_of_location != nullptr && batch.locations != 0 &&
                                             batch.locations <= batch.count && batch.first_of_location[0] == 0);
  if (!lists || !located || batch.flags != 0)
    return invalid(Code::InvalidValue, "a batch of ranges lacks a list, or has flags");
  Result<std::shared_ptr<runtime::Stream>> stream = batch_stream(context, handle, kind);
  if (!stream) return stream.error();
  for (size_t i = 0; i < batch.count; ++i) {
    if (Result<void> good = check_managed(reinterpret_cast<uint64_t>(batch.pointers[i]), batch.sizes[i]); !good)
      return good;
  }
  return {};
}

}  // namespace qiao::shim
