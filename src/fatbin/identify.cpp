// Telling a module's four forms apart by their first bytes, and finding where each ends.
#include <algorithm>
#include <charconv>

#include "src/fatbin/container.h"
#include "src/fatbin/elf.h"
#include "src/fatbin/format.h"
#include "src/fatbin/mapped.h"

namespace qiao::fatbin {
namespace {

constexpr std::uint32_t kElfMagic = 0x464c457f;

Error bad(const std::string& what) {
  return invalid(Code::InvalidImage, "invalid image: " + what);
}

// PTX has no magic number: text that reaches a `.version` directive after blanks and comments is PTX.
bool looks_like_ptx(std::string_view text) {
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n\f\v"), text.size()));
    const bool line = text.starts_with("//");
    if (!line && !text.starts_with("/*")) return text.starts_with(".version");
    const std::string_view close = line ? "\n" : "*/";
    const std::size_t end = text.find(close, 2);
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + close.size());
  }
}

// `.target sm_90a, debug`: enough for choosing; the PTX parser checks the directive itself.
void read_target(std::string_view text, Image& image) {
  constexpr std::string_view kDirective = ".target";
  const std::size_t at = text.find(kDirective);
  if (at == std::string_view::npos) return;
  const std::string_view line = text.substr(at, text.find('\n', at) - at);
  const std::size_t digits = line.find("sm_");
  if (digits == std::string_view::npos) return;
  const char* end = line.data() + line.size();
  const auto parsed = std::from_chars(line.data() + digits + 3, end, image.sm);
  image.arch_specific = parsed.ptr != end && *parsed.ptr == 'a';
  image.family_specific = parsed.ptr != end && *parsed.ptr == 'f';
  image.debug = line.find("debug") != std::string_view::npos;
}

LoadedImage single(Form form, Image image, Bytes stored) {
  image.stored = stored;
  image.size = stored.size();
  return {form, {std::move(image)}, {}};
}

Result<LoadedImage> identify_cubin(Bytes bytes) {
  const auto size = elf_size(bytes);
  if (!size) return size.error();
  Image image;
  image.kind = Kind::Elf;
  image.sm = elf_sm(*read<Elf64_Ehdr>(bytes, 0));
  return single(Form::Cubin, std::move(image), bytes.first(*size));
}

Result<LoadedImage> identify_text(Bytes bytes) {
  if (!looks_like_ptx(text(bytes))) {
    return bad("neither a fatbin, nor a cubin, nor PTX text (which begins with .version)");
  }
  Image image;
  image.kind = Kind::Ptx;
  read_target(text(bytes), image);
  return single(Form::Ptx, std::move(image), bytes);
}

// Byte by byte, because a short text ends before a magic number would: the byte after its NUL is not ours to read.
bool has_magic(const void* data, std::uint32_t magic) {
  for (std::size_t i = 0; i < sizeof(magic); ++i) {
    const auto byte = read<std::uint8_t>(mapped(static_cast<const std::byte*>(data) + i, 1), 0);
    if (byte != static_cast<std::uint8_t>(magic >> (8 * i))) return false;
  }
  return true;
}

// The text at `data` up to its NUL, read page by page so that a missing NUL ends at the last mapped byte.
Bytes text_at(const void* data) {
  constexpr std::uint64_t kStep = std::uint64_t{1} << 20;
  for (std::uint64_t wanted = 4096; wanted <= kMaxPayload; wanted = std::max(wanted * 2, kStep)) {
    const Bytes bytes = mapped(data, wanted);
    const std::size_t nul = text(bytes).find('\0');
    if (nul != std::string_view::npos) return bytes.first(nul);
    if (bytes.size() < wanted) return bytes;
  }
  return {};
}

}  // namespace

Result<LoadedImage> identify(Bytes bytes) {
  if (read<std::uint32_t>(bytes, 0) == kFatbinMagic) {
    auto images = read_fatbin(bytes);
    if (!images) return images.error();
    return LoadedImage{Form::Fatbin, std::move(*images), {}};
  }
  if (is_elf(bytes)) return identify_cubin(bytes);
  return identify_text(bytes.first(std::min(text(bytes).find('\0'), bytes.size())));
}

Result<LoadedImage> identify(const void* data) {
  if (mapped(data, 1).empty()) return bad("not in mapped memory");
  if (has_magic(data, kWrapperMagic)) {
    auto wrapper = read_wrapper(data);
    if (!wrapper) return wrapper.error();
    return LoadedImage{Form::Wrapper, std::move(wrapper->images), std::move(wrapper->relocatable)};
  }
  if (has_magic(data, kFatbinMagic)) {
    auto images = read_fatbin(data);
    if (!images) return images.error();
    return LoadedImage{Form::Fatbin, std::move(*images), {}};
  }
  // A cubin's extent is in its section headers, which lie anywhere: look as far as memory goes.
  if (has_magic(data, kElfMagic)) return identify_cubin(mapped(data, kMaxPayload));
  return identify_text(text_at(data));
}

}  // namespace qiao::fatbin
