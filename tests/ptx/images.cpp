#include "images.h"

#include <cstring>
#include <sstream>
#include <vector>

namespace {

// As cuda.h lays them out.
struct ArrayDescriptor {
  std::size_t width, height, depth;
  int format;
  unsigned channels, flags;
};
struct Copy3d {
  std::size_t from_x, from_y, from_z, from_lod;
  unsigned from_type;
  const void* from_host;
  CUdeviceptr from_device;
  void* from_array;
  void* reserved0;
  std::size_t from_pitch, from_height;
  std::size_t to_x, to_y, to_z, to_lod;
  unsigned to_type;
  void* to_host;
  CUdeviceptr to_device;
  void* to_array;
  void* reserved1;
  std::size_t to_pitch, to_height;
  std::size_t bytes, height, depth;
};
struct ResourceDescriptor {
  unsigned type = 0;
  union {
    void* array;
    struct {
      CUdeviceptr address;
      int format;
      unsigned channels;
      std::size_t bytes_or_width, height, pitch;
    } memory;
    int reserved[32] = {};
  };
  unsigned flags = 0;
};
struct TextureDescriptor {
  int address[3] = {1, 1, 1};
  int filter = 0;
  unsigned flags = 0, anisotropy = 0;
  int mipmap_filter = 0;
  float bias = 0, least = 0, most = 0;
  float border[4] = {};
  int reserved[12] = {};
};

constexpr unsigned kLayered = 1, kSurface = 2, kCube = 4, kHost = 1, kArray = 3;
constexpr unsigned kAsInteger = 1, kNormalized = 2, kSrgb = 16;
constexpr unsigned kResourceArray = 0, kResourceMipmapped = 1, kResourceLinear = 2, kResourcePitched = 3;
constexpr std::size_t kPitch = 512;

struct Functions {
  explicit Functions() {
    const DriverFunctions find(Lookup::Symbols);
    find(array_create, "cuArray3DCreate", "cuArray3DCreate_v2");
    find(mipmapped_create, "cuMipmappedArrayCreate", "cuMipmappedArrayCreate");
    find(get_level, "cuMipmappedArrayGetLevel", "cuMipmappedArrayGetLevel");
    find(copy, "cuMemcpy3D", "cuMemcpy3D_v2");
    find(texture_create, "cuTexObjectCreate", "cuTexObjectCreate");
    find(surface_create, "cuSurfObjectCreate", "cuSurfObjectCreate");
  }
  CUresult (*array_create)(void**, const ArrayDescriptor*);
  CUresult (*mipmapped_create)(void**, const ArrayDescriptor*, unsigned);
  CUresult (*get_level)(void**, void*, unsigned);
  CUresult (*copy)(const Copy3d*);
  CUresult (*texture_create)(std::uint64_t*, const ResourceDescriptor*, const TextureDescriptor*, const void*);
  CUresult (*surface_create)(std::uint64_t*, const ResourceDescriptor*);
};

class Maker {
 public:
  Maker(const Driver& driver, const Image& image) : driver_(driver), image_(image) {}

  CUresult make(std::uint64_t& handle) {
    read_shape();
    const std::string& geometry = image_.words.at("geometry");
    ResourceDescriptor resource;
    if (geometry == "linear" || geometry == "pitch") {
      make_memory(resource, geometry == "linear");
    } else if (has("levels")) {
      make_levels(resource);
    } else {
      resource.type = kResourceArray;
      must(driver_, functions_.array_create(&resource.array, &shape_));
      fill_array(resource.array, shape_);
    }
    if (has("surface")) return functions_.surface_create(&handle, &resource);
    const TextureDescriptor texture = read_sampler();
    return functions_.texture_create(&handle, &resource, &texture, nullptr);
  }

 private:
  bool has(const char* key) const { return image_.words.count(key) != 0; }
  std::string word(const char* key, const char* otherwise) const { return has(key) ? image_.words.at(key) : otherwise; }

  void read_shape() {
    const std::string& geometry = image_.words.at("geometry");
    std::vector<std::size_t> size;
    std::istringstream parts(image_.words.at("size"));
    for (std::string part; std::getline(parts, part, 'x');) size.push_back(std::strtoul(part.c_str(), nullptr, 10));
    size.resize(3);
    const bool a1d = geometry == "a1d";
    shape_ = {size[0], a1d ? 0 : size[1], a1d ? size[1] : size[2], 0, 0, 0};
    if (geometry == "a1d" || geometry == "a2d" || geometry == "acube") shape_.flags |= kLayered;
    if (geometry == "cube" || geometry == "acube") shape_.flags |= kCube;
    if (has("surface")) shape_.flags |= kSurface;
    const std::string& format = image_.words.at("format");
    bits_ = static_cast<unsigned>(std::strtoul(format.c_str() + 1, nullptr, 10));
    shape_.channels = static_cast<unsigned>(std::strtoul(format.c_str() + format.find('x') + 1, nullptr, 10));
    const int width = bits_ == 8 ? 0 : bits_ == 16 ? 1 : 2;
    shape_.format = format[0] == 'u' ? 1 + width : format[0] == 's' ? 8 + width : bits_ == 16 ? 16 : 32;
  }

  // The next element's channel: see images.h.
  void append(std::vector<unsigned char>& bytes) {
    const std::uint32_t word = ++count_ * 2654435761u;
    std::uint32_t value = word >> (32 - bits_);
    if (image_.words.at("format")[0] == 'f' && bits_ == 32) {
      const float number = static_cast<float>(word >> 20) / 16 - 128;
      std::memcpy(&value, &number, sizeof value);
    } else if (image_.words.at("format")[0] == 'f') {
      value = half_of(static_cast<int>(word >> 24) - 128);
    }
    if (has("zero")) value = 0;
    for (unsigned i = 0; i < bits_ / 8; ++i) bytes.push_back(static_cast<unsigned char>(value >> (8 * i)));
  }

