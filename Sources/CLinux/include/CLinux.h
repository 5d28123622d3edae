// Linux calls and macros that Swift's importer cannot see.
#ifndef APUS_CLINUX_H
#define APUS_CLINUX_H
// No _GNU_SOURCE here: modules that share system headers must see the same definitions, and
// Swift's own modules are built without it. What needs it stands in shim.c.
#include <arpa/inet.h>
#include <crypt.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// errno as a function: Swift's importer does not see the macro in every mode.
static inline int linux_errno(void) { return errno; }

// Waits until a descriptor can be read; returns 0 after so many milliseconds.
static inline int linux_wait_for_reading(int descriptor, int milliseconds) {
  struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
  return poll(&wanted, 1, milliseconds);
}

// Opens a file for reading; a FIFO without a writer does not block.
static inline int linux_open_for_reading(const char *path) {
  return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

// The event loop that runs on this thread; null elsewhere.
extern _Thread_local void *linux_loop_of_thread;
static inline void *linux_current_loop(void) { return linux_loop_of_thread; }
static inline void linux_set_current_loop(void *loop) { linux_loop_of_thread = loop; }

// Takes a Swift job that is to run on the loop of the calling thread.
typedef void (*linux_job_sink)(void *loop, void *job);

// From now on the jobs of a loop's thread go to the sink and not to Swift's global executor; those
// of other threads still go there, and are counted as stray.
void linux_keep_jobs(linux_job_sink sink);
void linux_run_job(void *job);
unsigned long linux_stray_job_count(void);

static inline void linux_set_errno(int code) { errno = code; }

// strerror(3) that is safe between threads; the text may live in `room`.
const char *linux_error_text(int code, char *room, size_t size);

// Puts one descriptor in the place of another, closed on exec.
int linux_replace_descriptor(int descriptor, int place);

// crypt_r(3): the hash of a password by the method and the salt of another hash.
// Returns the errno of a failure; 0 where `room` holds the hash.
int linux_crypt(const char *password, const char *hash, char *room, size_t size);

// The number of the calling thread.
int linux_thread(void);

// open(2) of a log file, which is created where it is missing.
static inline int linux_open_for_appending(const char *path) {
  return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

// open(2) of a file in which a part is written anew.
static inline int linux_open_for_rewriting(const char *path) {
  return open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
}

// The bytes that are free on a file system for everybody; -1 where it cannot tell.
static inline long long linux_free_bytes(const char *path) {
  struct statvfs facts;
  if (statvfs(path, &facts) != 0) return -1;
  return (long long)facts.f_bavail * (long long)facts.f_frsize;
}

// open(2) of a file that must not exist yet.
static inline int linux_create_exclusively(const char *path) {
  return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

// flock(2) of a whole file, for the life of the descriptor; waits for who has it, or fails.
static inline int linux_lock(int descriptor, int waits) {
  int result;
  do {
    result = flock(descriptor, LOCK_EX | (waits ? 0 : LOCK_NB));
  } while (result < 0 && errno == EINTR);
  return result;
}

// A new non-blocking stream socket.
static inline int linux_stream_socket(int family) {
  return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

// Two connected non-blocking Unix sockets.
static inline int linux_stream_pair(int pair[2]) {
  return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair);
}

// A new non-blocking datagram socket.
static inline int linux_datagram_socket(int family) {
  return socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static inline ssize_t linux_receive_from(
    int descriptor, void *bytes, size_t size, struct sockaddr_storage *peer, socklen_t *length) {
  *length = sizeof(*peer);
  return recvfrom(descriptor, bytes, size, 0, (struct sockaddr *)peer, length);
}

static inline ssize_t linux_send_to(
    int descriptor, const void *bytes, size_t count, const struct sockaddr_storage *peer,
    socklen_t length) {
  return sendto(descriptor, bytes, count, MSG_NOSIGNAL, (const struct sockaddr *)peer, length);
}

// accept4(2) with a non-blocking, close-on-exec descriptor.
int linux_accept(int listener, struct sockaddr_storage *address, socklen_t *length);

// Whether a descriptor can be read, or a listening socket has a connection that waits.
int linux_is_readable(int descriptor);

// A file without a name, in memory.
int linux_memory_file(const char *name);

// The same, to be sealed with linux_seal: nobody can change its content then.
int linux_sealable_file(const char *name);
int linux_seal(int descriptor);

// Sends bytes, and descriptors with the first of them; SIGPIPE is not raised.
ssize_t linux_send_descriptors(
    int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count);

// The most descriptors that one call sends or receives; the kernel's SCM_MAX_FD is 253.
#define LINUX_MAXIMUM_DESCRIPTORS 250

// Receives bytes, and descriptors that are closed on exec: as many as the count says, which is 253
// at most, and becomes how many came. Where there were more, or this process has no room for them,
// all of them are closed, and are_lost becomes 1.
ssize_t linux_receive_descriptors(
    int socket, void *bytes, size_t size, int waits, int *descriptors, size_t *descriptor_count,
    int *are_lost);

// Two connected Unix sockets that block.
int linux_control_pair(int pair[2]);

// The number of the process, the user and the group at the other end of a Unix socket.
int linux_peer_credentials(int socket, pid_t *process, uid_t *user, gid_t *group);

// Listens at, and connects to, a name of the abstract namespace of Unix sockets.
int linux_listen_abstract(const char *name);
int linux_connect_abstract(const char *name);

// Sets how long sending and receiving may take; 0 is no limit.
int linux_limit_transfer(int socket, int seconds);

// Runs this program's own binary as another process: `argv` and `environment` end with null,
// `channel` becomes descriptor 3. Returns its number, or -1.
pid_t linux_run_again(char *const argv[], char *const environment[], int channel);

// Runs a binary that may differ from this one; the descriptors listed stay open in it.
pid_t linux_run_binary(
    const char *path, char *const argv[], char *const environment[], const int *kept,
    size_t kept_count);

// The name of this thread, which lists of processes show for the first one.
void linux_name_thread(const char *name);

// What lists of processes show in place of the command line; cut where there is no room for it.
// Pointers into the environment that were taken before lead to the name from then on. Call it
// before the first thread is started.
void linux_name_process(const char *name);

// The process ends at once when the one that has started it does.
void linux_end_with_parent(void);

// The variables of the environment; ends with null.
char **linux_environment(void);

// Reaps a child that has ended, or any for -1: its number, or 0 where there is none. `waits` waits
// for its end. `code` is its exit code and `signal` the number of the signal that ended it, or 0.
pid_t linux_reap(pid_t process, int waits, int *code, int *signal, int *dumped_core);

// Lets this process hear how its children end, even if whoever started it did not want to of his.
static inline void linux_hear_children(void) { signal(SIGCHLD, SIG_DFL); }

// Sends a message to a Unix datagram socket, of the abstract namespace where the name begins
// with @; see sd_notify(3).
int linux_notify(const char *name, const char *text);

// Another descriptor of the same file, closed on exec.
static inline int linux_copy_descriptor(int descriptor) {
  return fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
}

// Lets calls on a descriptor block.
static inline int linux_block(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
}

// Puts a copy of a descriptor in the place of another; it stays open on exec.
static inline int linux_replace_inherited(int place, int descriptor) {
  return dup2(descriptor, place);
}

// The flags of a descriptor, such as FD_CLOEXEC; -1 where it is not open.
static inline int linux_descriptor_flags(int descriptor) { return fcntl(descriptor, F_GETFD); }

static inline int linux_close_on_exec(int descriptor, int closes) {
  return fcntl(descriptor, F_SETFD, closes ? FD_CLOEXEC : 0);
}

// Whether a descriptor is a socket that listens.
static inline int linux_is_listening(int descriptor) {
  int value = 0;
  socklen_t length = sizeof(value);
  return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value;
}

// The soft limit of open descriptors.
static inline unsigned long linux_descriptor_limit(void) {
  struct rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (unsigned long)limit.rlim_cur : 0;
}

// The device and the number of a file.
static inline int linux_file_identity(const char *path, unsigned long long identity[2]) {
  struct stat information;
  if (stat(path, &information) < 0) return -1;
  identity[0] = information.st_dev;
  identity[1] = information.st_ino;
  return 0;
}

// Whether something is there that is no regular file, such as a device.
static inline int linux_is_other_than_file(const char *path) {
  struct stat information;
  return stat(path, &information) == 0 && !S_ISREG(information.st_mode);
}

// Returns memory that is free to the system.
void linux_trim_memory(void);

// Returns the pages of the program's code and constants to the system. What is needed of them comes
// back from the kernel's cache of the file; what only a start or a reload needed stays away.
void linux_release_program(void);

//
// glibc's functions are cancellation points, which costs a program with threads two locked
// instructions each; nobody cancels threads here.
static inline ssize_t linux_send(int descriptor, const void *bytes, size_t count) {
  return syscall(SYS_sendto, descriptor, bytes, count, MSG_NOSIGNAL, NULL, 0);
}

// The same, where the next bytes follow at once: the kernel may put both into one packet.
static inline ssize_t linux_send_first(int descriptor, const void *bytes, size_t count) {
  return syscall(SYS_sendto, descriptor, bytes, count, MSG_NOSIGNAL | MSG_MORE, NULL, 0);
}

// recv(2), likewise.
static inline ssize_t linux_receive(int descriptor, void *room, size_t count) {
  return syscall(SYS_recvfrom, descriptor, room, count, 0, NULL, NULL);
}

// Sends that reach the kernel together (ring.c). A ring belongs to one thread.
typedef struct linux_ring linux_ring;

// A ring for up to `capacity` sends at a time, a power of two; NULL where the kernel has no
// io_uring(7), a policy refuses it, or there is no room, and `errno` says which.
linux_ring *linux_ring_open(unsigned capacity);
void linux_ring_close(linux_ring *ring);

// Adds a send to the next call of linux_ring_send(); the bytes must stay where they are until then.
void linux_ring_add_send(linux_ring *ring, int descriptor, const void *bytes, size_t count);

// Makes the sends that were added, in their order, and returns when the kernel is done with all of
// them. results[n] is what send(2) would return for the send that was added as number n, or an
// error's number, negative; -ECANCELED where the kernel did not take it.
// Returns 0, or why the kernel did not take all.
int linux_ring_send(linux_ring *ring, int *results);

// send(2) that announces more bytes to come.
static inline ssize_t linux_send_more(int descriptor, const void *bytes, size_t count) {
  return send(descriptor, bytes, count, MSG_NOSIGNAL | MSG_MORE);
}

static inline ssize_t linux_send_vectors(int descriptor, struct iovec *vectors, size_t count) {
  struct msghdr message = {.msg_iov = vectors, .msg_iovlen = count};
  return sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

static inline int linux_set_option(int descriptor, int level, int name, int value) {
  return setsockopt(descriptor, level, name, &value, sizeof(value));
}

// Makes close(2) send a reset.
static inline void linux_reset_on_close(int descriptor) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

// An integer socket option; -1 where there is none.
static inline int linux_option(int descriptor, int level, int name) {
  int value = 0;
  socklen_t length = sizeof(value);
  return getsockopt(descriptor, level, name, &value, &length) < 0 ? -1 : value;
}

// The pending error of a socket, which reading clears; 0 where there is none.
static inline int linux_socket_error(int descriptor) {
  int value = 0;
  socklen_t length = sizeof(value);
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &length) < 0 ? errno : value;
}

static inline int linux_peer(int descriptor, struct sockaddr_storage *address, socklen_t *length) {
  *length = sizeof(*address);
  return getpeername(descriptor, (struct sockaddr *)address, length);
}

static inline int linux_local(int descriptor, struct sockaddr_storage *address, socklen_t *length) {
  *length = sizeof(*address);
  return getsockname(descriptor, (struct sockaddr *)address, length);
}

static inline int linux_bind(
    int descriptor, const struct sockaddr_storage *address, socklen_t length) {
  return bind(descriptor, (const struct sockaddr *)address, length);
}

static inline int linux_connect(
    int descriptor, const struct sockaddr_storage *address, socklen_t length) {
  return connect(descriptor, (const struct sockaddr *)address, length);
}

static inline int linux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

static inline int linux_epoll(void) { return epoll_create1(EPOLL_CLOEXEC); }

// Registers a descriptor, edge-triggered, for reading and hang-ups, and for writing where asked.
static inline int linux_epoll_add(
    int poller, int descriptor, unsigned long long token, int writes) {
  struct epoll_event event = {
      .events = EPOLLIN | (writes ? EPOLLOUT : 0) | EPOLLRDHUP | EPOLLET, .data = {.u64 = token}};
  return epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

// Adds writing to what a descriptor of linux_epoll_add is watched for.
static inline int linux_epoll_watch_writing(
    int poller, int descriptor, unsigned long long token) {
  struct epoll_event event = {
      .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = token}};
  return epoll_ctl(poller, EPOLL_CTL_MOD, descriptor, &event);
}

// Registers a listening socket, level-triggered; `exclusive` wakes one of several pollers.
static inline int linux_epoll_add_listener(
    int poller, int descriptor, unsigned long long token, int exclusive) {
  struct epoll_event event = {
      .events = EPOLLIN | (exclusive ? EPOLLEXCLUSIVE : 0), .data = {.u64 = token}};
  return epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

// Registers a descriptor of somebody else's, level-triggered.
static inline int linux_epoll_add_level(
    int poller, int descriptor, unsigned long long token, int reads, int writes) {
  struct epoll_event event = {
      .events = (reads ? EPOLLIN : 0) | (writes ? EPOLLOUT : 0), .data = {.u64 = token}};
  return epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

static inline int linux_epoll_remove(int poller, int descriptor) {
  return epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, NULL);
}

static inline unsigned long long linux_event_token(const struct epoll_event *event) {
  return event->data.u64;
}

// CLOCK_MONOTONIC or CLOCK_REALTIME in milliseconds.
static inline unsigned long long linux_milliseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (unsigned long long)time.tv_sec * 1000 + (unsigned long long)time.tv_nsec / 1000000;
}

// Fills in socket addresses; numbers in host order. Each returns the length of the address.
static inline socklen_t linux_fill_v4(struct sockaddr_storage *room, uint32_t host, uint16_t port) {
  struct sockaddr_in *address = (struct sockaddr_in *)room;
  memset(room, 0, sizeof(*room));
  address->sin_family = AF_INET;
  address->sin_port = htons(port);
  address->sin_addr.s_addr = htonl(host);
  return sizeof(*address);
}

static inline socklen_t linux_fill_v6(
    struct sockaddr_storage *room, uint64_t high, uint64_t low, uint32_t scope, uint16_t port) {
  struct sockaddr_in6 *address = (struct sockaddr_in6 *)room;
  memset(room, 0, sizeof(*room));
  address->sin6_family = AF_INET6;
  address->sin6_port = htons(port);
  address->sin6_scope_id = scope;
  for (int index = 0; index < 8; index++) {
    address->sin6_addr.s6_addr[index] = (uint8_t)(high >> (56 - index * 8));
    address->sin6_addr.s6_addr[index + 8] = (uint8_t)(low >> (56 - index * 8));
  }
  return sizeof(*address);
}

static inline socklen_t linux_fill_unix(
    struct sockaddr_storage *room, const void *path, size_t count) {
  struct sockaddr_un *address = (struct sockaddr_un *)room;
  memset(room, 0, sizeof(*room));
  address->sun_family = AF_UNIX;
  if (count > sizeof(address->sun_path) - 1) count = sizeof(address->sun_path) - 1;
  memcpy(address->sun_path, path, count);
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + count + 1);
}

static inline uint32_t linux_v4_host(const struct sockaddr_storage *room) {
  return ntohl(((const struct sockaddr_in *)room)->sin_addr.s_addr);
}

static inline uint16_t linux_port(const struct sockaddr_storage *room) {
  return ntohs(
      room->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)room)->sin6_port
                                  : ((const struct sockaddr_in *)room)->sin_port);
}

// Half of an IPv6 address: bytes `from` to `from + 7`.
static inline uint64_t linux_v6_half(const struct sockaddr_storage *room, int from) {
  uint64_t half = 0;
  for (int index = from; index < from + 8; index++)
    half = half << 8 | ((const struct sockaddr_in6 *)room)->sin6_addr.s6_addr[index];
  return half;
}

static inline uint32_t linux_v6_scope(const struct sockaddr_storage *room) {
  return ((const struct sockaddr_in6 *)room)->sin6_scope_id;
}

// The path of a Unix socket; empty where it has none.
static inline const char *linux_unix_path(
    const struct sockaddr_storage *room, socklen_t length, size_t *count) {
  const struct sockaddr_un *address = (const struct sockaddr_un *)room;
  size_t begin = offsetof(struct sockaddr_un, sun_path);
  *count = length > begin ? strnlen(address->sun_path, length - begin) : 0;
  return address->sun_path;
}

// An IPv6 address from its text; 0 where it is none.
static inline int linux_parse_v6(const char *text, struct sockaddr_storage *room) {
  memset(room, 0, sizeof(*room));
  room->ss_family = AF_INET6;
  return inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)room)->sin6_addr) == 1;
}

