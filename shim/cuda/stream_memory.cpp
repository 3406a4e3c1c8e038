// Stream memory operations of the driver API: waiting in a stream for a value in memory, and writing one.
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "shim/common/answer.h"
#include "src/runtime/memory_map.h"
#include "src/runtime/stream.h"

namespace qiao::shim {
namespace {

struct Operation {
  bool wait = false;
  uint32_t bytes = 0;  // 0: nothing to do
  uint64_t address = 0;
  uint64_t value = 0;
  unsigned compare = 0;
};

constexpr unsigned kCompare = 3;         // CU_STREAM_WAIT_VALUE_GEQ, _EQ, _AND, _NOR
constexpr unsigned kFlush = 1u << 30;    // CU_STREAM_WAIT_VALUE_FLUSH: all writes are seen anyway
constexpr unsigned kWithoutBarrier = 1;  // CU_STREAM_WRITE_VALUE_NO_MEMORY_BARRIER

template <class T>
bool holds(uint64_t address, T value, unsigned compare) {
  const T now = std::atomic_ref<T>(*reinterpret_cast<T*>(address)).load(std::memory_order_acquire);
  switch (compare) {
    case 0:
      return static_cast<std::make_signed_t<T>>(now - value) >= 0;  // cyclic, as the manual says
    case 1:
      return now == value;
    case 2:
      return (now & value) != 0;
    default:
      return static_cast<T>(~(now | value)) != 0;
  }
}

bool holds(const Operation& operation) {
  if (operation.bytes == 8) return holds<uint64_t>(operation.address, operation.value, operation.compare);
  return holds<uint32_t>(operation.address, static_cast<uint32_t>(operation.value), operation.compare);
}

void perform(const Operation& operation) {
  if (operation.bytes == 0) return;
  if (operation.wait) {
    for (int turn = 0; !holds(operation); ++turn) {
      if (turn < 64) std::this_thread::yield();
      if (turn >= 64) std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  } else if (operation.bytes == 8) {
    std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(operation.address)).store(operation.value);
  } else {
    std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(operation.address))
        .store(static_cast<uint32_t>(operation.value));
  }
}

Result<void> check(const Operation& operation) {
  if (operation.bytes == 0) return {};
  if (operation.address % operation.bytes != 0)
    return invalid(Code::InvalidValue, "the address of a stream memory operation is not aligned");
  if (runtime::MemoryMap::instance().bytes_from(operation.address, !operation.wait) >= operation.bytes) return {};
  return invalid(Code::InvalidValue, "the address of a stream memory operation is not memory that CUDA knows");
}

CUresult enqueue(CUstream handle, DefaultStream kind, std::vector<Operation> operations) {
  return in_driver_context([&](runtime::Context& context) -> Result<void> {
    Result<std::shared_ptr<runtime::Stream>> stream = stream_of(context, handle, kind);
    if (!stream) return stream.error();
    if ((*stream)->capturing()) return unsupported("capturing stream memory operations");
    for (const Operation& operation : operations) {
      if (Result<void> good = check(operation); !good) return good;
    }
    (*stream)->enqueue([operations = std::move(operations)]() -> Result<void> {
      for (const Operation& operation : operations) perform(operation);
      return {};
    });
    return {};
  });
}

CUresult wait(CUstream stream, DefaultStream kind, uint32_t bytes, CUdeviceptr address, uint64_t value,
              unsigned flags) {
  if ((flags & ~(kCompare | kFlush)) != 0) return CUDA_ERROR_INVALID_VALUE;
  return enqueue(stream, kind, {{true, bytes, address, value, flags & kCompare}});
}

CUresult write(CUstream stream, DefaultStream kind, uint32_t bytes, CUdeviceptr address, uint64_t value,
               unsigned flags) {
  if ((flags & ~kWithoutBarrier) != 0) return CUDA_ERROR_INVALID_VALUE;
  return enqueue(stream, kind, {{false, bytes, address, value, 0}});
}

CUresult batch(CUstream stream, DefaultStream kind, unsigned count, const CUstreamBatchMemOpParams* list,
               unsigned flags) {
  if (list == nullptr || count > 256 || flags != 0) return CUDA_ERROR_INVALID_VALUE;
  std::vector<Operation> operations;
  for (unsigned i = 0; i < count; ++i) {
    const auto operation = list[i].operation;
    const bool wide = operation == CU_STREAM_MEM_OP_WAIT_VALUE_64 || operation == CU_STREAM_MEM_OP_WRITE_VALUE_64;
    if (operation == CU_STREAM_MEM_OP_WAIT_VALUE_32 || operation == CU_STREAM_MEM_OP_WAIT_VALUE_64) {
      const auto& what = list[i].waitValue;
      if ((what.flags & ~(kCompare | kFlush)) != 0) return CUDA_ERROR_INVALID_VALUE;
      operations.push_back(
          {true, wide ? 8u : 4u, what.address, wide ? what.value64 : what.value, what.flags & kCompare});
    } else if (operation == CU_STREAM_MEM_OP_WRITE_VALUE_32 || operation == CU_STREAM_MEM_OP_WRITE_VALUE_64) {
      const auto& what = list[i].writeValue;
      operations.push_back({false, wide ? 8u : 4u, what.address, wide ? what.value64 : what.value, 0});
    } else if (operation != CU_STREAM_MEM_OP_FLUSH_REMOTE_WRITES && operation != CU_STREAM_MEM_OP_BARRIER) {
      return driver_answer(invalid(Code::InvalidValue, "a stream memory operation is not known"));
    }
  }
  return enqueue(stream, kind, std::move(operations));
}

constexpr auto kLegacy = DefaultStream::Legacy;
constexpr auto kThread = DefaultStream::PerThread;

}  // namespace

