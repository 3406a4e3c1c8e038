#include "shim/common/advice.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <set>

#include "shim/common/managed.h"
#include "src/runtime/memory_map.h"
#include "src/runtime/platform.h"

namespace qiao::shim {
namespace {

constexpr int kHost = -1, kNowhere = -2;  // CU_DEVICE_CPU, CU_DEVICE_INVALID
constexpr uint64_t kPage = 4096;

struct Place {
  int type = CU_MEM_LOCATION_TYPE_INVALID;
  int id = kNowhere;
  bool operator==(const Place&) const = default;
  int device() const { return type == CU_MEM_LOCATION_TYPE_DEVICE ? id : type == 0 ? kNowhere : kHost; }
};

struct Advice {
  bool read_mostly = false;
  Place preferred, prefetched;
  std::set<int> accessed_by;  // devices, and kHost
};

// Of whole pages, for as long as the allocation lives.
struct Piece {
  uint64_t end = 0;
  uint64_t allocation = 0;
  Advice advice;
};

class Pieces {
 public:
  template <class Change>
  void change(uint64_t begin, uint64_t end, uint64_t allocation, Change change) {
    std::lock_guard lock(mutex_);
    drop_others(begin, end, allocation);
    cut(begin);
    cut(end);
    for (uint64_t at = begin; at < end;) {
      auto piece = by_begin_.lower_bound(at);
      if (piece == by_begin_.end() || piece->first != at) {
        const uint64_t next = piece == by_begin_.end() ? end : std::min(end, piece->first);
        piece = by_begin_.emplace(at, Piece{next, allocation, {}}).first;
      }
      change(piece->second.advice);
      at = piece->second.end;
    }
  }

  // What holds all over the range.
  Advice common(uint64_t begin, uint64_t end, uint64_t allocation) {
    std::lock_guard lock(mutex_);
    drop_others(begin, end, allocation);
    Advice common;
    bool first = true;
    for (uint64_t at = begin; at < end; first = false) {
      auto piece = by_begin_.upper_bound(at);
      const auto before = piece == by_begin_.begin() ? by_begin_.end() : std::prev(piece);
      const bool inside = before != by_begin_.end() && at < before->second.end;
      const Advice here = inside ? before->second.advice : Advice{};
      at = inside ? before->second.end : piece == by_begin_.end() ? end : piece->first;
      if (first) common = here;
      if (!first) narrow(common, here);
    }
    return common;
  }

 private:
  static void narrow(Advice& common, const Advice& here) {
    common.read_mostly &= here.read_mostly;
    if (common.preferred != here.preferred) common.preferred = {};
    if (common.prefetched != here.prefetched) common.prefetched = {};
    std::erase_if(common.accessed_by, [&](int device) { return !here.accessed_by.contains(device); });
  }

  void cut(uint64_t at) {
    auto next = by_begin_.lower_bound(at);
    if (next == by_begin_.begin()) return;
    Piece& piece = std::prev(next)->second;
    if (piece.end <= at) return;
    by_begin_.emplace(at, Piece{piece.end, piece.allocation, piece.advice});
    piece.end = at;
  }

  // Pieces of allocations that lay here before.
  void drop_others(uint64_t begin, uint64_t end, uint64_t allocation) {
    std::erase_if(by_begin_, [&](const auto& entry) {
      return entry.first < end && entry.second.end > begin && entry.second.allocation != allocation;
    });
  }

