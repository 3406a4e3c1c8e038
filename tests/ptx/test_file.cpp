// Reads the comments of a test file. What looks like a directive or a row but is none is an error, never skipped.
#include "test_file.h"

#include <fstream>
#include <sstream>

namespace {

class Reader {
 public:
  explicit Reader(TestFile& file) : file_(file) {}

  void read() {
    std::istringstream lines(file_.text);
    std::string line;
    while (std::getline(lines, line)) {
      ++number_;
      if (line.starts_with(".target ")) file_.target = line.substr(8, line.find_first_of(", \t", 8) - 8);
      if (line.starts_with("// form: ")) file_.forms.push_back(line.substr(9));
      if (line.starts_with("// executors: ")) read_executors(line.substr(14));
      if (line.starts_with("// image: ")) read_image(line.substr(10));
      if (line.starts_with("// run: ")) read_run(line.substr(8));
      if (line.starts_with("// refused: ") && expect_run()) file_.runs.back().refused = line.substr(12);
      if (line.starts_with("// fails: ") && expect_run()) file_.runs.back().fails = line.substr(10);
      if (line.find(" -> ") != line.npos || line.ends_with(" ->")) read_row(line);
    }
    if (file_.forms.empty()) error("no '// form:' line");
    if (file_.runs.empty()) error("no '// run:' line");
    for (const Run& run : file_.runs) check(run);
  }

 private:
  void error(const std::string& what) { file_.errors.push_back("line " + std::to_string(number_) + ": " + what); }

  bool expect_run() {
    if (file_.runs.empty()) error("this belongs below a '// run:' line");
    return !file_.runs.empty();
  }

  void read_executors(const std::string& names) {
    std::istringstream words(names);
    for (std::string word; words >> word;) {
      if (word != "interpreter" && word != "lane" && word != "warp") error("'" + word + "' is no executor");
      file_.executors.push_back(word);
    }
  }

  void read_image(const std::string& text) {
    Image image;
    image.line = number_;
    if (std::string what = parse_image(text, image); !what.empty()) error(what);
    file_.images.push_back(image);
  }

  std::array<unsigned, 3> read_shape(const std::string& text) {
    std::array<unsigned, 3> shape{1, 1, 1};
    std::istringstream parts(text);
    std::string part;
    for (unsigned i = 0; std::getline(parts, part, ','); ++i) {
      if (i == 3 || !read_number(part, shape[i]) || shape[i] == 0) error("'" + text + "' is no shape X[,Y[,Z]]");
      if (i == 3) break;
    }
    return shape;
  }

  bool read_number(const std::string& text, unsigned& number) {
    char* end = nullptr;
    number = static_cast<unsigned>(std::strtoul(text.c_str(), &end, 10));
    return !text.empty() && *end == '\0';
  }

  void read_run(const std::string& text) {
    Run run;
    run.line = number_;
    std::istringstream words(text);
    words >> run.entry;
    for (std::string word; words >> word;) {
      std::size_t equals = word.find('=');
      std::string key = word.substr(0, equals), value = equals == word.npos ? "" : word.substr(equals + 1);
      bool good = true;
      if (key == "in")
        good = read_number(value, run.inputs);
      else if (key == "out")
        good = read_number(value, run.outputs);
      else if (key == "shared")
        good = read_number(value, run.shared_bytes);
      else if (key == "grid")
        run.grid = read_shape(value), run.has_shape = true;
      else if (key == "block")
        run.block = read_shape(value), run.has_shape = true;
      else
        good = false;
      if (!good) error("'" + word + "' is none of in=N out=N block=X,Y,Z grid=X,Y,Z shared=BYTES");
    }
    if (run.has_shape && run.grid[0] == 0) run.grid[0] = 1;
    file_.runs.push_back(run);
  }

  void read_row(const std::string& line) {
    if (!line.starts_with("//") || (file_.runs.empty() && !line.starts_with("//   "))) return;  // prose, code
    if (!line.starts_with("//   ")) return error("a row begins with '//' and three spaces");
    if (!expect_run()) return;
    Row row;
    row.line = number_;
    std::istringstream words(line.substr(5));
    bool outputs = false;
    for (std::string word; words >> word;) {
      if (word == "->") {
        outputs = true;
      } else if (outputs) {
        auto value = parse_expected(word);
        if (!value) return error("'" + word + "' is no expected value");
        row.outputs.push_back(*value);
      } else {
        auto value = parse_hex(word);
        if (!value) return error("'" + word + "' is no hexadecimal number");
        row.inputs.push_back(*value);
      }
    }
    Run& run = file_.runs.back();
    if (row.inputs.size() != run.inputs || row.outputs.size() != run.outputs)
      error("a row of other columns than its run");
    run.rows.push_back(row);
  }

  void check(const Run& run) {
    number_ = run.line;
    std::size_t threads =
        std::size_t{run.block[0]} * run.block[1] * run.block[2] * run.grid[0] * run.grid[1] * run.grid[2];
    bool must_fail = !run.refused.empty() || !run.fails.empty();
    if (run.rows.empty() && !must_fail) error(run.entry + " has no rows");
    if (run.outputs == 0 && !must_fail) error(run.entry + " writes nothing: out=N");
    if (run.has_shape && !must_fail && threads != run.rows.size()) {
      error(run.entry + " has " + std::to_string(run.rows.size()) + " rows for " + std::to_string(threads) +
            " threads");
    }
    // What follows a sticky error in the same process would fail too.
    if (!run.fails.empty() && &run != &file_.runs.back()) error("a run that fails must be the file's last");
    for (unsigned column = 0; column < run.outputs; ++column) {
      bool can_fail = false;
      for (const Row& row : run.rows) {
        can_fail |= column < row.outputs.size() && row.outputs[column].kind != ExpectedValue::Kind::Anything;
      }
      if (!can_fail && !must_fail) error(run.entry + ": no row expects anything of column " + std::to_string(column));
    }
  }

  TestFile& file_;
  unsigned number_ = 0;
};

}  // namespace

TestFile read_test_file(const std::string& path) {
  TestFile file;
  file.path = path;
  std::ifstream stream(path);
  file.text = std::string(std::istreambuf_iterator<char>(stream), {});
  if (file.text.empty())
    file.errors.push_back("cannot be read, or is empty");
  else
    Reader(file).read();
  return file;
}
