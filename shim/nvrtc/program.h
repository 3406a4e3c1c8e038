// What an nvrtcProgram is here: a program of NVIDIA's library, or what Clang needs and made.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shim/api/entry_points.h"
#include "src/compile/arch.h"
#include "src/runtime/registry.h"

namespace qiao::shim {

struct NvrtcHeader {
  std::string name;
  std::string text;
};

struct Program {
  nvrtcProgram genuine = nullptr;  // where NVIDIA's library compiles; then only `cubin` is ours
  std::string cubin;               // our container with the PTX, when a real architecture was asked for

  std::string source;
  std::string name;
  std::vector<NvrtcHeader> headers;
  std::vector<std::string> expressions;  // of nvrtcAddNameExpression
  bool attempted = false;                // nvrtcCompileProgram was called
  bool compiled = false;                 // ... and the last time succeeded
  std::string ptx;
  std::string log;
  std::map<std::string, std::string> lowered;
  nvrtcFlowCallback callback = nullptr;
  void* payload = nullptr;

  ~Program();
};

// Compiles with Clang; on failure `log` says why.
nvrtcResult compile_with_clang(Program& program, const std::vector<std::string>& options);

// The image that nvrtcGetCUBIN gives out: the PTX, in a container which cuModuleLoadData and cuLink take.
std::string container_of(const std::string& ptx, const compile::Arch& arch);

}  // namespace qiao::shim