static inline const char *linux_v6_text(
    const struct sockaddr_storage *room, char *text, socklen_t size) {
  return inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)room)->sin6_addr, text, size);
}

// The addresses of a name by the system's resolver; 0, or the error of getaddrinfo(3).
static inline int linux_addresses(const char *name, struct addrinfo **found) {
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  return getaddrinfo(name, NULL, &hints, found);
}

static inline struct sockaddr_storage linux_storage(
    const struct sockaddr *address, socklen_t length) {
  struct sockaddr_storage storage;
  memset(&storage, 0, sizeof(storage));
  memcpy(&storage, address, length < sizeof(storage) ? length : sizeof(storage));
  return storage;
}

// Opens /dev/null in the place of each of the descriptors 0 to 2 that is missing.
static inline void linux_open_missing_descriptors(void) {
  for (int place = 0; place <= 2; place++)
    if (fcntl(place, F_GETFD) < 0) (void)!open("/dev/null", place == 0 ? O_RDONLY : O_WRONLY);
}

// Goes on in the background, in a session of its own and without a terminal. The process in the
// foreground ends with 0 once a byte is written to the descriptor that this returns, and with 1 where
// the other one ends before. -1 where a call fails, which is named then. Call it before the first
// thread is started.
int linux_daemonize(const char **failed_call);

