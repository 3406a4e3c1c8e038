// Device memory in a file, for programs that need more of it than the host has memory (QIAO_SPILL names the folder):
// the host then moves pages between the two as it sees fit.
#pragma once

#include <cstdint>

namespace qiao::machine {

// What the folder's file system has room for; 0 when no spilling is asked for, or there can be none.
uint64_t spill_bytes();

// An inaccessible range of addresses (mmap's answer): pages of a file without a name where spilling is asked for, else
// anonymous ones.
void* map_range(uint64_t bytes);

// Room on the disk for these pages of such a range; false when there is none. True where nothing is spilled.
bool claim_room(uint64_t address, uint64_t bytes);

// Gives back what stands behind the pages; they read as zeros, as fresh ones do.
void discard_pages(uint64_t address, uint64_t bytes);

}  // namespace qiao::machine