  // eighths / 8 as f16, of less than 11 bits.
  static std::uint32_t half_of(int eighths) {
    if (eighths == 0) return 0;
    const unsigned sign = eighths < 0 ? 0x8000 : 0;
    auto magnitude = static_cast<unsigned>(eighths < 0 ? -eighths : eighths);
    unsigned exponent = 15 - 3 + 10;
    for (; magnitude < 1024; magnitude <<= 1) --exponent;
    return sign | exponent << 10 | (magnitude & 1023);
  }

  std::vector<unsigned char> rows(std::size_t width, std::size_t height, std::size_t pitch) {
    std::vector<unsigned char> all;
    for (std::size_t y = 0; y < height; ++y) {
      for (std::size_t i = 0; i < width * shape_.channels; ++i) append(all);
      if (pitch != 0) all.resize((y + 1) * pitch);
    }
    return all;
  }

  void fill_array(void* array, const ArrayDescriptor& shape) {
    const std::size_t height = shape.height == 0 ? 1 : shape.height, depth = shape.depth == 0 ? 1 : shape.depth;
    const std::vector<unsigned char> data = rows(shape.width, height * depth, 0);
    Copy3d copy{};
    copy.from_type = kHost;
    copy.from_host = data.data();
    copy.from_pitch = copy.bytes = shape.width * shape.channels * bits_ / 8;
    copy.from_height = copy.height = height;
    copy.depth = depth;
    copy.to_type = kArray;
    copy.to_array = array;
    must(driver_, functions_.copy(&copy));
  }

  void make_levels(ResourceDescriptor& resource) {
    const auto levels = static_cast<unsigned>(std::stoul(image_.words.at("levels")));
    resource.type = kResourceMipmapped;
    must(driver_, functions_.mipmapped_create(&resource.array, &shape_, levels));
    const bool slices = (shape_.flags & (kLayered | kCube)) != 0;
    ArrayDescriptor shape = shape_;
    auto halve = [](std::size_t& extent) { extent = extent > 1 ? extent / 2 : extent; };
    for (unsigned i = 0; i < levels; ++i) {
      void* level = nullptr;
      must(driver_, functions_.get_level(&level, resource.array, i));
      fill_array(level, shape);
      halve(shape.width);
      halve(shape.height);
      if (!slices) halve(shape.depth);
    }
  }

  void make_memory(ResourceDescriptor& resource, bool linear) {
    const std::size_t height = shape_.height == 0 ? 1 : shape_.height;
    const std::vector<unsigned char> data = rows(shape_.width, height, linear ? 0 : kPitch);
    resource.type = linear ? kResourceLinear : kResourcePitched;
    resource.memory = {0, shape_.format, shape_.channels, linear ? data.size() : shape_.width, height, kPitch};
    must(driver_, driver_.mem_alloc(&resource.memory.address, data.size()));
    must(driver_, driver_.memcpy_to_device(resource.memory.address, data.data(), data.size()));
  }

  TextureDescriptor read_sampler() const {
    TextureDescriptor texture;
    const std::string address = word("address", "clamp");
    const int mode = address == "wrap" ? 0 : address == "clamp" ? 1 : address == "mirror" ? 2 : 3;
    for (int& each : texture.address) each = mode;
    texture.filter = word("filter", "point") == "linear";
    texture.mipmap_filter = word("mipfilter", "point") == "linear";
    texture.flags = (has("float") ? 0 : kAsInteger) | (has("normalized") ? kNormalized : 0) | (has("srgb") ? kSrgb : 0);
    texture.bias = std::stof(word("bias", "0"));
    texture.least = std::stof(word("least", "0"));
    texture.most = std::stof(word("most", "0"));
    std::istringstream parts(word("border", "0,0,0,0"));
    std::string part;
    for (int i = 0; i < 4 && std::getline(parts, part, ','); ++i) texture.border[i] = std::stof(part);
    return texture;
  }

  const Driver& driver_;
  const Image& image_;
  const Functions functions_;
  ArrayDescriptor shape_{};
  unsigned bits_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace

std::string parse_image(const std::string& text, Image& image) {
  constexpr const char* kKnown[] = {"geometry", "size",   "format",  "levels", "filter", "mipfilter",
                                    "address",  "border", "bias",    "least",  "most",   "normalized",
                                    "float",    "srgb",   "surface", "zero"};
  std::istringstream words(text);
  words >> image.name;
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    bool known = false;
    for (const char* one : kKnown) known |= key == one;
    if (!known) return "'" + word + "' says nothing about an image";
    image.words[key] = equals == word.npos ? "" : word.substr(equals + 1);
  }
  for (const char* key : {"geometry", "size", "format"}) {
    if (image.words.count(key) == 0) return "an image without " + std::string(key) + "=";
  }
  return "";
}

CUresult make_image(const Driver& driver, CUmodule module, const Image& image) {
  std::uint64_t handle = 0;
  if (CUresult status = Maker(driver, image).make(handle); status != kSuccess) return status;
  CUdeviceptr variable = 0;
  std::size_t bytes = 0;
  if (CUresult status = driver.module_get_global(&variable, &bytes, module, image.name.c_str()); status != kSuccess)
    return status;
  return driver.memcpy_to_device(variable, &handle, sizeof handle);
}
