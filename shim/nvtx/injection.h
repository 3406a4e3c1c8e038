// How NVTX 3 finds a tool: a header in the program opens the library that NVTX_INJECTION64_PATH names, calls its
// InitializeInjectionNvtx2 and lets it put its functions where the program's calls go. Our own declarations of that
// binary interface.
#pragma once

#include <cstddef>
#include <cstdint>

namespace qiao::nvtx {

// A table of tables, asked for by number.
using GetExportTable = const void* (*)(uint32_t number);
constexpr uint32_t kCallbacksTable = 1;

using Function = void (*)();
struct CallbacksTable {
  size_t bytes;
  // The places of a module's functions, by number; the first is none. 1: there.
  int (*places_of)(int module, Function*** places, unsigned* count);
};

enum Module : int { kCore = 1, kCore2 = 5 };

// The functions' numbers in their modules.
enum Core : unsigned {
  kMarkEx = 1,
  kMarkA,
  kMarkW,
  kRangeStartEx,
  kRangeStartA,
  kRangeStartW,
  kRangeEnd,
  kRangePushEx,
  kRangePushA,
  kRangePushW,
  kRangePop,
};
enum Core2 : unsigned {
  kDomainMarkEx = 1,
  kDomainRangeStartEx,
  kDomainRangeEnd,
  kDomainRangePushEx,
  kDomainRangePop,
  kDomainRegisterStringA = 10,
  kDomainRegisterStringW,
  kDomainCreateA,
  kDomainCreateW,
  kDomainDestroy,
};

struct Domain;            // ours
struct RegisteredString;  // ours

enum class MessageType : int32_t { None = 0, Bytes = 1, Wide = 2, Registered = 3 };

struct EventAttributes {
  uint16_t version;
  uint16_t bytes;
  uint32_t category;
  int32_t color_type;
  uint32_t color;
  int32_t payload_type;
  int32_t reserved;
  uint64_t payload;
  MessageType message_type;
  union {
    const char* bytes;
    const wchar_t* wide;
    const RegisteredString* registered;
  } message;
};
static_assert(sizeof(EventAttributes) == 48);

// Puts our functions into their places; 1 when it could (as InitializeInjectionNvtx2 answers).
int attach(GetExportTable get_export_table);

}  // namespace qiao::nvtx
