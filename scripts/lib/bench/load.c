/* Load and origins for scripts/bench: a thread for each connection, blocking calls.
 *
 *   load websocket-origin PORT              echoes the messages of WebSockets
 *   load fastcgi-origin PORT                answers every FastCGI request with one line
 *   load echo PORT CONNECTIONS SECONDS [tls]        messages of 128 bytes there and back
 *   load handshakes PORT CONNECTIONS SECONDS tls    a new TLS connection for each GET
 *
 * The clients print one line: how many were done, and how many failed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE = 128, HEAD = 8192, FRAME = 65536 + 14 };

typedef struct {
  int descriptor;
  SSL *tls;
} stream;

static int port;
static double seconds;
static SSL_CTX *context;
static atomic_long done, failed;
static struct timespec end;

static void fail(const char *what) {
  perror(what);
  exit(2);
}

/* MARK: Streams */

static ssize_t receive(stream *s, void *room, size_t size) {
  return s->tls ? SSL_read(s->tls, room, (int)size) : recv(s->descriptor, room, size, 0);
}

static int send_all(stream *s, const void *bytes, size_t size) {
  if (s->tls) return SSL_write(s->tls, bytes, (int)size) == (int)size;
  return send(s->descriptor, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static int receive_all(stream *s, uint8_t *room, size_t size) {
  while (size > 0) {
    ssize_t count = receive(s, room, size);
    if (count <= 0) return 0;
    room += count;
    size -= (size_t)count;
  }
  return 1;
}

/* Reads a head byte by byte up to its empty line, so that nothing behind it is taken. */
static int receive_head(stream *s, char *head) {
  size_t count = 0;
  while (count < HEAD - 1) {
    if (receive(s, head + count, 1) != 1) return 0;
    head[++count] = 0;
    if (count >= 4 && memcmp(head + count - 4, "\r\n\r\n", 4) == 0) return 1;
  }
  return 0;
}

static int open_stream(stream *s) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  s->tls = NULL;
  s->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s->descriptor < 0) return 0;
  int on = 1;
  setsockopt(s->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct timeval limit = {.tv_sec = 10};
  setsockopt(s->descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect(s->descriptor, (struct sockaddr *)&address, sizeof address) != 0) return 0;
  if (!context) return 1;
  s->tls = SSL_new(context);
  SSL_set_fd(s->tls, s->descriptor);
  return SSL_connect(s->tls) == 1;
}

static void close_stream(stream *s) {
  if (s->tls) {
    SSL_shutdown(s->tls);
    SSL_free(s->tls);
  }
  if (s->descriptor >= 0) close(s->descriptor);
}

static int is_over(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec);
}

/* MARK: Clients */

