// Textures and surfaces for compiled code: each call is one lane's, or a warp's (image_calls.h has what they do).
#include <bit>

#include "device_sim/machine/block_state.h"
#include "device_sim/machine/image_calls.h"
#include "device_sim/machine/runtime_calls.h"

using qiao::machine::BlockState;
using qiao::machine::ImageAccess;
using qiao::machine::ImageWords;
using qiao::machine::SurfaceCall;
using qiao::machine::TextureCall;

namespace {

void check(QiaoBlock* block, uint32_t site, const char* why) {
  if (why == nullptr) return;
  BlockState& state = BlockState::of(*block);
  state.launch().record_fault(qiao::machine::code_of_image_fault(why), 0, site, qiao::machine::kNoLane, *block, why);
  state.current().fiber.leave();
}

QiaoWords sample(QiaoBlock* block, uint64_t access, uint32_t site, TextureCall& call) {
  ImageWords words{};
  check(block, site, qiao::machine::call_texture(*block, std::bit_cast<ImageAccess>(access), call, words));
  return {words[0], words[1]};
}

}  // namespace

extern "C" {

QiaoWords qiao_lane_tex(QiaoBlock* block, uint64_t access, uint32_t site, uint64_t texture, uint32_t c0, uint32_t c1,
                        uint32_t c2) {
  TextureCall call;
  call.texture = texture;
  call.point.at = {c0, c1, c2, 0};
  return sample(block, access, site, call);
}

void qiao_warp_tex(QiaoBlock* block, uint32_t lanes, uint64_t access, uint32_t site, const uint64_t* textures,
                   const uint32_t* c0, const uint32_t* c1, const uint32_t* c2, uint64_t* low, uint64_t* high) {
  qiao::machine::WarpWords words{low, high};
  check(block, site,
        qiao::machine::call_texture(*block, std::bit_cast<ImageAccess>(access), lanes, textures, {c0, c1, c2}, words));
}

QiaoWords qiao_lane_tex_more(QiaoBlock* block, uint64_t access, uint32_t site, uint64_t texture, uint64_t sampler,
                             uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t lod, uint32_t dx0,
                             uint32_t dx1, uint32_t dx2, uint32_t dy0, uint32_t dy1, uint32_t dy2, uint32_t e0,
                             uint32_t e1, uint32_t e2) {
  TextureCall call;
  call.texture = texture;
  call.sampler = sampler;
  call.point.at = {c0, c1, c2, c3};
  call.point.lod = lod;
  call.point.dx = {std::bit_cast<float>(dx0), std::bit_cast<float>(dx1), std::bit_cast<float>(dx2)};
  call.point.dy = {std::bit_cast<float>(dy0), std::bit_cast<float>(dy1), std::bit_cast<float>(dy2)};
  call.point.offset = {static_cast<int32_t>(e0), static_cast<int32_t>(e1), static_cast<int32_t>(e2)};
  return sample(block, access, site, call);
}

uint32_t qiao_lane_image_query(QiaoBlock* block, uint64_t access, uint32_t site, uint64_t image, uint32_t level) {
  uint32_t value = 0;
  check(block, site, qiao::machine::call_query(*block, std::bit_cast<ImageAccess>(access), image, level, value));
  return value;
}

QiaoWords qiao_lane_suld(QiaoBlock* block, uint64_t access, uint32_t site, uint64_t surface, uint32_t c0, uint32_t c1,
                         uint32_t c2) {
  ImageWords words{};
  const SurfaceCall call{surface, {c0, c1, c2, 0}};
  check(block, site, qiao::machine::load_surface(*block, std::bit_cast<ImageAccess>(access), call, words));
  return {words[0], words[1]};
}

void qiao_lane_sust(QiaoBlock* block, uint64_t access, uint32_t site, uint64_t surface, uint32_t c0, uint32_t c1,
                    uint32_t c2, uint64_t low, uint64_t high) {
  const SurfaceCall call{surface, {c0, c1, c2, 0}};
  check(block, site, qiao::machine::store_surface(*block, std::bit_cast<ImageAccess>(access), call, {low, high}));
}

void qiao_lane_sured(QiaoBlock* block, uint64_t access, uint32_t site, uint64_t surface, uint32_t c0, uint32_t c1,
                     uint32_t c2, uint64_t value) {
  const SurfaceCall call{surface, {c0, c1, c2, 0}};
  check(block, site, qiao::machine::reduce_surface(*block, std::bit_cast<ImageAccess>(access), call, value));
}

}  // extern "C"
