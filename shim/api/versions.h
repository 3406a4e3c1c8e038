// The versions we report: those of the newest toolkit of each major that our lists were imported from.
#pragma once

namespace qiao::shim {

inline constexpr int kDriverVersion = 13000;
inline constexpr int kRuntimeVersion13 = 13000;
inline constexpr int kRuntimeVersion12 = 12090;
inline constexpr int kRuntimeVersion11 = 11080;

}  // namespace qiao::shim