static int upgrade(stream *s) {
  static const char request[] =
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  char head[HEAD];
  if (!send_all(s, request, sizeof request - 1) || !receive_head(s, head)) return 0;
  return strncmp(head, "HTTP/1.1 101", 12) == 0 && strstr(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void *echo(void *unused) {
  stream s;
  uint8_t frame[6 + 2 + MESSAGE] = {0x82, 0x80 | 126, 0, MESSAGE};
  uint8_t answer[4 + MESSAGE];
  memset(frame + 4, 0, 4); /* a mask of zeros leaves the text as it is */
  memset(frame + 8, 'm', MESSAGE);
  if (!open_stream(&s) || !upgrade(&s)) {
    failed++;
    close_stream(&s);
    return unused;
  }
  while (!is_over()) {
    if (!send_all(&s, frame, sizeof frame) || !receive_all(&s, answer, sizeof answer) ||
        memcmp(answer + 4, frame + 8, MESSAGE) != 0) {
      failed++;
      break;
    }
    done++;
  }
  close_stream(&s);
  return unused;
}

static void *handshakes(void *unused) {
  static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  char room[4096];
  while (!is_over()) {
    stream s;
    int is_good = open_stream(&s) && send_all(&s, request, sizeof request - 1);
    is_good = is_good && receive(&s, room, sizeof room) > 12;
    is_good = is_good && strncmp(room, "HTTP/1.1 200", 12) == 0;
    while (is_good && receive(&s, room, sizeof room) > 0) {}
    close_stream(&s);
    if (is_good) done++; else failed++;
  }
  return unused;
}

static void run_clients(void *(*body)(void *), int count) {
  pthread_t threads[count];
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += (time_t)seconds;
  end.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
  if (end.tv_nsec >= 1000000000) {
    end.tv_sec++;
    end.tv_nsec -= 1000000000;
  }
  for (int i = 0; i < count; i++)
    if (pthread_create(&threads[i], NULL, body, NULL) != 0) fail("pthread_create");
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
  printf("%ld %ld\n", atomic_load(&done), atomic_load(&failed));
}

/* MARK: Origins */

static void accept_key(const char *head, char *accept) {
  static const char salt[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  char text[128];
  uint8_t digest[SHA_DIGEST_LENGTH];
  const char *key = strcasestr(head, "\r\nSec-WebSocket-Key:");
  accept[0] = 0;
  if (!key) return;
  key += strlen("\r\nSec-WebSocket-Key:");
  key += strspn(key, " ");
  int length = snprintf(text, sizeof text, "%.24s%s", key, salt);
  SHA1((uint8_t *)text, (size_t)length, digest);
  EVP_EncodeBlock((uint8_t *)accept, digest, sizeof digest);
}

static void *serve_websocket(void *argument) {
  stream s = {.descriptor = (int)(intptr_t)argument};
  char head[HEAD], accept[64], answer[256];
  uint8_t *frame = malloc(FRAME);
  if (frame && receive_head(&s, head)) {
    accept_key(head, accept);
    int length = snprintf(answer, sizeof answer,
                          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
    int is_open = send_all(&s, answer, (size_t)length);
    /* The clients here send messages with a length of 16 bits and a mask: 8 bytes before the text,
     * of which the mask is in the way of an answer. */
    while (is_open && receive_all(&s, frame, 8)) {
      size_t size = (size_t)frame[2] << 8 | frame[3];
      uint8_t mask[4];
      memcpy(mask, frame + 4, 4);
      if ((frame[1] & 0x7f) != 126 || !receive_all(&s, frame + 4, size)) break;
      for (size_t i = 0; i < size; i++) frame[4 + i] ^= mask[i & 3];
      frame[1] &= 0x7f;
      is_open = send_all(&s, frame, 4 + size);
    }
  }
  free(frame);
  close(s.descriptor);
  return NULL;
}

static void append_record(uint8_t *out, size_t *count, int type, int id, const char *text,
                          size_t size) {
  uint8_t record[8] = {1, (uint8_t)type, (uint8_t)(id >> 8), (uint8_t)id,
                       (uint8_t)(size >> 8), (uint8_t)size};
  memcpy(out + *count, record, 8);
  memcpy(out + *count + 8, text, size);
  *count += 8 + size;
}

static void *serve_fastcgi(void *argument) {
  static const char text[] = "Content-Type: text/plain\r\n\r\nhello from FastCGI\n";
  stream s = {.descriptor = (int)(intptr_t)argument};
  uint8_t head[8], answer[256];
  uint8_t *content = malloc(FRAME);
  int keeps = 0;
  while (content && receive_all(&s, head, 8)) {
    size_t size = (size_t)head[4] << 8 | head[5];
    int id = head[2] << 8 | head[3];
    if (!receive_all(&s, content, size + head[6])) break;
    if (head[1] == 1) keeps = content[2] & 1;                 /* FCGI_BEGIN_REQUEST */
    if (head[1] != 5 || size != 0) continue;                  /* the end of FCGI_STDIN */
    size_t count = 0;
    append_record(answer, &count, 6, id, text, sizeof text - 1);
    append_record(answer, &count, 6, id, "", 0);
    append_record(answer, &count, 3, id, "\0\0\0\0\0\0\0", 8);
    if (!send_all(&s, answer, count) || !keeps) break;
  }
  free(content);
  close(s.descriptor);
  return NULL;
}

static void run_origin(void *(*body)(void *)) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
  if (listen(listener, 4096) != 0) fail("listen");
  for (;;) {
    int descriptor = accept(listener, NULL, NULL);
    if (descriptor < 0) continue;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, (void *)(intptr_t)descriptor) == 0)
      pthread_detach(thread);
    else
      close(descriptor);
  }
}

int main(int count, char **words) {
  signal(SIGPIPE, SIG_IGN);
  if (count < 3) return 2;
  port = atoi(words[2]);
  if (strcmp(words[1], "websocket-origin") == 0) run_origin(serve_websocket);
  if (strcmp(words[1], "fastcgi-origin") == 0) run_origin(serve_fastcgi);
  if (count < 5) return 2;
  seconds = atof(words[4]);
  if (count > 5) {
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  }
  run_clients(strcmp(words[1], "echo") == 0 ? echo : handshakes, atoi(words[3]));
  return 0;
}
