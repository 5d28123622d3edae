// Sends that reach the kernel together, through io_uring(7).
//
// Only what this program needs of it: sends that never wait, so that each is finished when the call
// that hands it over returns, and one thread, so that the queues need no more than the barriers
// towards the kernel.
#define _GNU_SOURCE
#include "CLinux.h"

#include <linux/io_uring.h>

struct linux_ring {
  int descriptor;
  unsigned capacity, added;
  void *queues;
  size_t queues_size;
  struct io_uring_sqe *requests;
  size_t requests_size;
  struct io_uring_cqe *results;
  unsigned *request_tail, *request_mask, *result_head, *result_tail, *result_mask;
};

static void *shared_memory(int descriptor, size_t size, off_t offset) {
  void *memory =
      mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, offset);
  return memory == MAP_FAILED ? NULL : memory;
}

// Gives up a ring that could not be opened.
static linux_ring *abandon(linux_ring *ring, int code) {
  linux_ring_close(ring);
  errno = code;
  return NULL;
}

static int knows_sends(int descriptor) {
  unsigned count = IORING_OP_SEND + 1;
  struct io_uring_probe *answer = calloc(1, sizeof(*answer) + count * sizeof(answer->ops[0]));
  if (!answer) return 0;
  long code = syscall(SYS_io_uring_register, descriptor, IORING_REGISTER_PROBE, answer, count);
  int knows = code >= 0 && answer->ops_len > IORING_OP_SEND &&
              (answer->ops[IORING_OP_SEND].flags & IO_URING_OP_SUPPORTED) != 0;
  free(answer);
  return knows;
}

static size_t larger(size_t one, size_t other) { return one > other ? one : other; }

linux_ring *linux_ring_open(unsigned capacity) {
  struct io_uring_params parameters = {0};
  linux_ring *ring = calloc(1, sizeof(*ring));
  if (!ring) return NULL;
  ring->descriptor = (int)syscall(SYS_io_uring_setup, capacity, &parameters);
  if (ring->descriptor < 0) return abandon(ring, errno);
  // Both queues are mapped as one since Linux 5.4; sends are there since 5.6.
  if (!(parameters.features & IORING_FEAT_SINGLE_MMAP)) return abandon(ring, ENOSYS);
  if (!knows_sends(ring->descriptor)) return abandon(ring, ENOSYS);
  const struct io_sqring_offsets *asked = &parameters.sq_off;
  const struct io_cqring_offsets *given = &parameters.cq_off;
  ring->capacity = parameters.sq_entries;
  ring->queues_size = larger(asked->array + parameters.sq_entries * sizeof(unsigned),
                             given->cqes + parameters.cq_entries * sizeof(*ring->results));
  ring->requests_size = parameters.sq_entries * sizeof(*ring->requests);
  ring->queues = shared_memory(ring->descriptor, ring->queues_size, IORING_OFF_SQ_RING);
  ring->requests = shared_memory(ring->descriptor, ring->requests_size, IORING_OFF_SQES);
  if (!ring->queues || !ring->requests) return abandon(ring, ENOMEM);
  char *start = ring->queues;
  ring->request_tail = (unsigned *)(start + asked->tail);
  ring->request_mask = (unsigned *)(start + asked->ring_mask);
  ring->result_head = (unsigned *)(start + given->head);
  ring->result_tail = (unsigned *)(start + given->tail);
  ring->result_mask = (unsigned *)(start + given->ring_mask);
  ring->results = (struct io_uring_cqe *)(start + given->cqes);
  unsigned *order = (unsigned *)(start + asked->array);
  for (unsigned place = 0; place < parameters.sq_entries; place++) order[place] = place;
  return ring;
}

void linux_ring_close(linux_ring *ring) {
  if (ring->requests) munmap(ring->requests, ring->requests_size);
  if (ring->queues) munmap(ring->queues, ring->queues_size);
  if (ring->descriptor >= 0) close(ring->descriptor);
  free(ring);
}

void linux_ring_add_send(linux_ring *ring, int descriptor, const void *bytes, size_t count) {
  if (ring->added >= ring->capacity) abort();
  unsigned place = (*ring->request_tail + ring->added) & *ring->request_mask;
  ring->requests[place] = (struct io_uring_sqe){
      .opcode = IORING_OP_SEND,
      .fd = descriptor,
      .addr = (uintptr_t)bytes,
      .len = (unsigned)count,
      // Not to wait in the kernel, as the descriptor's own flag would not be asked everywhere.
      .msg_flags = MSG_NOSIGNAL | MSG_DONTWAIT,
      .user_data = ring->added++};
}

// Fetches what is finished; returns how many.
static unsigned take_results(linux_ring *ring, int *results, unsigned count) {
  unsigned head = *ring->result_head;
  unsigned tail = __atomic_load_n(ring->result_tail, __ATOMIC_ACQUIRE), taken = tail - head;
  for (; head != tail; head++) {
    const struct io_uring_cqe *result = &ring->results[head & *ring->result_mask];
    if (result->user_data < count) results[result->user_data] = result->res;
  }
  __atomic_store_n(ring->result_head, head, __ATOMIC_RELEASE);
  return taken;
}

int linux_ring_send(linux_ring *ring, int *results) {
  unsigned count = ring->added, handed = 0, finished = 0;
  int code = 0;
  ring->added = 0;
  for (unsigned place = 0; place < count; place++) results[place] = -ECANCELED;
  __atomic_store_n(ring->request_tail, *ring->request_tail + count, __ATOMIC_RELEASE);
  while (finished < count) {
    long taken = syscall(SYS_io_uring_enter, ring->descriptor, count - handed, count - finished,
                         IORING_ENTER_GETEVENTS, NULL, 0);
    if (taken > 0) handed += (unsigned)taken;
    finished += take_results(ring, results, count);
    if (taken >= 0 || errno == EINTR) continue;
    // What the kernel has not taken is taken back; what it has still reads the caller's memory.
    code = errno;
    __atomic_store_n(ring->request_tail, *ring->request_tail - (count - handed), __ATOMIC_RELEASE);
    count = handed;
    if (finished < count && code != EAGAIN && code != EBUSY) abort();
  }
  return code;
}
