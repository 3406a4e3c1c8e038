// What nodes do, from the fields that the parameter structs of both libraries have alike; attributes of kernel nodes.
#pragma once

#include "shim/common/graphs.h"

namespace qiao::shim {

Result<runtime::NodeWork> copy_work(const Result<runtime::CopyRequest>& request, runtime::Context& context);
Result<runtime::NodeWork> fill_work(uint64_t address, size_t pitch, unsigned value, unsigned element_bytes,
                                    size_t width, size_t height, runtime::Context& context);
Result<runtime::NodeWork> host_work(void (*function)(void*), void* data);
// The work of a node that launches `kernel`; `named` is what the program called it by.
Result<runtime::NodeWork> kernel_work(std::shared_ptr<runtime::Kernel> kernel, const void* named,
                                      const runtime::LaunchShape& shape, void** arguments, void** extra,
                                      runtime::Context& context);
// A changed kernel node keeps its attributes, of which one is part of the launch.
Result<void> keep_attributes(CUgraphNode node, runtime::NodeWork& work);
// One pointer per parameter, into what the node keeps; valid until the node changes.
void** shown_parameters(runtime::GraphNode& node, runtime::KernelWork& work);

// `value`: 64 bytes, as cudaLaunchAttributeValue.
Result<void> set_kernel_attribute(CUgraphNode node, int id, const void* value);
Result<void> get_kernel_attribute(CUgraphNode node, int id, void* value);
Result<void> copy_kernel_attributes(CUgraphNode to, CUgraphNode from);

}  // namespace qiao::shim
