// The shims that need storage, a calling convention, or GNU declarations: those must not be asked
// for in a header, since modules that Swift imports would then disagree about system types.
#define _GNU_SOURCE
#include "CLinux.h"

#include <sched.h>
#include <sys/prctl.h>

const char *linux_error_text(int code, char *room, size_t size) {
  return strerror_r(code, room, size);
}

int linux_accept(int listener, struct sockaddr_storage *address, socklen_t *length) {
  *length = sizeof(*address);
  return accept4(listener, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
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

int linux_daemonize(void) {
  switch (fork()) {
  case -1: return -1;
  case 0: break;
  default: _exit(0);
  }
  if (setsid() < 0) return -1;
  umask(0);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return -1;
  if (dup2(null, 0) < 0 || dup2(null, 1) < 0) return -1;
  if (null > 2) close(null);
  return 0;
}

int linux_signal_descriptor(const int *signals, size_t count) {
  sigset_t set;
  sigemptyset(&set);
  for (size_t index = 0; index < count; index++) sigaddset(&set, signals[index]);
  signal(SIGPIPE, SIG_IGN);
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
