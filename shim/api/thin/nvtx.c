/* libqiao_nvtx.so: what NVTX_INJECTION64_PATH names (qiao prof sets it). The functions are libqiao's. */
#include "shim/api/thin/thin.h"

__attribute__((visibility("default"))) int InitializeInjectionNvtx2(const void* (*get_export_table)(uint32_t)) {
  const struct qiao_core* core = qiao_entry_core();
  return core ? core->nvtx(get_export_table) : 0;
}
