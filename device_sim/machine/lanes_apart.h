// Lanes of one warp that did .sync operations without others whom they name. PTX lets each lane's n-th such operation
// be the n-th of all lanes named (ISA 9.7.9.6, 9.7.13: they wait until all that have not exited have come), so a lane
// that comes to one which another has done without it shows that the two should have met.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace qiao::machine {

inline constexpr const char* kMissedMeeting =
    "a .sync operation of lanes whom others, which name them in the same operation, did not wait for; only "
    "QIAO_EXECUTOR=lane lets lanes wait for each other wherever they are";

class LanesApart {
 public:
  // `lanes` do the operation, all naming `members`, of whom `live` may be there. False: lanes that are not here have
  // done it without some of these.
  bool done(uint32_t operation, uint32_t members, uint32_t lanes, uint32_t live);
  // `lanes` have waited for each other elsewhere: none of them can be waiting at an operation for another.
  void level(uint32_t lanes);

  bool empty() const { return records_.empty(); }
  void clear() { records_.clear(); }

 private:
  struct Record {
    uint32_t operation, members;
    std::array<uint64_t, 32> count{};  // times each lane did it, since they last were level
  };

  bool is_level(const Record& record, uint32_t live) const;

  std::vector<Record> records_;
};

}  // namespace qiao::machine
