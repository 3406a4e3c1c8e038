// The intrinsics of lane code (lane_code.md), one row each: name, kind and signature. The emitter declares them by
// `declare`, the vectoriser and the lowerings recognise them by `intrinsic_of`. No other place writes these names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace llvm {
class CallBase;
class Function;
class Module;
class Type;
class Value;
}  // namespace llvm

namespace qiao::jit {

// Position: where a thread is; free to move, merge and duplicate.
// Check: the access check; may be merged and removed, never speculated.
// Warp: a value agreed between lanes; convergent, touches no memory of the kernel, stays where nobody uses the value.
// Barrier: a meeting point of warps or lanes; convergent, orders memory.
// Marker: counts; convergent, has a side effect, on no memory of the program.
enum class IntrinsicKind : uint8_t { Position, Check, Warp, Barrier, Marker };

// Signature letters: first the result, then the arguments. v void, b i1, i i32, l i64, p ptr, s {i32, i1}.
#define QIAO_INTRINSICS(ROW)                                        \
  ROW(TidX, "qiao.tid.x", Position, "i")                            \
  ROW(TidY, "qiao.tid.y", Position, "i")                            \
  ROW(TidZ, "qiao.tid.z", Position, "i")                            \
  ROW(LaneId, "qiao.laneid", Position, "i")                         \
  ROW(WarpId, "qiao.warpid", Position, "i")                         \
  ROW(NtidX, "qiao.ntid.x", Position, "i")                          \
  ROW(NtidY, "qiao.ntid.y", Position, "i")                          \
  ROW(NtidZ, "qiao.ntid.z", Position, "i")                          \
  ROW(CtaidX, "qiao.ctaid.x", Position, "i")                        \
  ROW(CtaidY, "qiao.ctaid.y", Position, "i")                        \
  ROW(CtaidZ, "qiao.ctaid.z", Position, "i")                        \
  ROW(NctaidX, "qiao.nctaid.x", Position, "i")                      \
  ROW(NctaidY, "qiao.nctaid.y", Position, "i")                      \
  ROW(NctaidZ, "qiao.nctaid.z", Position, "i")                      \
  ROW(Shared, "qiao.shared", Position, "l")                         \
  ROW(SharedSize, "qiao.shared.size", Position, "l")                \
  ROW(DynamicSharedSize, "qiao.dynamic.shared.size", Position, "l") \
  ROW(Local, "qiao.local", Position, "l")                           \
  ROW(LocalSize, "qiao.local.size", Position, "l")                  \
  ROW(Arena, "qiao.arena", Position, "l")                           \
  ROW(ArenaSize, "qiao.arena.size", Position, "l")                  \
  ROW(Checked, "qiao.checked", Check, "plllii")                     \
  ROW(ActiveMask, "qiao.activemask", Warp, "i")                     \
  ROW(ShflIdx, "qiao.shfl.idx", Warp, "siiii")                      \
  ROW(ShflUp, "qiao.shfl.up", Warp, "siiii")                        \
  ROW(ShflDown, "qiao.shfl.down", Warp, "siiii")                    \
  ROW(ShflBfly, "qiao.shfl.bfly", Warp, "siiii")                    \
  ROW(Ballot, "qiao.ballot", Warp, "iib")                           \
  ROW(MatchAnyI32, "qiao.match.any.i32", Warp, "iii")               \
  ROW(MatchAnyI64, "qiao.match.any.i64", Warp, "iil")               \
  ROW(MatchAllI32, "qiao.match.all.i32", Warp, "sii")               \
  ROW(MatchAllI64, "qiao.match.all.i64", Warp, "sil")               \
  ROW(ReduxAdd, "qiao.redux.add", Warp, "iii")                      \
  ROW(ReduxUmin, "qiao.redux.umin", Warp, "iii")                    \
  ROW(ReduxUmax, "qiao.redux.umax", Warp, "iii")                    \
  ROW(ReduxSmin, "qiao.redux.smin", Warp, "iii")                    \
  ROW(ReduxSmax, "qiao.redux.smax", Warp, "iii")                    \
  ROW(ReduxAnd, "qiao.redux.and", Warp, "iii")                      \
  ROW(ReduxOr, "qiao.redux.or", Warp, "iii")                        \
  ROW(ReduxXor, "qiao.redux.xor", Warp, "iii")                      \
  ROW(WarpSync, "qiao.warpsync", Barrier, "vi")                     \
  ROW(BarrierSync, "qiao.barrier.sync", Barrier, "vii")             \
  ROW(BarrierArrive, "qiao.barrier.arrive", Barrier, "vii")         \
  ROW(BarrierPopc, "qiao.barrier.popc", Barrier, "iiib")            \
  ROW(BarrierAnd, "qiao.barrier.and", Barrier, "biib")              \
  ROW(BarrierOr, "qiao.barrier.or", Barrier, "biib")                \
  ROW(CountBlock, "qiao.count.block", Marker, "vii")                \
  ROW(CountLanes, "qiao.count.lanes", Marker, "vib")                \
  ROW(CountBranch, "qiao.count.branch", Marker, "vib")              \
  ROW(CountWays, "qiao.count.ways", Marker, "vii")                  \
  ROW(CountAccess, "qiao.count.access", Marker, "viip")

enum class Intrinsic : uint8_t {
#define QIAO_ROW(id, name, kind, signature) id,
  QIAO_INTRINSICS(QIAO_ROW)
#undef QIAO_ROW
};

struct IntrinsicRow {
  Intrinsic id;
  std::string_view name;
  IntrinsicKind kind;
  std::string_view signature;
};

inline constexpr IntrinsicRow kIntrinsics[] = {
#define QIAO_ROW(id, name, kind, signature) {Intrinsic::id, name, IntrinsicKind::kind, signature},
    QIAO_INTRINSICS(QIAO_ROW)
#undef QIAO_ROW
};
#undef QIAO_INTRINSICS

constexpr const IntrinsicRow& row_of(Intrinsic id) {
  return kIntrinsics[static_cast<size_t>(id)];
}

// Calls of other externals, told apart by these prefixes (lane_code.md).
inline constexpr std::string_view kLanePrefix = "qiao_lane_";
inline constexpr std::string_view kPurePrefix = "qiao_pure_";

// The declaration of `id` in `module`, with its attributes; made on first use. Calls to warp, barrier and marker
// intrinsics must carry `nomerge` themselves too: `mark_call` sets it.
llvm::Function* declare(llvm::Module& module, Intrinsic id);
void mark_call(llvm::CallBase& call);
// A warp operation that waits for nobody, and those which have this mark.
void mark_unsynchronized(llvm::CallBase& call);
bool is_unsynchronized(const llvm::CallBase& call);

std::optional<Intrinsic> intrinsic_of(const llvm::Function& function);
std::optional<Intrinsic> intrinsic_of(const llvm::Value& call);  // nothing unless a direct call of one

// Pure calls which the vectoriser makes calls for all 32 lanes of, and which the host's forms (session/host_forms.h)
// take the place of. All have two arguments of the result's type: AddToOdd: a + b rounded to odd. RsqrtUnlessSpecial:
// of x and y, y or what rsqrt(x) is where that needs no computing (meaning/approx.h). Permute: 32 words, and for each
// lane whose word it takes (0 to 31); made by the vectoriser.
enum class HostForm : uint8_t { AddToOdd, RsqrtUnlessSpecial, Permute };
llvm::Function* declare_host_form(HostForm form, llvm::Module& module, llvm::Type* type);
std::optional<HostForm> host_form_of(const llvm::Value& call);

bool is_lane_call(const llvm::Value& call);  // qiao_lane_*
// The runtime's function that does a lane call for the active lanes of a warp (lane_code.md), or null.
struct WarpCall {
  std::string_view lane_name, name;
  unsigned scalars;  // its first arguments are the same in all lanes
};
const WarpCall* warp_call_of(const llvm::Value& call);
bool is_pure_call(const llvm::Value& call);  // qiao_pure_*

}  // namespace qiao::jit
