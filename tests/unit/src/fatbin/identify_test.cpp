#include <sys/mman.h>
#include <unistd.h>

#include "src/fatbin/container.h"
#include "src/fatbin/format.h"
#include "tests/unit/catch.h"
#include "tests/unit/src/fatbin/samples.h"

using namespace qiao;
using namespace qiao::fatbin;
using namespace qiao::fatbin::test;

namespace {

// Two pages, of which the second is unmapped: whatever lies at the end of the first is cut off as sharply as can be.
class Edge {
 public:
  Edge() : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    base_ =
        static_cast<std::byte*>(mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    munmap(base_ + page_, page_);
  }
  ~Edge() { munmap(base_, page_); }

  const void* put(Bytes bytes) {
    std::byte* at = base_ + page_ - bytes.size();
    std::memcpy(at, bytes.data(), bytes.size());
    return at;
  }

 private:
  std::size_t page_;
  std::byte* base_;
};

}  // namespace

TEST_CASE("a version 1 wrapper leads to its fatbin") {
  const auto bytes = fatbin_of({ptx_image(80, Compression::Zstd)});
  const WrapperHeader header{kWrapperMagic, 1, bytes.data(), nullptr};
  const auto wrapper = read_wrapper(&header);
  REQUIRE(wrapper);
  CHECK(wrapper->images.size() == 1);
  CHECK(wrapper->relocatable.empty());
  CHECK(identify(&header)->form == Form::Wrapper);
}

TEST_CASE("a version 2 wrapper also leads to the fatbin of each unit") {
  const auto linked = fatbin_of({});
  const auto first = fatbin_of({ptx_image(80)});
  const auto second = fatbin_of({ptx_image(90), ptx_image(75)});
  const void* const units[] = {first.data(), second.data(), nullptr};
  const WrapperHeader header{kWrapperMagic, 2, linked.data(), units};
  const auto wrapper = read_wrapper(&header);
  REQUIRE(wrapper);
  CHECK(wrapper->images.empty());
  REQUIRE(wrapper->relocatable.size() == 2);
  CHECK(wrapper->relocatable[1].size() == 2);
}

TEST_CASE("a wrapper with a wrong magic, version or pointer is InvalidImage") {
  const auto bytes = fatbin_of({});
  const WrapperHeader header =
      GENERATE_REF(WrapperHeader{1, 1, bytes.data(), nullptr}, WrapperHeader{kWrapperMagic, 3, bytes.data(), nullptr},
                   WrapperHeader{kWrapperMagic, 1, nullptr, nullptr});
  CHECK(read_wrapper(&header).error().code == Code::InvalidImage);
  CHECK(read_wrapper(nullptr).error().code == Code::InvalidImage);
}

TEST_CASE("a list of units without an end stops where memory does") {
  const auto bytes = fatbin_of({});
  const void* const unit = bytes.data();
  Edge edge;
  const void* units = edge.put(Bytes(reinterpret_cast<const std::byte*>(&unit), sizeof(unit)));
  const WrapperHeader header{kWrapperMagic, 2, bytes.data(), static_cast<const void* const*>(units)};
  CHECK(read_wrapper(&header).error().message == "invalid fatbin: the wrapper's list of units has no end");
}

TEST_CASE("a fatbin in memory is cut where its mapping ends, and no byte beyond is touched") {
  const auto whole = fatbin_of({ptx_image(80, Compression::Lz4), ptx_image(90)});
  Edge edge;
  CHECK(identify(edge.put(whole))->form == Form::Fatbin);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CHECK(identify(edge.put(Bytes(whole).first(size))).error().code == Code::InvalidImage);
  }
}

TEST_CASE("PTX text is known by its first directive, behind blanks and comments") {
  const std::string text = GENERATE(std::string(), "\n\n\n", "// by hand\n", " /* two\nlines */ // and one\r\n") + kPtx;
  const auto loaded = identify(text.c_str());
  REQUIRE(loaded);
  CHECK(loaded->form == Form::Ptx);
  CHECK(loaded->images[0].sm == 80);
  CHECK(*loaded->images[0].ptx() == text);
}

TEST_CASE("the target of PTX text tells its architecture") {
  const auto loaded = identify(".version 8.0\n.target sm_90a, debug\n");
  REQUIRE(loaded);
  CHECK(loaded->images[0].arch() == "sm_90a");
  CHECK(loaded->images[0].debug);
}

TEST_CASE("PTX text that lacks its NUL ends with the memory it lies in") {
  Edge edge;
  const auto loaded = identify(edge.put(to_bytes(kPtx)));
  REQUIRE(loaded);
  CHECK(*loaded->images[0].ptx() == kPtx);
}

TEST_CASE("anything else is InvalidImage") {
  CHECK(identify("hello").error().code == Code::InvalidImage);
  CHECK(identify("").error().code == Code::InvalidImage);
  CHECK(identify("/* no end").error().code == Code::InvalidImage);
  CHECK(identify(Bytes(to_bytes("\177ELF"))).error().code == Code::InvalidImage);
  CHECK(identify(nullptr).error().code == Code::InvalidImage);
  CHECK(identify(reinterpret_cast<const void*>(16)).error().code == Code::InvalidImage);
}
