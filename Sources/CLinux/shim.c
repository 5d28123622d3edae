// The shims that need storage, a calling convention, or GNU declarations: those must not be asked
// for in a header, since modules that Swift imports would then disagree about system types.
#define _GNU_SOURCE
#include "CLinux.h"

#include <link.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>

const char *linux_error_text(int code, char *room, size_t size) {
  return strerror_r(code, room, size);
}

int linux_accept(int listener, struct sockaddr_storage *address, socklen_t *length) {
  *length = sizeof(*address);
  return accept4(listener, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int linux_is_readable(int descriptor) {
  struct pollfd entry = {.fd = descriptor, .events = POLLIN};
  return poll(&entry, 1, 0) == 1;
}

int linux_replace_descriptor(int descriptor, int place) {
  return dup3(descriptor, place, O_CLOEXEC);
}

int linux_crypt(const char *password, const char *hash, char *room, size_t size) {
  struct crypt_data *data = calloc(1, sizeof(*data));
  if (!data) return ENOMEM;
  const char *result = crypt_r(password, hash, data);
  int code = result ? 0 : errno;
  if (result && strlen(result) >= size) code = ERANGE;
  if (code == 0) strcpy(room, result);
  explicit_bzero(data, sizeof(*data));
  free(data);
  return code;
}


int linux_thread(void) { return gettid(); }

int linux_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int linux_sealable_file(const char *name) {
  return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int linux_seal(int descriptor) {
  return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}

// Room for the descriptors of one call, aligned as the kernel wants it.
union descriptor_room {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int) * 253)];
};

ssize_t linux_send_descriptors(
    int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count) {
  if (descriptor_count > LINUX_MAXIMUM_DESCRIPTORS) {
    errno = EINVAL;
    return -1;
  }
  union descriptor_room room;
  memset(&room, 0, sizeof(room));
  struct iovec vector = {.iov_base = (void *)bytes, .iov_len = count};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  if (descriptor_count > 0) {
    message.msg_control = room.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptor_count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * descriptor_count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * descriptor_count);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL);
}

ssize_t linux_receive_descriptors(
    int socket, void *bytes, size_t size, int waits, int *descriptors, size_t *descriptor_count,
    int *are_lost) {
  union descriptor_room room;
  struct iovec vector = {.iov_base = bytes, .iov_len = size};
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1};
  // Descriptors beyond the length are closed by the kernel, before anybody could use them.
  if (*descriptor_count > 0) {
    message.msg_control = room.bytes;
    message.msg_controllen = CMSG_LEN(sizeof(int) * *descriptor_count);
  }
  *descriptor_count = 0;
  ssize_t count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (waits ? 0 : MSG_DONTWAIT));
  if (count < 0) return count;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t more = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(descriptors + *descriptor_count, CMSG_DATA(header), more * sizeof(int));
    *descriptor_count += more;
  }
  *are_lost = (message.msg_flags & MSG_CTRUNC) != 0;
  if (!*are_lost) return count;
  for (size_t index = 0; index < *descriptor_count; index++) close(descriptors[index]);
  *descriptor_count = 0;
  return count;
}

int linux_control_pair(int pair[2]) {
  return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
}

int linux_peer_credentials(int socket, pid_t *process, uid_t *user, gid_t *group) {
  struct ucred credentials;
  socklen_t length = sizeof(credentials);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return -1;
  *process = credentials.pid;
  *user = credentials.uid;
  *group = credentials.gid;
  return 0;
}

// An address of the abstract namespace, whose names begin with a zero byte, or of a file.
static socklen_t fill_name(struct sockaddr_un *address, const char *name, int is_abstract) {
  memset(address, 0, sizeof(*address));
  address->sun_family = AF_UNIX;
  size_t length = strlen(name);
  size_t room = sizeof(address->sun_path) - 1;
  if (length > room) length = room;
  memcpy(address->sun_path + is_abstract, name, length);
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + is_abstract + length);
}

int linux_listen_abstract(const char *name) {
  struct sockaddr_un address;
  socklen_t length = fill_name(&address, name, 1);
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  if (bind(descriptor, (struct sockaddr *)&address, length) == 0 && listen(descriptor, 16) == 0)
    return descriptor;
  int code = errno;
  close(descriptor);
  errno = code;
  return -1;
}

int linux_connect_abstract(const char *name) {
  struct sockaddr_un address;
  socklen_t length = fill_name(&address, name, 1);
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  if (connect(descriptor, (struct sockaddr *)&address, length) == 0) return descriptor;
  int code = errno;
  close(descriptor);
  errno = code;
  return -1;
}

int linux_limit_transfer(int socket, int seconds) {
  struct timeval time = {.tv_sec = seconds};
  if (setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time)) < 0) return -1;
  return setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
}

