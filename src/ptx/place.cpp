#include "src/ptx/place.h"

namespace qiao::ptx {

std::string place_of(const Module& module, const Location& location, const SourceLine& source) {
  std::string text = "PTX line " + std::to_string(location.line);
  const bool known = source.file != 0 && source.line != 0 && source.file < module.files.size();
  if (known) text += " (" + module.files[source.file] + ":" + std::to_string(source.line) + ")";
  return text;
}

}  // namespace qiao::ptx
