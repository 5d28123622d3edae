// A C target needs one source file; the shims themselves are static inline.
#include "CLinux.h"
