// NVTX ranges and marks, for `qiao prof`: launches carry the path of the ranges around them.
#include "shim/nvtx/injection.h"

#include <memory>
#include <string>

#include "src/perf/ranges.h"

namespace qiao::nvtx {

struct Domain {
  std::string name;
};

struct RegisteredString {
  std::string text;
};

namespace {

std::string text_of(const char* bytes) {
  return bytes ? bytes : "";
}

// As UTF-8: wchar_t holds a code point.
std::string text_of(const wchar_t* wide) {
  std::string text;
  for (; wide && *wide; ++wide) {
    const auto code = static_cast<uint32_t>(*wide);
    auto put = [&](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xc0 | code >> 6), put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
    } else {
      put(0xf0 | (code >> 18 & 7)), put(0x80 | (code >> 12 & 0x3f)), put(0x80 | (code >> 6 & 0x3f));
      put(0x80 | (code & 0x3f));
    }
  }
  return text;
}

// Slashes separate ranges in paths.
std::string name_of(std::string text, const Domain* domain = nullptr) {
  for (char& c : text)
    if (c == '/' || c == '\n') c = '_';
  if (text.empty()) text = "(no name)";
  return domain && !domain->name.empty() ? domain->name + ":" + text : text;
}

std::string name_of(const EventAttributes* event, const Domain* domain = nullptr) {
  if (!event) return name_of(std::string(), domain);
  switch (event->message_type) {
    case MessageType::Bytes:
      return name_of(text_of(event->message.bytes), domain);
    case MessageType::Wide:
      return name_of(text_of(event->message.wide), domain);
    case MessageType::Registered:
      return name_of(event->message.registered ? event->message.registered->text : "", domain);
    case MessageType::None:
      break;
  }
  return name_of(std::string(), domain);
}

template <class Message>
void mark(const Message* message) {
  perf::mark_range(name_of(text_of(message)));
}
template <class Message>
uint64_t range_start(const Message* message) {
  return perf::start_range(name_of(text_of(message)));
}
template <class Message>
int range_push(const Message* message) {
  return perf::push_range(name_of(text_of(message)));
}

void mark_ex(const EventAttributes* event) {
  perf::mark_range(name_of(event));
}
uint64_t range_start_ex(const EventAttributes* event) {
  return perf::start_range(name_of(event));
}
void range_end(uint64_t range) {
  perf::end_range(range);
}
int range_push_ex(const EventAttributes* event) {
  return perf::push_range(name_of(event));
}
int range_pop() {
  return perf::pop_range();
}

void domain_mark_ex(const Domain* domain, const EventAttributes* event) {
  perf::mark_range(name_of(event, domain));
}
uint64_t domain_range_start_ex(const Domain* domain, const EventAttributes* event) {
  return perf::start_range(name_of(event, domain));
}
void domain_range_end(const Domain*, uint64_t range) {
  perf::end_range(range);
}
int domain_range_push_ex(const Domain* domain, const EventAttributes* event) {
  return perf::push_range(name_of(event, domain), domain);
}
int domain_range_pop(const Domain* domain) {
  return perf::pop_range(domain);
}

// Strings and domains live as long as the process: ranges that are still open may name them.
template <class Text>
const RegisteredString* register_string(const Domain*, const Text* text) {
  return std::make_unique<RegisteredString>(RegisteredString{text_of(text)}).release();
}
template <class Text>
const Domain* domain_create(const Text* name) {
  return std::make_unique<Domain>(Domain{name_of(text_of(name))}).release();
}
void domain_destroy(const Domain*) {}

struct Place {
  unsigned number;
  Function function;
};

template <class F>
Function erased(F* function) {
  return reinterpret_cast<Function>(function);
}

const Place kCorePlaces[] = {
    {kMarkEx, erased(&mark_ex)},
    {kMarkA, erased(&mark<char>)},
    {kMarkW, erased(&mark<wchar_t>)},
    {kRangeStartEx, erased(&range_start_ex)},
    {kRangeStartA, erased(&range_start<char>)},
    {kRangeStartW, erased(&range_start<wchar_t>)},
    {kRangeEnd, erased(&range_end)},
    {kRangePushEx, erased(&range_push_ex)},
    {kRangePushA, erased(&range_push<char>)},
    {kRangePushW, erased(&range_push<wchar_t>)},
    {kRangePop, erased(&range_pop)},
};
const Place kCore2Places[] = {
    {kDomainMarkEx, erased(&domain_mark_ex)},
    {kDomainRangeStartEx, erased(&domain_range_start_ex)},
    {kDomainRangeEnd, erased(&domain_range_end)},
    {kDomainRangePushEx, erased(&domain_range_push_ex)},
    {kDomainRangePop, erased(&domain_range_pop)},
    {kDomainRegisterStringA, erased(&register_string<char>)},
    {kDomainRegisterStringW, erased(&register_string<wchar_t>)},
    {kDomainCreateA, erased(&domain_create<char>)},
    {kDomainCreateW, erased(&domain_create<wchar_t>)},
    {kDomainDestroy, erased(&domain_destroy)},
};

template <size_t N>
bool fill(const CallbacksTable& callbacks, int module, const Place (&functions)[N]) {
  Function** places = nullptr;
  unsigned count = 0;
  if (!callbacks.places_of(module, &places, &count) || !places) return false;
  for (const Place& place : functions)
    if (place.number < count && places[place.number]) *places[place.number] = place.function;
  return true;
}

}  // namespace

int attach(GetExportTable get_export_table) {
  const auto* callbacks =
      get_export_table ? static_cast<const CallbacksTable*>(get_export_table(kCallbacksTable)) : nullptr;
  if (!callbacks || callbacks->bytes < sizeof(CallbacksTable) || !callbacks->places_of) return 0;
  if (!fill(*callbacks, kCore, kCorePlaces)) return 0;
  return fill(*callbacks, kCore2, kCore2Places) ? 1 : 0;
}

}  // namespace qiao::nvtx
