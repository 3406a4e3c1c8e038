// Perfetto's format, to the byte: worked out by hand from its .proto files.
#include "src/perf/report/native_trace.h"

#include "tests/unit/catch.h"

using nlohmann::ordered_json;

namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (int value : values) text += static_cast<char>(value);
  return text;
}

}  // namespace

TEST_CASE("an instant is a description of its track and an event") {
  const ordered_json events = {
      {{"ph", "M"}, {"name", "thread_name"}, {"pid", 0}, {"tid", 1}, {"args", {{"name", "t"}}}},
      {{"ph", "i"}, {"name", "i"}, {"pid", 0}, {"tid", 1}, {"ts", 0.3}}};
  // Track 2^40 + 1; its parent is process 0.
  const std::string uuid = bytes({0x81, 0x80, 0x80, 0x80, 0x80, 0x20});
  const std::string descriptor = bytes({0x08}) + uuid + bytes({0x12, 0x01}) + "t" + bytes({0x28, 0x00});
  const std::string first =
      bytes({0xe2, 0x03, static_cast<int>(descriptor.size())}) + descriptor + bytes({0x50, 0x01, 0x68, 0x01});
  const std::string body = bytes({0xba, 0x01, 0x01}) + "i" + bytes({0x48, 0x03, 0x58}) + uuid;
  const std::string second =
      bytes({0x40, 0xac, 0x02, 0x5a, static_cast<int>(body.size())}) + body + bytes({0x50, 0x01});
  CHECK(qiao::perf::native_trace(events) == bytes({0x0a, static_cast<int>(first.size())}) + first +
                                                bytes({0x0a, static_cast<int>(second.size())}) + second);
}

TEST_CASE("a slice carries its arguments and the flows that end where it begins") {
  const ordered_json events = {
      {{"ph", "X"},
       {"cat", "kernel"},
       {"name", "k"},
       {"pid", 1},
       {"tid", 1},
       {"ts", 1},
       {"dur", 2},
       {"args", {{"n", 7u}}}},
      {{"ph", "f"}, {"cat", "ac2g"}, {"name", "ac2g"}, {"id", 5}, {"pid", 1}, {"tid", 1}, {"ts", 1}}};
  const std::string trace = qiao::perf::native_trace(events);
  const std::string annotation = bytes({0x22, 0x05, 0x52, 0x01}) + "n" + bytes({0x18, 0x07});
  CHECK(trace.find(annotation) != std::string::npos);
  CHECK(trace.find(bytes({0x81, 0x03, 0x05, 0, 0, 0, 0, 0, 0, 0})) != std::string::npos);  // terminating_flow_ids
  CHECK(trace.find(bytes({0x40, 0xb8, 0x17})) != std::string::npos);                       // the end: 3000 ns
}
