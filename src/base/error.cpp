#include "src/base/error.h"

namespace qiao {

Error invalid(Code code, std::string message) {
  return {code, std::move(message)};
}

Error unsupported(std::string message, Code code) {
  return {code, "unsupported: " + std::move(message)};
}

Error unimplemented(std::string message, Code code) {
  return {code, "unimplemented: " + std::move(message)};
}

}  // namespace qiao
