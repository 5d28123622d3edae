// As in CLinux.h: modules that share system headers must see the same definitions.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <ares.h>
