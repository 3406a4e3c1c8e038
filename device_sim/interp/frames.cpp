// Frames: which of them runs. A call's lanes leave the caller's frame until they have returned; lanes of a frame that
// wait (at a barrier, at a .sync operation) do not keep those of other frames from going on.
#include <algorithm>
#include <utility>

#include "device_sim/interp/warp.h"

namespace qiao::interp {

// Lanes of `caller`, which are where it is now, begin the function.
Frame& Warp::push_frame(const FunctionCode& code, uint32_t lanes, const Instruction* call, Frame* caller) {
  auto frame = std::make_unique<Frame>();
  frame->code = &code;
  frame->caller = caller;
  frame->call = call;
  if (caller != nullptr) {
    frame->home = {lanes, caller->block, caller->next, nullptr, 0};
    caller->active &= ~lanes;
    ++caller->callees;
  }
  frame->registers.assign(size_t{code.words} * kLanes, 0);
  frame->pending.assign(code.cfg.blocks.size(), 0);
  frame->slots.assign(code.slot_bytes * kLanes, std::byte{0});
  frame->local_base = local_top_;
  if (program_.stacks_locals) {
    for_lanes(lanes, [&](uint32_t lane) { return local_top_[lane] += code.stacked_bytes, true; });
  }
  if (frame->pending.empty()) {
    frame->returned = lanes;
  } else {
    frame->pending[0] = lanes;
  }
  frames_.push_back(std::move(frame));
  current_ = frames_.back().get();
  return *current_;
}

// Lanes that have returned go on in the caller, with their results.
void Warp::go_home(Frame& f) {
  Frame& caller = *f.caller;
  const uint32_t lanes = std::exchange(f.returned, 0) & ~exited_;
  if (program_.stacks_locals) {
    for_lanes(lanes, [&](uint32_t lane) { return local_top_[lane] = f.local_base[lane], true; });
  }
  pass_results(f, lanes);
  f.home.lanes &= ~lanes;
  if (lanes == 0) return;
  if (caller.block == f.home.block && caller.next == f.home.next) {  // nothing has run there meanwhile
    caller.active |= lanes;
  } else {
    caller.resumed.push_back({lanes, f.home.block, f.home.next, nullptr, 0});
  }
}

// The frame on top is done: results go to the lanes which returned.
void Warp::pop_frame() {
  Frame* const finished = current_;
  if (finished->caller != nullptr) {
    go_home(*finished);
    --finished->caller->callees;
  }
  const auto place = std::find_if(frames_.rbegin(), frames_.rend(),
                                  [finished](const std::unique_ptr<Frame>& frame) { return frame.get() == finished; });
  frames_.erase(std::next(place).base());
  current_ = nullptr;
  choose_frame();
}

bool Warp::waits(const Frame& f) const {
  const auto here = [&](const auto& waiting) { return waiting.frame == &f; };
  return std::any_of(at_barrier_.begin(), at_barrier_.end(), here) || std::any_of(apart_.begin(), apart_.end(), here);
}

// Whether something of the frame can run, or it is done.
bool Warp::can_run(const Frame& f) const {
  if (f.active != 0 || !f.resumed.empty() || f.first_pending(0) != f.pending.size()) return true;
  return f.callees == 0 && !waits(f);
}

// The latest that can run, but for `without`. False: there is none.
bool Warp::choose_frame(const Frame* without) {
  for (size_t i = frames_.size(); i-- > 0;) {
    if (frames_[i].get() == without || !can_run(*frames_[i])) continue;
    current_ = frames_[i].get();
    return true;
  }
  return false;
}

// A loop of the frame waits, and nothing else of it can run: whoever it waits for may have returned from it already, or
// be in another frame.
void Warp::give_turn() {
  Frame& f = frame();
  if (f.caller != nullptr && (f.returned & ~exited_) != 0) {
    Frame* const caller = f.caller;
    go_home(f);
    current_ = caller;
    return;
  }
  (void)choose_frame(&f);
}

}  // namespace qiao::interp
