// What the nodes of a graph do, one type per kind of node. A node holds the work as it was checked when it was added.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <variant>
#include <vector>

#include "src/runtime/copy.h"
#include "src/runtime/event.h"
#include "src/runtime/launch.h"

namespace qiao::runtime {

class Device;
class Graph;
class GraphMemory;

// The value of a launch attribute, opaque here (cudaLaunchAttributeValue is 64 bytes).
using AttributeValue = std::array<std::byte, 64>;

struct EmptyWork {};

struct KernelWork {
  PreparedLaunch launch;
  const void* named = nullptr;  // what the program called the kernel by: a host function or a handle; may be null
  std::map<int, AttributeValue> attributes;
};

struct CopyWork {
  CopyRequest request;
};

struct FillWork {
  FillRequest request;
};

struct HostWork {
  void (*function)(void*) = nullptr;
  void* data = nullptr;
};

struct ChildWork {
  std::shared_ptr<Graph> graph;
};

struct EventRecordWork {
  std::shared_ptr<Event> event;
};

struct EventWaitWork {
  std::shared_ptr<Event> event;
};

struct AllocationWork {
  std::shared_ptr<GraphMemory> memory;
};

struct ReleaseWork {
  std::shared_ptr<GraphMemory> memory;
};

// The word in device memory that cudaGraphSetConditional writes; its address is the handle.
class ConditionalValue {
 public:
  static Result<std::shared_ptr<ConditionalValue>> make(Device& device, uint32_t initial, bool assign_at_launch);
  ~ConditionalValue();
  ConditionalValue(const ConditionalValue&) = delete;
  ConditionalValue& operator=(const ConditionalValue&) = delete;

  uint64_t handle() const { return address_; }
  uint32_t get() const;
  void reset();  // to the initial value, at each launch of a graph that was asked to

 private:
  ConditionalValue(Device& device, uint64_t address, uint32_t initial, bool assign)
      : device_(device), address_(address), initial_(initial), assign_(assign) {}

  Device& device_;
  const uint64_t address_;
  const uint32_t initial_;
  const bool assign_;
};

enum class ConditionalKind : uint8_t { If, While, Switch };  // CUgraphConditionalNodeType

struct ConditionalWork {
  std::shared_ptr<ConditionalValue> value;
  ConditionalKind kind = ConditionalKind::If;
  std::vector<std::shared_ptr<Graph>> bodies;
};

// What a library of ours does for the program on the host, in the order of the stream it was given (cuBLAS). Shown as
// a kernel, which is what it would be; its parameters can be neither asked for nor changed.
struct LibraryWork {
  std::shared_ptr<const std::function<Result<void>()>> run;
  const char* name = "";
};

using NodeWork = std::variant<EmptyWork, KernelWork, CopyWork, FillWork, HostWork, ChildWork, EventRecordWork,
                              EventWaitWork, AllocationWork, ReleaseWork, ConditionalWork, LibraryWork>;

// The numbers of CUgraphNodeType and cudaGraphNodeType.
enum class NodeType : int {
  Kernel = 0,
  Copy = 1,
  Fill = 2,
  Host = 3,
  Child = 4,
  Empty = 5,
  EventWait = 6,
  EventRecord = 7,
  Allocation = 10,
  Release = 11,
  Conditional = 13,
};

NodeType type_of(const NodeWork& work);

}  // namespace qiao::runtime
