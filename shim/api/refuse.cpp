// What a call without a body answers, and how it says so: once per name, with the note where the refusal is a decision.
#include <algorithm>
#include <string>

#include "shim/api/enter.h"
#include "shim/api/table.h"
#include "src/base/log.h"

namespace qiao::shim {
namespace {

struct Note {
  std::string_view symbol;
  int code;  // 0: not refused, only partial
  const char* why;
};

// Taking the address holds each note to a name in the list.
template <auto Body>
constexpr std::string_view known(const char* name) {
  return name;
}

// clang-format off
#define QIAO_PARTIAL(name, why) {known<&Driver::name>(#name), 0, why},
#define QIAO_REFUSED(name, code, why) {known<&Driver::name>(#name), code, why},
constexpr Note kDriverNotes[] = {
#include "shim/api/driver.notes.def"
};

#define QIAO_PARTIAL(name, why) {known<&Cudart::name>(#name), 0, why},
#define QIAO_REFUSED(name, code, why) {known<&Cudart::name>(#name), code, why},
constexpr Note kCudartNotes[] = {
#include "shim/api/cudart.notes.def"
};
// clang-format on

template <size_t N>
int refuse(const Entry& entry, const Note (&notes)[N], int code) {
  const Note* note = std::find_if(notes, notes + N, [&](const Note& n) { return n.code && n.symbol == entry.symbol; });
  const bool decided = note != notes + N;
  std::string message = entry.symbol;
  message += decided ? ": unsupported: " : ": unimplemented";
  if (decided) message += note->why;
  log::warn_once(entry.symbol, message);
  return decided ? note->code : code;
}

template <size_t N>
const char* why(const Note (&notes)[N], std::string_view body) {
  const Note* note = std::find_if(notes, notes + N, [&](const Note& n) { return n.symbol == body; });
  return note != notes + N ? note->why : nullptr;
}

}  // namespace

const char* driver_note(std::string_view body) {
  return why(kDriverNotes, body);
}
const char* cudart_note(std::string_view body) {
  return why(kCudartNotes, body);
}

int refuse_driver(const Entry& entry) {
  return refuse(entry, kDriverNotes, CUDA_ERROR_NOT_SUPPORTED);
}
int refuse_cudart(const Entry& entry) {
  return refuse(entry, kCudartNotes, cudaErrorNotSupported);
}

// No code of NVRTC's says "not supported".
int refuse_nvrtc(const Entry& entry) {
  log::warn_once(entry.symbol, std::string(entry.symbol) + ": unimplemented");
  return NVRTC_ERROR_BUILTIN_OPERATION_FAILURE;
}

void escaped(const Entry& entry) {
  log::error(std::string(entry.symbol) + ": internal error: an exception reached the boundary");
}

}  // namespace qiao::shim
