// A program without CUDA of its own, linked to a shared object that has it.
extern "C" int run_squares();

int main() {
  return run_squares();
}
