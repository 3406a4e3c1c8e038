// What a kernel prints arrives on the program's stdout, formatted as the host's printf would, at the next
// synchronisation. One thread's lines keep their order; lines of different threads may come in any order.
#include <unistd.h>

#include <algorithm>
#include <string>

#include "check.h"

__global__ void print_formats() {
  printf("int %d %5d %-5d| %u %x %X %o %c\n", -42, 7, 7, 42u, 255u, 255u, 8u, 'q');
  printf("long %lld %llu %llx\n", -1234567890123LL, 12345678901234567890ULL, 0xabcdef0123456789ULL);
  printf("float %f %.3f %e %g\n", 3.25, 2.0f / 3.0f, 12345.678, 0.0001);
  printf("text %s %10s|%-10s| %%\n", "plain", "right", "left");
  printf("no arguments\n");
}

__global__ void print_threads() {
  printf("block %d thread %d\n", blockIdx.x, threadIdx.x);
}

// Runs `work` with stdout going to a file, and returns what was written there.
template <class Work>
static std::string captured(Work work) {
  std::fflush(stdout);
  std::FILE* file = std::tmpfile();
  int saved = dup(1);
  dup2(fileno(file), 1);
  work();
  std::fflush(stdout);
  dup2(saved, 1);
  close(saved);
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

static std::string expected_formats() {
  char text[1024];
  int used =
      std::snprintf(text, sizeof(text), "int %d %5d %-5d| %u %x %X %o %c\n", -42, 7, 7, 42u, 255u, 255u, 8u, 'q');
  used += std::snprintf(text + used, sizeof(text) - used, "long %lld %llu %llx\n", -1234567890123LL,
                        12345678901234567890ULL, 0xabcdef0123456789ULL);
  used += std::snprintf(text + used, sizeof(text) - used, "float %f %.3f %e %g\n", 3.25, double(2.0f / 3.0f), 12345.678,
                        0.0001);
  used += std::snprintf(text + used, sizeof(text) - used, "text %s %10s|%-10s| %%\n", "plain", "right", "left");
  std::snprintf(text + used, sizeof(text) - used, "no arguments\n");
  return text;
}

static std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t start = 0, end; (end = text.find('\n', start)) != std::string::npos; start = end + 1) {
    lines.push_back(text.substr(start, end - start));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

int main() {
  std::string formats = captured([] {
    print_formats<<<1, 1>>>();
    check::must_launch();
  });
  std::string threads = captured([] {
    print_threads<<<3, 40>>>();
    check::must_launch();
  });
  std::string want_threads;
  for (int i = 0; i < 120; ++i)
    want_threads += "block " + std::to_string(i / 40) + " thread " + std::to_string(i % 40) + "\n";
  long wrong = 0;
  if (formats != expected_formats()) {
    std::fprintf(stderr, "got:\n%sexpected:\n%s", formats.c_str(), expected_formats().c_str());
    ++wrong;
  }
  if (sorted_lines(threads) != sorted_lines(want_threads)) {
    std::fprintf(stderr, "lines of 120 threads: got\n%s", threads.c_str());
    ++wrong;
  }
  return check::verdict("device_printf", wrong);
}
