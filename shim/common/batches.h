// Batches of copies, prefetches and discards of both APIs: as if each were made by itself, in the order of the stream.
#pragma once

#include <span>

#include "shim/common/answer.h"

namespace qiao::shim {

// The attributes of a batch; `first[i]` is the first copy that attribute i is for. Both APIs' structs and numbers are
// the same.
struct BatchOrders {
  const void* attributes = nullptr;
  size_t stride = 0;  // of an attribute, whose first member is its source access order
  const size_t* first = nullptr;
  size_t count = 0;
};

struct CopyBatch {
  const void* const* to;
  const void* const* from;
  const size_t* sizes;
  size_t count;
  BatchOrders orders;
};

// `failed` is set to the copy that was refused, or SIZE_MAX when it was the batch. The runtime API refuses the legacy
// stream, and so does the driver API.
Result<void> copy_batch(runtime::Context& context, const CopyBatch& batch, const void* stream, DefaultStream kind,
                        size_t& failed);

// The runtime API's form; the driver API's has the same layout (checked where it is cast).
Result<void> copy_3d_batch(runtime::Context& context, std::span<const cudaMemcpy3DBatchOp> copies,
                           unsigned long long flags, const void* stream, DefaultStream kind, size_t& failed);

// Ranges of managed memory to be prefetched or discarded: once they are checked there is nothing to do, because host
// and devices share it, and what is discarded may keep its value.
struct RangeBatch {
  const void* const* pointers;
  const size_t* sizes;
  size_t count;
  bool prefetches;  // then there are locations
  const size_t* first_of_location;
  size_t locations;
  unsigned long long flags;
};
Result<void> check_range_batch(runtime::Context& context, const RangeBatch& batch, const void* stream,
                               DefaultStream kind);

}  // namespace qiao::shim
