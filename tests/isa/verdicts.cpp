// Says what our parser and verifier make of PTX modules: reads them from the standard input, each ended by a line
// "////", and prints one line for each: "accepted", or why not.
#include <iostream>
#include <string>

#include "src/ptx/parse.h"

namespace {

std::string verdict(const std::string& text) {
  auto module = qiao::ptx::parse(text);
  if (!module.ok()) return module.error().message;
  for (const auto& function : module->functions) {
    if (!function.unusable.empty()) return function.unusable;
  }
  return "accepted";
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::string text, line;
  while (std::getline(std::cin, line)) {
    if (line != "////") {
      text += line + "\n";
      continue;
    }
    std::string answer = verdict(text);
    for (char& c : answer) c = c == '\n' ? ' ' : c;
    std::cout << answer << '\n';
    text.clear();
  }
  return 0;
}
