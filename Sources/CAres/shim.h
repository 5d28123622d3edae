#include <ares.h>

// c-ares's macro for "no descriptor", which Swift does not import.
static const ares_socket_t ares_no_socket = ARES_SOCKET_BAD;
