// A test file of tests/ptx: a PTX module with the runs that its comments ask for. The format is told in ptx_test.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "expected_value.h"
#include "images.h"

struct Row {
  unsigned line = 0;
  std::vector<std::uint64_t> inputs;
  std::vector<ExpectedValue> outputs;
};

struct Run {
  unsigned line = 0;
  std::string entry;
  unsigned inputs = 0, outputs = 0;                        // columns
  std::array<unsigned, 3> grid{0, 1, 1}, block{32, 1, 1};  // grid 0: as many blocks as the rows need
  unsigned shared_bytes = 0;
  bool has_shape = false;
  std::string refused;  // the launch fails as not supported, and the log holds this
  std::string fails;    // the launch fails with the error of this name
  std::vector<Row> rows;
};

struct TestFile {
  std::string path, text, target;
  std::vector<std::string> forms, executors;
  std::vector<Image> images;
  std::vector<Run> runs;
  std::vector<std::string> errors;  // "line N: ...": what is wrong with the comments
};

TestFile read_test_file(const std::string& path);
