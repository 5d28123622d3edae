// zlib, and those of its macros that Swift's importer cannot see.
#ifndef APUS_CZLIB_H
#define APUS_CZLIB_H
#include <zlib.h>

// A stream that writes gzip (RFC 1952); `window` and `memory` are zlib's window bits and level.
static inline int zlib_start_gzip(z_stream *stream, int level, int window, int memory) {
  return deflateInit2(stream, level, Z_DEFLATED, window + 16, memory, Z_DEFAULT_STRATEGY);
}

// A stream that reads gzip.
static inline int zlib_start_gunzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
#endif