  std::mutex mutex_;
  std::map<uint64_t, Piece> by_begin_;
};

Pieces& pieces() {
  static auto* made = new Pieces;  // never destroyed: programs call from atexit handlers
  return *made;
}

struct Span {
  uint64_t begin, end, allocation;
};

Result<Span> span_of(uint64_t address, size_t bytes) {
  if (bytes == 0) return invalid(Code::InvalidValue, "a range of managed memory has no length");
  if (Result<void> good = check_managed(address, bytes); !good) return good.error();
  const auto found = runtime::MemoryMap::instance().find(address);
  if (!found) return invalid(Code::InvalidValue, "range is not managed memory");
  return Span{address / kPage * kPage, (address + bytes + kPage - 1) / kPage * kPage, found->id};
}

Result<Place> checked(const CUmemLocation& place) {
  if (place.type == CU_MEM_LOCATION_TYPE_DEVICE) {
    Result<runtime::Platform*> platform = runtime::Platform::get();
    if (!platform) return platform.error();
    if (Result<runtime::Device*> device = (*platform)->device(place.id); !device) return device.error();
  } else if (place.type < CU_MEM_LOCATION_TYPE_DEVICE || place.type > CU_MEM_LOCATION_TYPE_HOST_NUMA_CURRENT) {
    return invalid(Code::InvalidValue, "a location of managed memory is of no known type");
  }
  return Place{place.type, place.type == CU_MEM_LOCATION_TYPE_HOST ? 0 : place.id};
}

void apply(Advice& to, int advice, const Place& place) {
  switch (advice) {
    case CU_MEM_ADVISE_SET_READ_MOSTLY:
    case CU_MEM_ADVISE_UNSET_READ_MOSTLY:
      to.read_mostly = advice == CU_MEM_ADVISE_SET_READ_MOSTLY;
      break;
    case CU_MEM_ADVISE_SET_PREFERRED_LOCATION:
      to.preferred = place;
      break;
    case CU_MEM_ADVISE_UNSET_PREFERRED_LOCATION:
      to.preferred = {};
      break;
    case CU_MEM_ADVISE_SET_ACCESSED_BY:
      to.accessed_by.insert(place.device());
      break;
    default:
      to.accessed_by.erase(place.device());
  }
}

Result<int> number_of(const Advice& advice, int attribute) {
  switch (attribute) {
    case CU_MEM_RANGE_ATTRIBUTE_READ_MOSTLY:
      return advice.read_mostly ? 1 : 0;
    case CU_MEM_RANGE_ATTRIBUTE_PREFERRED_LOCATION:
      return advice.preferred.device();
    case CU_MEM_RANGE_ATTRIBUTE_LAST_PREFETCH_LOCATION:
      return advice.prefetched.device();
    case CU_MEM_RANGE_ATTRIBUTE_PREFERRED_LOCATION_TYPE:
      return advice.preferred.type;
    case CU_MEM_RANGE_ATTRIBUTE_PREFERRED_LOCATION_ID:
      return advice.preferred.id;
    case CU_MEM_RANGE_ATTRIBUTE_LAST_PREFETCH_LOCATION_TYPE:
      return advice.prefetched.type;
    case CU_MEM_RANGE_ATTRIBUTE_LAST_PREFETCH_LOCATION_ID:
      return advice.prefetched.id;
    default:
      return invalid(Code::InvalidValue, "range attribute " + std::to_string(attribute));
  }
}

Result<void> put(void* data, size_t data_bytes, int attribute, const Advice& advice) {
  if (data == nullptr || data_bytes == 0 || data_bytes % sizeof(int) != 0)
    return invalid(Code::InvalidValue, "the place for a range attribute is no array of integers");
  if (attribute == CU_MEM_RANGE_ATTRIBUTE_ACCESSED_BY) {
    std::vector<int> devices(advice.accessed_by.begin(), advice.accessed_by.end());
    devices.resize(data_bytes / sizeof(int), kNowhere);
    std::memcpy(data, devices.data(), data_bytes);
    return {};
  }
  Result<int> number = number_of(advice, attribute);
  if (!number) return number.error();
  if (data_bytes != sizeof(int)) return invalid(Code::InvalidValue, "a range attribute takes 4 bytes");
  std::memcpy(data, &*number, sizeof(int));
  return {};
}

}  // namespace

CUmemLocation place_of(int device) {
  CUmemLocation place = {};
  place.type = device == kHost ? CU_MEM_LOCATION_TYPE_HOST : CU_MEM_LOCATION_TYPE_DEVICE;
  place.id = device == kHost ? 0 : device;
  return place;
}

Result<void> advise(uint64_t address, size_t bytes, int advice, CUmemLocation place) {
  if (advice < CU_MEM_ADVISE_SET_READ_MOSTLY || advice > CU_MEM_ADVISE_UNSET_ACCESSED_BY)
    return invalid(Code::InvalidValue, "advice " + std::to_string(advice) + " is not known");
  Result<Span> span = span_of(address, bytes);
  if (!span) return span.error();
  // The other advice ignores the place (CUDA driver API, cuMemAdvise).
  const bool placed = advice == CU_MEM_ADVISE_SET_PREFERRED_LOCATION || advice >= CU_MEM_ADVISE_SET_ACCESSED_BY;
  Result<Place> where = placed ? checked(place) : Place{};
  if (!where) return where.error();
  pieces().change(span->begin, span->end, span->allocation, [&](Advice& to) { apply(to, advice, *where); });
  return {};
}

Result<void> prefetch(uint64_t address, size_t bytes, CUmemLocation place) {
  Result<Span> span = span_of(address, bytes);
  if (!span) return span.error();
  Result<Place> where = checked(place);
  if (!where) return where.error();
  pieces().change(span->begin, span->end, span->allocation, [&](Advice& to) { to.prefetched = *where; });
  return {};
}

Result<void> range_attribute(void* data, size_t data_bytes, int attribute, uint64_t address, size_t bytes) {
  Result<Span> span = span_of(address, bytes);
  if (!span) return span.error();
  return put(data, data_bytes, attribute, pieces().common(span->begin, span->end, span->allocation));
}

Result<void> range_attributes(void** data, const size_t* data_bytes, const int* attributes, size_t count,
                              uint64_t address, size_t bytes) {
  if (data == nullptr || data_bytes == nullptr || attributes == nullptr || count == 0)
    return invalid(Code::InvalidValue, "range attributes lack a list");
  for (size_t i = 0; i < count; ++i) {
    if (Result<void> done = range_attribute(data[i], data_bytes[i], attributes[i], address, bytes); !done) return done;
  }
  return {};
}

}  // namespace qiao::shim