// Blocks signals in this thread and those it starts, ignores SIGPIPE and SIGXFSZ, and returns a
// descriptor from which the signals can be read; -1 on failure.
int linux_signal_descriptor(const int *signals, size_t count);

// The next signal that has arrived; 0 where there is none.
static inline int linux_next_signal(int descriptor) {
  struct signalfd_siginfo news;
  return read(descriptor, &news, sizeof(news)) == sizeof(news) ? (int)news.ssi_signo : 0;
}

// The number of processors that this process may run on; at least 1.
int linux_processor_count(void);

// Raises the soft limit of open descriptors as far as the hard one allows; needs no rights.
static inline void linux_raise_descriptor_limit(unsigned long count) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= count) return;
  limit.rlim_cur = count < limit.rlim_max ? count : limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Sets the soft and the hard limit of open descriptors.
static inline int linux_limit_descriptors(unsigned long count) {
  struct rlimit limit = {.rlim_cur = count, .rlim_max = count};
  return setrlimit(RLIMIT_NOFILE, &limit);
}

// Sets the soft and the hard limit of a core file's size in bytes.
static inline int linux_limit_core(unsigned long size) {
  struct rlimit limit = {.rlim_cur = size, .rlim_max = size};
  return setrlimit(RLIMIT_CORE, &limit);
}

