// Attributes of streams: wishes about caches, waiting and priorities that no result depends on. Checked, kept and told
// again.
#pragma once

#include "shim/common/answer.h"

namespace qiao::shim {

// Both APIs' numbers and unions are the same. InvalidValue for attributes that streams do not have.
Result<void> set_stream_attribute(runtime::Stream& stream, int attribute, const CUlaunchAttributeValue* value);
Result<void> get_stream_attribute(runtime::Stream& stream, int attribute, CUlaunchAttributeValue* value);
Result<void> copy_stream_attributes(runtime::Stream& to, runtime::Stream& from);

}  // namespace qiao::shim
