// Attributes of streams in the driver API.
#include "shim/common/stream_attributes.h"
#include "shim/common/streams.h"

namespace qiao::shim {
namespace {

constexpr DefaultStream kLegacy = DefaultStream::Legacy, kThread = DefaultStream::PerThread;

template <class Body>
CUresult on_stream(CUstream handle, DefaultStream kind, Body body) {
  return in_driver_context([&](runtime::Context& context) { return with_stream(context, handle, kind, body); });
}

CUresult set(CUstream stream, int attribute, const CUstreamAttrValue* value, DefaultStream kind) {
  return on_stream(stream, kind, [&](runtime::Stream& where) { return set_stream_attribute(where, attribute, value); });
}

CUresult get(CUstream stream, int attribute, CUstreamAttrValue* value, DefaultStream kind) {
  return on_stream(stream, kind, [&](runtime::Stream& where) { return get_stream_attribute(where, attribute, value); });
}

CUresult copy(CUstream to, CUstream from, DefaultStream kind) {
  return on_stream(from, kind, [&](runtime::Stream& source) -> Result<void> {
    return with_stream(source.context(), to, kind,
                       [&](runtime::Stream& target) { return copy_stream_attributes(target, source); });
  });
}

}  // namespace

CUresult Driver::cuStreamSetAttribute(CUstream stream, CUstreamAttrID attribute, const CUstreamAttrValue* value) {
  return set(stream, static_cast<int>(attribute), value, kLegacy);
}
CUresult Driver::cuStreamGetAttribute(CUstream stream, CUstreamAttrID attribute, CUstreamAttrValue* value) {
  return get(stream, static_cast<int>(attribute), value, kLegacy);
}
CUresult Driver::cuStreamCopyAttributes(CUstream to, CUstream from) {
  return copy(to, from, kLegacy);
}
CUresult Driver::cuStreamSetAttribute_ptsz(CUstream stream, CUstreamAttrID attribute, const CUstreamAttrValue* value) {
  return set(stream, static_cast<int>(attribute), value, kThread);
}
CUresult Driver::cuStreamGetAttribute_ptsz(CUstream stream, CUstreamAttrID attribute, CUstreamAttrValue* value) {
  return get(stream, static_cast<int>(attribute), value, kThread);
}
CUresult Driver::cuStreamCopyAttributes_ptsz(CUstream to, CUstream from) {
  return copy(to, from, kThread);
}

}  // namespace qiao::shim