// The nice value of this thread and of those it starts from now on.
static inline int linux_set_priority(int priority) {
  return setpriority(PRIO_PROCESS, 0, priority);
}

// Gives up the rights of the superuser; returns the name of the call that failed, or null.
const char *linux_become(const char *user, uid_t uid, gid_t gid);

// The numbers of a user and a user's group; -1 with errno, 0 where there is none.
static inline int linux_user(const char *name, uid_t *uid, gid_t *gid) {
  errno = 0;
  struct passwd *entry = getpwnam(name);
  if (!entry) return errno ? -1 : 0;
  *uid = entry->pw_uid;
  *gid = entry->pw_gid;
  return 1;
}

// The number of a group; -1 with errno, 0 where there is none.
static inline int linux_group(const char *name, gid_t *gid) {
  errno = 0;
  struct group *entry = getgrnam(name);
  if (!entry) return errno ? -1 : 0;
  *gid = entry->gr_gid;
  return 1;
}

// open(2) of a file that is written anew.
static inline int linux_open_for_replacing(const char *path) {
  return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}
// SOCK_STREAM as a number; Swift's importer sees an enumeration.
static inline int linux_stream_type(void) { return SOCK_STREAM; }

// Copies an address of any family, as much of it as fits.
static inline void linux_copy_address(
    struct sockaddr_storage *room, const struct sockaddr *address, socklen_t length) {
  memset(room, 0, sizeof(*room));
  memcpy(room, address, length < sizeof(*room) ? length : sizeof(*room));
}

// Facts of a TCP connection: round-trip time and its variation in microseconds, the congestion
// window in segments and the receive space in bytes. 0 where the socket has none.
static inline int linux_tcp_facts(int descriptor, unsigned int facts[4]) {
  struct tcp_info info;
  socklen_t length = sizeof(info);
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) < 0) return 0;
  facts[0] = info.tcpi_rtt;
  facts[1] = info.tcpi_rttvar;
  facts[2] = info.tcpi_snd_cwnd;
  facts[3] = info.tcpi_rcv_space;
  return 1;
}
#endif