// What every process that this one starts has: no blocked signals and none ignored.
static int set_clean_signals(posix_spawnattr_t *attributes) {
  sigset_t none, ignored;
  sigemptyset(&none);
  sigemptyset(&ignored);
  sigaddset(&ignored, SIGPIPE);
  sigaddset(&ignored, SIGXFSZ);
  int code = posix_spawnattr_setsigmask(attributes, &none);
  if (code == 0) code = posix_spawnattr_setsigdefault(attributes, &ignored);
  if (code == 0)
    code = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  return code;
}

// The path that leads to this program's binary. The link of the kernel does, even if the file has
// been replaced; but within a program that runs others, such as valgrind, it leads to that one, and
// only its text, which such programs change, tells where ours is.
static const char *own_binary(char *room, size_t size) {
  static const char link[] = "/proc/self/exe";
  struct stat linked, named;
  ssize_t count = readlink(link, room, size - 1);
  if (count < 0) return link;
  room[count] = 0;
  if (stat(room, &named) < 0 || stat(link, &linked) < 0) return link;
  return named.st_dev == linked.st_dev && named.st_ino == linked.st_ino ? link : room;
}

pid_t linux_run_again(char *const argv[], char *const environment[], int channel) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  pid_t process = -1;
  char room[PATH_MAX];
  const char *path = own_binary(room, sizeof(room));
  int code = posix_spawnattr_init(&attributes);
  if (code == 0) code = posix_spawn_file_actions_init(&actions);
  if (code == 0) code = set_clean_signals(&attributes);
  // The same number as the place's would be closed on exec, but for this action.
  if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, channel, 3);
  if (code == 0) code = posix_spawn(&process, path, &actions, &attributes, argv, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  errno = code;
  return code == 0 ? process : -1;
}

pid_t linux_run_binary(
    const char *path, char *const argv[], char *const environment[], const int *kept,
    size_t kept_count) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  pid_t process = -1;
  int code = posix_spawnattr_init(&attributes);
  if (code == 0) code = posix_spawn_file_actions_init(&actions);
  if (code == 0) code = set_clean_signals(&attributes);
  for (size_t index = 0; index < kept_count && code == 0; index++)
    code = posix_spawn_file_actions_adddup2(&actions, kept[index], kept[index]);
  if (code == 0) code = posix_spawnp(&process, path, &actions, &attributes, argv, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  errno = code;
  return code == 0 ? process : -1;
}

void linux_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

// What lists of processes show lies where the kernel has put the words of the command line, and
// the environment right behind them.
static char *title;
static size_t title_room;

// The C library calls it with what `main` gets, which Swift's does not pass on.
__attribute__((constructor)) static void find_title(int argc, char **argv, char **environment) {
  if (argc < 1) return;
  char *end = argv[0];
  for (int index = 0; index < argc && argv[index] == end; index++) end += strlen(end) + 1;
  for (char **next = environment; *next == end; next++) end += strlen(end) + 1;
  title = argv[0];
  title_room = (size_t)(end - argv[0]);
}

void linux_name_process(const char *name) {
  if (!title) return;
  // What is about to be written over is kept elsewhere.
  for (char **next = environ; *next; next++) {
    if (*next < title || *next >= title + title_room) continue;
    char *copy = strdup(*next);
    if (!copy) return;
    *next = copy;
  }
  size_t length = strlen(name);
  if (length >= title_room) length = title_room - 1;
  memcpy(title, name, length);
  memset(title + length, 0, title_room - length);
}

void linux_end_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }

char **linux_environment(void) { return environ; }

pid_t linux_reap(pid_t process, int waits, int *code, int *signal, int *dumped_core) {
  int status = 0;
  pid_t asked = process;
  do process = waitpid(asked, &status, waits ? 0 : WNOHANG);
  while (process < 0 && errno == EINTR);
  if (process <= 0) return 0;
  *code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  *dumped_core = WIFSIGNALED(status) && WCOREDUMP(status);
  return process;
}

int linux_notify(const char *name, const char *text) {
  struct sockaddr_un address;
  int is_abstract = name[0] == '@';
  socklen_t length = fill_name(&address, name + is_abstract, is_abstract);
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  ssize_t count = sendto(
      descriptor, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, length);
  close(descriptor);
  return count < 0 ? -1 : 0;
}

void linux_trim_memory(void) { malloc_trim(0); }

// Whether the loader has written to segments that are not writable: such pages are in no file.
static int has_text_relocations(const struct dl_phdr_info *program) {
  for (int index = 0; index < program->dlpi_phnum; index++) {
    const ElfW(Phdr) *header = &program->dlpi_phdr[index];
    if (header->p_type != PT_DYNAMIC) continue;
    const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(program->dlpi_addr + header->p_vaddr);
    for (; entry->d_tag != DT_NULL; entry++) {
      if (entry->d_tag == DT_TEXTREL) return 1;
      if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)) return 1;
    }
  }
  return 0;
}

