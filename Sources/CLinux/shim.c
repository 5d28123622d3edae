// The shims that need storage, a calling convention, or GNU's declarations; the latter must not be
// asked for in the header, since Swift's own view of libc does without them.
#define _GNU_SOURCE
#include "CLinux.h"

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

_Thread_local void *linux_loop_of_thread;

typedef void (*global_enqueue)(void *job) __attribute__((swiftcall));
typedef void (*global_enqueue_hook)(void *job, global_enqueue original) __attribute__((swiftcall));
typedef void (*delayed_enqueue)(unsigned long long delay, void *job) __attribute__((swiftcall));
typedef void (*delayed_enqueue_hook)(
    unsigned long long delay, void *job, delayed_enqueue original) __attribute__((swiftcall));

// The Swift runtime's documented hooks (swift/Runtime/Concurrency.h).
extern global_enqueue_hook swift_task_enqueueGlobal_hook;
extern delayed_enqueue_hook swift_task_enqueueGlobalWithDelay_hook;

static unsigned long stray_job_count;

__attribute__((swiftcall)) static void count_stray_job(void *job, global_enqueue original) {
  if (linux_loop_of_thread) __atomic_add_fetch(&stray_job_count, 1, __ATOMIC_RELAXED);
  original(job);
}

__attribute__((swiftcall)) static void count_delayed_stray_job(
    unsigned long long delay, void *job, delayed_enqueue original) {
  if (linux_loop_of_thread) __atomic_add_fetch(&stray_job_count, 1, __ATOMIC_RELAXED);
  original(delay, job);
}

void linux_count_stray_jobs(void) {
  swift_task_enqueueGlobal_hook = count_stray_job;
  swift_task_enqueueGlobalWithDelay_hook = count_delayed_stray_job;
}

unsigned long linux_stray_job_count(void) {
  return __atomic_load_n(&stray_job_count, __ATOMIC_RELAXED);
}