// clang-format off
CUresult Driver::cuStreamWaitValue32_v2(CUstream s, CUdeviceptr p, cuuint32_t v, unsigned int f) { return wait(s, kLegacy, 4, p, v, f); }
CUresult Driver::cuStreamWaitValue32_v2_ptsz(CUstream s, CUdeviceptr p, cuuint32_t v, unsigned int f) { return wait(s, kThread, 4, p, v, f); }
CUresult Driver::cuStreamWaitValue64_v2(CUstream s, CUdeviceptr p, cuuint64_t v, unsigned int f) { return wait(s, kLegacy, 8, p, v, f); }
CUresult Driver::cuStreamWaitValue64_v2_ptsz(CUstream s, CUdeviceptr p, cuuint64_t v, unsigned int f) { return wait(s, kThread, 8, p, v, f); }
CUresult Driver::cuStreamWriteValue32_v2(CUstream s, CUdeviceptr p, cuuint32_t v, unsigned int f) { return write(s, kLegacy, 4, p, v, f); }
CUresult Driver::cuStreamWriteValue32_v2_ptsz(CUstream s, CUdeviceptr p, cuuint32_t v, unsigned int f) { return write(s, kThread, 4, p, v, f); }
CUresult Driver::cuStreamWriteValue64_v2(CUstream s, CUdeviceptr p, cuuint64_t v, unsigned int f) { return write(s, kLegacy, 8, p, v, f); }
CUresult Driver::cuStreamWriteValue64_v2_ptsz(CUstream s, CUdeviceptr p, cuuint64_t v, unsigned int f) { return write(s, kThread, 8, p, v, f); }
CUresult Driver::cuStreamBatchMemOp_v2(CUstream s, unsigned int n, CUstreamBatchMemOpParams* list, unsigned int f) { return batch(s, kLegacy, n, list, f); }
CUresult Driver::cuStreamBatchMemOp_v2_ptsz(CUstream s, unsigned int n, CUstreamBatchMemOpParams* list, unsigned int f) { return batch(s, kThread, n, list, f); }
CUresult Driver::cuStreamWaitValue32(CUstream s, CUdeviceptr p, cuuint32_t v, unsigned int f) { return wait(s, kLegacy, 4, p, v, f); }
CUresult Driver::cuStreamWaitValue64(CUstream s, CUdeviceptr p, cuuint64_t v, unsigned int f) { return wait(s, kLegacy, 8, p, v, f); }
CUresult Driver::cuStreamWriteValue32(CUstream s, CUdeviceptr p, cuuint32_t v, unsigned int f) { return write(s, kLegacy, 4, p, v, f); }
CUresult Driver::cuStreamWriteValue64(CUstream s, CUdeviceptr p, cuuint64_t v, unsigned int f) { return write(s, kLegacy, 8, p, v, f); }
// clang-format on

}  // namespace qiao::shim
