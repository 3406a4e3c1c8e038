// Channel descriptions of the runtime API, as the driver's formats and back.
#pragma once

#include "shim/common/answer.h"
#include "src/runtime/array.h"

namespace qiao::shim {

struct ChannelFormat {
  int format = 0;  // CUarray_format
  uint32_t channels = 0;
};

Result<ChannelFormat> format_of(const cudaChannelFormatDesc* desc);
cudaChannelFormatDesc description_of(int format, uint32_t channels);

}  // namespace qiao::shim
