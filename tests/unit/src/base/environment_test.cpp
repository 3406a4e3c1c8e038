// An empty variable counts as unset: `QIAO_CHIP= ./app` means the default chip.
#include "src/base/environment.h"

#include <cstdlib>

#include "tests/unit/catch.h"

TEST_CASE("a set variable is read, an empty or missing one is not") {
  setenv("QIAO_TEST_VARIABLE", "value", 1);
  CHECK(qiao::environment("QIAO_TEST_VARIABLE").value_or("") == "value");
  setenv("QIAO_TEST_VARIABLE", "", 1);
  CHECK_FALSE(qiao::environment("QIAO_TEST_VARIABLE").has_value());
  unsetenv("QIAO_TEST_VARIABLE");
  CHECK_FALSE(qiao::environment("QIAO_TEST_VARIABLE").has_value());
}
