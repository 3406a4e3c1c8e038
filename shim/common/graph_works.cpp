#include "shim/common/graph_works.h"

#include <cstring>

#include "shim/common/launch_attributes.h"

namespace qiao::shim {
namespace {

using runtime::GraphNode;
using runtime::KernelWork;

struct KernelNode {
  std::shared_ptr<GraphNode> node;
  KernelWork* work;
};

Result<KernelNode> kernel_node(CUgraphNode handle) {
  Result<std::shared_ptr<GraphNode>> node = node_of(handle);
  if (!node) return node.error();
  Result<KernelWork*> work = work_of<KernelWork>(*node);
  if (!work) return work.error();
  return KernelNode{*node, *work};
}

}  // namespace

Result<runtime::NodeWork> copy_work(const Result<runtime::CopyRequest>& request, runtime::Context& context) {
  if (!request) return request.error();
  if (Result<void> checked = runtime::check(*request, context); !checked) return checked.error();
  return runtime::NodeWork(runtime::CopyWork{*request});
}

Result<runtime::NodeWork> fill_work(uint64_t address, size_t pitch, unsigned value, unsigned element_bytes,
                                    size_t width, size_t height, runtime::Context& context) {
  if (element_bytes != 1 && element_bytes != 2 && element_bytes != 4) {
    return invalid(Code::InvalidValue, "element size of a memset node is not 1, 2 or 4");
  }
  const size_t row = width * element_bytes;
  if (height > 1 && pitch < row) return invalid(Code::InvalidValue, "width of a memset node is larger than its pitch");
  runtime::FillRequest request{.address = address,
                               .pitch = height > 1 ? pitch : row,  // ignored for one row: CUDA_MEMSET_NODE_PARAMS
                               .slice_rows = height,
                               .value = value,
                               .element_bytes = element_bytes,
                               .box = {width, height, 1}};
  if (Result<void> checked = runtime::check(request, context); !checked) return checked.error();
  return runtime::NodeWork(runtime::FillWork{request});
}

Result<runtime::NodeWork> host_work(void (*function)(void*), void* data) {
  if (function == nullptr) return invalid(Code::InvalidValue, "host node without a function");
  return runtime::NodeWork(runtime::HostWork{function, data});
}

Result<runtime::NodeWork> kernel_work(std::shared_ptr<runtime::Kernel> kernel, const void* named,
                                      const runtime::LaunchShape& shape, void** arguments, void** extra,
                                      runtime::Context& context) {
  std::span<const std::byte> packed;
  if (extra != nullptr) {
    if (arguments != nullptr) return invalid(Code::InvalidValue, "a kernel node gives both kernelParams and extra");
    Result<std::span<const std::byte>> found = packed_parameters(extra);
    if (!found) return found.error();
    packed = *found;
  }
  Result<runtime::PreparedLaunch> launch = runtime::prepare(std::move(kernel), context, shape, arguments, packed);
  if (!launch) return launch.error();
  return runtime::NodeWork(KernelWork{*std::move(launch), named, {}});
}

Result<void> keep_attributes(CUgraphNode handle, runtime::NodeWork& work) {
  Result<KernelNode> old = kernel_node(handle);
  if (!old) return old.error();
  KernelWork& made = std::get<KernelWork>(work);
  made.attributes = old->work->attributes;
  made.launch.request.cooperative = old->work->launch.request.cooperative;
  return {};
}

void** shown_parameters(GraphNode& node, KernelWork& work) {
  const hal::KernelAttributes& attributes = work.launch.request.kernel->attributes();
  node.shown_parameters.clear();
  for (uint32_t offset : attributes.param_offsets) node.shown_parameters.push_back(work.launch.params.data() + offset);
  return node.shown_parameters.data();
}

Result<void> set_kernel_attribute(CUgraphNode handle, int id, const void* value) {
  if (value == nullptr) return invalid(Code::InvalidValue, "the attribute's value is a null pointer");
  Result<KernelNode> found = kernel_node(handle);
  if (!found) return found.error();
  CUlaunchAttribute attribute{};
  attribute.id = static_cast<CUlaunchAttributeID>(id);
  std::memcpy(&attribute.value, value, sizeof attribute.value);
  Result<bool> cooperative = cooperative_launch(std::span<const CUlaunchAttribute>(&attribute, 1), "a kernel node");
  if (!cooperative) return cooperative.error();
  if (attribute.id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE) found->work->launch.request.cooperative = *cooperative;
  runtime::AttributeValue& kept = found->work->attributes[id];
  static_assert(sizeof attribute.value == sizeof kept);
  std::memcpy(kept.data(), value, sizeof kept);
  return {};
}

Result<void> get_kernel_attribute(CUgraphNode handle, int id, void* value) {
  if (value == nullptr) return invalid(Code::InvalidValue, "there is nowhere to put the attribute's value");
  Result<KernelNode> found = kernel_node(handle);
  if (!found) return found.error();
  CUlaunchAttributeValue shown{};
  auto kept = found->work->attributes.find(id);
  if (kept != found->work->attributes.end()) std::memcpy(&shown, kept->second.data(), sizeof shown);
  if (id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE) shown.cooperative = found->work->launch.request.cooperative ? 1 : 0;
  std::memcpy(value, &shown, sizeof shown);
  return {};
}

Result<void> copy_kernel_attributes(CUgraphNode to, CUgraphNode from) {
  Result<KernelNode> target = kernel_node(to);
  if (!target) return target.error();
  Result<KernelNode> source = kernel_node(from);
  if (!source) return source.error();
  target->work->attributes = source->work->attributes;
  target->work->launch.request.cooperative = source->work->launch.request.cooperative;
  return {};
}

}  // namespace qiao::shim
