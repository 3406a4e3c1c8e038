// cuLink: PTX from several places into one image. The image is text, the units one behind the other with a line between
// them that is a comment to PTX; loading it links them (Library), so nothing is lost on the way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/fatbin/bytes.h"

namespace qiao::runtime {

class Linker {
 public:
  explicit Linker(unsigned sm) : sm_(sm) {}

  // PTX text, or a fatbin with PTX for the chip. Malformed PTX is an error here already.
  Result<void> add(fatbin::Bytes data);
  // Whether the units fit together, and the image.
  Result<std::string> complete();

 private:
  unsigned sm_;
  std::vector<std::string> units_;
};

// The units of a text that is such an image, or the text itself.
std::vector<std::string> units_of(std::string_view text);

}  // namespace qiao::runtime
