// The tables behind qiao_core_v1, with the columns of the lists that are needed at run time.
#pragma once

#include <span>
#include <string_view>

namespace qiao::shim {

struct Row {
  const char* symbol;
  const char* body;
  int since;
  int until;
};

// Three columns of equal length: what a row says, the function behind it, and the body or null where there is none yet.
struct Table {
  std::span<const Row> rows;
  std::span<void* const> entries;
  std::span<void* const> bodies;
};

Table driver_table();
Table cudart_table();
Table nvrtc_table();
Table cublas_table();
Table cublasLt_table();

// Tells NVRTC which major's functions a program is bound to (shim/nvrtc/genuine.cpp).
void nvrtc_bound(int major);

// The hand-kept note on a body (*.notes.def), or null.
const char* driver_note(std::string_view body);
const char* cudart_note(std::string_view body);

}  // namespace qiao::shim
