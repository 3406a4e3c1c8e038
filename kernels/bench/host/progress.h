// One line on stderr that says what is being measured.
#pragma once

#include <string>

namespace qiao::bench {

// On a terminal one line that changes, elsewhere a line each time; empty: done.
void progress(const std::string& what);

}  // namespace qiao::bench
