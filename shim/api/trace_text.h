// A traced call as a line of text or of JSON.
#pragma once

#include "shim/api/trace.h"

namespace qiao::shim {

struct CallLine {
  const char* library;
  const char* symbol;
  uint64_t begin, duration;  // nanoseconds of the monotonic clock
  unsigned depth;
  const std::vector<Shown>* arguments;
  const std::vector<Shown>* outputs;
  const Shown* result;
  TracedCall::End end;
};

Shown show(const std::string& name, const Traced& value);
std::string text_line(const CallLine& call);
std::string json_line(const CallLine& call);

std::string json_string(const std::string& text);
// "12.3 us", "4.5 ms"
std::string duration_text(uint64_t nanoseconds);

}  // namespace qiao::shim
