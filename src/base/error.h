// What can go wrong, in the numbering of CUresult/cudaError_t (they agree where both define a code; cuda.h,
// driver_types.h). Codes which only the runtime API knows keep cudaError_t's number; shim/ maps them for the driver
// API.
#pragma once

#include <string>
#include <utility>

namespace qiao {

enum class Code : int {
  Success = 0,
  InvalidValue = 1,
  OutOfMemory = 2,
  NotInitialized = 3,
  Deinitialized = 4,
  InvalidConfiguration = 9,     // runtime API only
  InvalidPitchValue = 12,       // runtime API only
  InvalidSymbol = 13,           // runtime API only
  InvalidMemcpyDirection = 21,  // runtime API only
  InsufficientDriver = 35,      // runtime API only
  MissingConfiguration = 52,    // runtime API only
  InvalidDeviceFunction = 98,   // runtime API only
  NoDevice = 100,
  InvalidDevice = 101,
  InvalidImage = 200,
  InvalidContext = 201,
  NoBinaryForDevice = 209,
  InvalidPtx = 218,
  UnsupportedPtxVersion = 222,
  InvalidSource = 300,
  FileNotFound = 301,
  SharedObjectInitFailed = 303,
  OperatingSystem = 304,
  InvalidHandle = 400,
  IllegalState = 401,
  LossyQuery = 402,
  NotFound = 500,
  NotReady = 600,
  IllegalAddress = 700,
  LaunchOutOfResources = 701,
  LaunchTimeout = 702,
  PeerAccessAlreadyEnabled = 704,
  PeerAccessNotEnabled = 705,
  ContextAlreadyInUse = 708,
  ContextIsDestroyed = 709,
  Assert = 710,
  HostMemoryAlreadyRegistered = 712,
  HostMemoryNotRegistered = 713,
  IllegalInstruction = 715,
  MisalignedAddress = 716,
  InvalidAddressSpace = 717,
  InvalidPc = 718,
  LaunchFailed = 719,
  CooperativeLaunchTooLarge = 720,
  NotPermitted = 800,
  NotSupported = 801,
  StreamCaptureUnsupported = 900,
  StreamCaptureInvalidated = 901,
  StreamCaptureMerge = 902,
  StreamCaptureUnmatched = 903,
  StreamCaptureUnjoined = 904,
  StreamCaptureIsolation = 905,
  StreamCaptureImplicit = 906,
  CapturedEvent = 907,
  StreamCaptureWrongThread = 908,
  GraphExecUpdateFailure = 910,
  Unknown = 999,
};

// A failure: the CUDA code the program will see, and one line for the person (lower case, what was found and what was
// expected; no full stop). Whose fault it is shows in the wording: "invalid ..." (the user's), "unsupported: ..."
// (refused and documented) or "unimplemented: ..." (ours to do); the three constructors below keep the words apart.
struct [[nodiscard]] Error {
  Code code = Code::Unknown;
  std::string message;
};

Error invalid(Code code, std::string message);
Error unsupported(std::string message, Code code = Code::NotSupported);
Error unimplemented(std::string message, Code code = Code::NotSupported);

}  // namespace qiao
