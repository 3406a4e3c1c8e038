#include "src/runtime/device.h"

namespace qiao::runtime {

Device::Device(int ordinal, std::unique_ptr<hal::Device> chip, int physical)
    : ordinal_(ordinal), physical_(physical < 0 ? ordinal : physical), chip_(std::move(chip)) {}

std::shared_ptr<Context> Device::claim_primary(bool retain) {
  std::lock_guard lock(context_mutex_);
  if (retain) {
    ++retains_;
  } else {
    used_by_runtime_ = true;
  }
  if (!primary_) {
    primary_ = std::make_shared<Context>(*this, true, primary_flags_);
    live_contexts().add(primary_);
  }
  return primary_;
}

std::shared_ptr<Context> Device::primary_context() {
  return claim_primary(false);
}

std::shared_ptr<Context> Device::retain_primary() {
  return claim_primary(true);
}

Result<void> Device::release_primary() {
  {
    std::lock_guard lock(context_mutex_);
    if (retains_ == 0) return invalid(Code::InvalidContext, "the primary context is not retained");
    if (--retains_ != 0 || used_by_runtime_) return {};
  }
  reset_primary();
  return {};
}

bool Device::primary_active() const {
  std::lock_guard lock(context_mutex_);
  return primary_ != nullptr;
}

uint32_t Device::primary_flags() const {
  std::lock_guard lock(context_mutex_);
  return primary_flags_;
}

Result<void> Device::set_primary_flags(uint32_t flags) {
  if (Result<void> known = check_context_flags(flags); !known) return known;
  std::lock_guard lock(context_mutex_);
  primary_flags_ = flags;
  if (primary_) primary_->set_flags(flags);
  return {};
}

void Device::reset_primary() {
  std::shared_ptr<Context> old;
  {
    std::lock_guard lock(context_mutex_);
    old = std::move(primary_);
    primary_ = nullptr;
    used_by_runtime_ = false;
  }
  if (old) old->destroy();
}

void Device::allow_peer(const Device& peer, bool allowed) {
  std::lock_guard lock(peer_mutex_);
  int& claims = peers_[&peer];
  claims += allowed ? 1 : -1;
  if (claims == (allowed ? 1 : 0)) chip_->allow_peer(*peer.chip_, allowed);
}

}  // namespace qiao::runtime
