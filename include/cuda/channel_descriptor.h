// cudaCreateChannelDesc<T>().
#pragma once

#include "cuda_runtime_api.h"

template <class T>
inline cudaChannelFormatDesc cudaCreateChannelDesc() {
  return cudaCreateChannelDesc(0, 0, 0, 0, cudaChannelFormatKindNone);
}

#define QIAO_CHANNEL(type, bits, kind)                                        \
  template <>                                                                 \
  inline cudaChannelFormatDesc cudaCreateChannelDesc<type>() {                \
    return cudaCreateChannelDesc(bits, 0, 0, 0, cudaChannelFormatKind##kind); \
  }
#define QIAO_CHANNELS(type, bits, kind)                                                \
  template <>                                                                          \
  inline cudaChannelFormatDesc cudaCreateChannelDesc<type##1>() {                      \
    return cudaCreateChannelDesc(bits, 0, 0, 0, cudaChannelFormatKind##kind);          \
  }                                                                                    \
  template <>                                                                          \
  inline cudaChannelFormatDesc cudaCreateChannelDesc<type##2>() {                      \
    return cudaCreateChannelDesc(bits, bits, 0, 0, cudaChannelFormatKind##kind);       \
  }                                                                                    \
  template <>                                                                          \
  inline cudaChannelFormatDesc cudaCreateChannelDesc<type##4>() {                      \
    return cudaCreateChannelDesc(bits, bits, bits, bits, cudaChannelFormatKind##kind); \
  }
QIAO_CHANNEL(char, 8, Signed)
QIAO_CHANNEL(signed char, 8, Signed)
QIAO_CHANNEL(unsigned char, 8, Unsigned)
QIAO_CHANNEL(short, 16, Signed)
QIAO_CHANNEL(unsigned short, 16, Unsigned)
QIAO_CHANNEL(int, 32, Signed)
QIAO_CHANNEL(unsigned int, 32, Unsigned)
QIAO_CHANNEL(float, 32, Float)
QIAO_CHANNELS(char, 8, Signed)
QIAO_CHANNELS(uchar, 8, Unsigned)
QIAO_CHANNELS(short, 16, Signed)
QIAO_CHANNELS(ushort, 16, Unsigned)
QIAO_CHANNELS(int, 32, Signed)
QIAO_CHANNELS(uint, 32, Unsigned)
QIAO_CHANNELS(float, 32, Float)
#undef QIAO_CHANNELS
#undef QIAO_CHANNEL