// The first object is the program itself.
static int release_segments(struct dl_phdr_info *program, size_t size, void *page_size) {
  (void)size;
  if (has_text_relocations(program)) return 1;
  uintptr_t mask = *(const uintptr_t *)page_size - 1;
  for (int index = 0; index < program->dlpi_phnum; index++) {
    const ElfW(Phdr) *header = &program->dlpi_phdr[index];
    if (header->p_type != PT_LOAD || (header->p_flags & PF_W)) continue;
    uintptr_t start = (program->dlpi_addr + header->p_vaddr) & ~mask;
    uintptr_t end = (program->dlpi_addr + header->p_vaddr + header->p_filesz + mask) & ~mask;
    madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return 1;
}

void linux_release_program(void) {
  uintptr_t page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
  dl_iterate_phdr(release_segments, &page_size);
}

_Thread_local void *linux_loop_of_thread;

typedef void (*global_enqueue)(void *job) __attribute__((swiftcall));
typedef void (*global_enqueue_hook)(void *job, global_enqueue original) __attribute__((swiftcall));
typedef void (*delayed_enqueue)(unsigned long long delay, void *job) __attribute__((swiftcall));
typedef void (*delayed_enqueue_hook)(
    unsigned long long delay, void *job, delayed_enqueue original) __attribute__((swiftcall));

// The Swift runtime's documented hooks (swift/Runtime/Concurrency.h).
extern global_enqueue_hook swift_task_enqueueGlobal_hook;
extern delayed_enqueue_hook swift_task_enqueueGlobalWithDelay_hook;

// Runs a job as one of no particular actor: a SerialExecutorRef of zeros.
extern void swift_job_run(void *job, void *identity, uintptr_t implementation)
    __attribute__((swiftcall));

static unsigned long stray_job_count;
static linux_job_sink job_sink;

__attribute__((swiftcall)) static void keep_job(void *job, global_enqueue original) {
  if (linux_loop_of_thread) {
    job_sink(linux_loop_of_thread, job);
  } else {
    __atomic_add_fetch(&stray_job_count, 1, __ATOMIC_RELAXED);
    original(job);
  }
}

__attribute__((swiftcall)) static void count_delayed_job(
    unsigned long long delay, void *job, delayed_enqueue original) {
  __atomic_add_fetch(&stray_job_count, 1, __ATOMIC_RELAXED);
  original(delay, job);
}

void linux_keep_jobs(linux_job_sink sink) {
  job_sink = sink;
  swift_task_enqueueGlobal_hook = keep_job;
  swift_task_enqueueGlobalWithDelay_hook = count_delayed_job;
}

void linux_run_job(void *job) { swift_job_run(job, NULL, 0); }

unsigned long linux_stray_job_count(void) {
  return __atomic_load_n(&stray_job_count, __ATOMIC_RELAXED);
}

// What the process in the foreground does: it ends as the other one has begun.
static void await_beginning(int beginning) {
  char byte;
  ssize_t count;
  do count = read(beginning, &byte, 1);
  while (count < 0 && errno == EINTR);
  _exit(count == 1 ? 0 : 1);
}

int linux_daemonize(const char **failed_call) {
  int beginning[2];
  *failed_call = "pipe()";
  if (pipe2(beginning, O_CLOEXEC) < 0) return -1;
  // Opened first: what would fail in the background is told in the foreground.
  *failed_call = "open() \"/dev/null\"";
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return -1;
  *failed_call = "fork()";
  switch (fork()) {
  case -1: return -1;
  case 0: break;
  default:
    close(beginning[1]);
    await_beginning(beginning[0]);
  }
  close(beginning[0]);
  *failed_call = "setsid()";
  if (setsid() < 0) return -1;
  umask(0);
  *failed_call = "dup2()";
  if (dup2(null, 0) < 0 || dup2(null, 1) < 0) return -1;
  if (null > 2) close(null);
  return beginning[1];
}

int linux_signal_descriptor(const int *signals, size_t count) {
  sigset_t set;
  sigemptyset(&set);
  for (size_t index = 0; index < count; index++) sigaddset(&set, signals[index]);
  // Writing fails then, which is reported.
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  int code = pthread_sigmask(SIG_BLOCK, &set, NULL);
  if (code != 0) {
    errno = code;
    return -1;
  }
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int linux_processor_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (int)count : 1;
}

const char *linux_become(const char *user, uid_t uid, gid_t gid) {
  if (setgid(gid) < 0) return "setgid";
  if (initgroups(user, gid) < 0) return "initgroups";
  if (setuid(uid) < 0) return "setuid";
  // A change of identity makes the process undumpable, so that a crash would leave no core.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  return NULL;
}
