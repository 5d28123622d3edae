// BoringSSL, and what of it Swift cannot call: macros, stacks and callbacks.
#ifndef APUS_CBORINGSSL_H
#define APUS_CBORINGSSL_H
#include <CNIOBoringSSL.h>

// Writes and clears the errors of this thread, as ` (SSL: error:… error:…)`; returns the length.
size_t tls_take_errors(char *room, size_t size);

// Each loads PEM from `bio`; returns null, or the name of the call that failed.
// `loads` is set where reading failed, not using.
const char *tls_use_certificate(SSL_CREDENTIAL *credential, BIO *bio, int *loads);
// `kind` becomes the kind of the key, such as EVP_PKEY_EC.
const char *tls_use_key(
    SSL_CREDENTIAL *credential, BIO *bio, const char *password, int *kind, int *loads);
// Only looks at the parameters: the library has no DHE ciphers.
const char *tls_check_dh_parameters(BIO *bio);

// Trusts the certificates of `bio`; with `announces` their names are sent to clients.
const char *tls_trust(SSL_CTX *context, BIO *bio, int announces, int *loads);
const char *tls_use_revocations(SSL_CTX *context, BIO *bio);

// Keys of tickets: random ones, of which a new one begins with each period (in seconds), or `count`
// records of 80 bytes (name, HMAC key, AES key) and their original sizes. Null without memory.
struct tls_ticket_keys;
struct tls_ticket_keys *tls_random_ticket_keys(long period);
struct tls_ticket_keys *tls_fixed_ticket_keys(
    const unsigned char *records, const unsigned char *sizes, int count);
void tls_release_ticket_keys(struct tls_ticket_keys *keys);

// Contexts that use the same keys understand each other's tickets.
int tls_use_ticket_keys(SSL_CTX *context, struct tls_ticket_keys *keys);

// The server's protocols in ALPN's wire form, in order of preference.
int tls_set_server_alpn(SSL_CTX *context, const unsigned char *names, unsigned int count);

// Asks for the peer's certificate and lets every one pass; the verdict is kept.
void tls_verify_leniently(SSL_CTX *context, int depth);

// Takes the signatures that OpenSSL takes, as far as the library knows them: those of Ed25519 and
// P-521, which it leaves out by itself. Returns 0 without memory.
int tls_accept_signatures(SSL_CTX *context);

static inline void tls_set_modes(SSL_CTX *context) {
  SSL_CTX_set_mode(
      context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                   SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
}

// Bits: 1 TLSv1, 2 TLSv1.1, 4 TLSv1.2, 8 TLSv1.3.
static inline void tls_set_protocols(SSL_CTX *context, int bits) {
  SSL_CTX_clear_options(
      context, SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
  if (!(bits & 1)) SSL_CTX_set_options(context, SSL_OP_NO_TLSv1);
  if (!(bits & 2)) SSL_CTX_set_options(context, SSL_OP_NO_TLSv1_1);
  if (!(bits & 4)) SSL_CTX_set_options(context, SSL_OP_NO_TLSv1_2);
  if (!(bits & 8)) SSL_CTX_set_options(context, SSL_OP_NO_TLSv1_3);
}

static inline void tls_prefer_server_ciphers(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
}

static inline void tls_refuse_tickets(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
}

// Kinds: 0 off (a session is refused), 1 none (pretended), 2 the built-in cache of `size` sessions.
static inline void tls_set_session_cache(
    SSL_CTX *context, int kind, unsigned long size, unsigned int timeout) {
  SSL_CTX_set_timeout(context, timeout);
  SSL_CTX_set_session_psk_dhe_timeout(context, timeout);
  if (kind == 0) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  } else if (kind == 1) {
    SSL_CTX_set_session_cache_mode(
        context, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
  } else {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
    SSL_CTX_sess_set_cache_size(context, size);
  }
}

// What a client says first. The name may be null and does not end with a zero; ciphers and groups
// are numbers of two bytes.
struct tls_client_hello {
  const char *name;
  size_t name_count;
  const unsigned char *ciphers;
  size_t ciphers_count;
  const unsigned char *groups;
  size_t groups_count;
};

// Called before anything is decided; returns 0 to refuse the handshake.
typedef int (*tls_hello_reader)(SSL *session, const struct tls_client_hello *hello, void *argument);
int tls_set_hello_reader(SSL_CTX *context, tls_hello_reader read, void *argument);

static inline void tls_switch_context(SSL *session, SSL_CTX *context) {
  SSL_set_SSL_CTX(session, context);
  SSL_set_verify(
      session, SSL_CTX_get_verify_mode(context), SSL_CTX_get_verify_callback(context));
  SSL_set_verify_depth(session, SSL_CTX_get_verify_depth(context));
  SSL_clear_options(session, SSL_get_options(session) & ~SSL_CTX_get_options(context));
  SSL_set_options(session, SSL_CTX_get_options(context));
}

static inline int tls_set_server_name(SSL *session, const char *name) {
  return SSL_set_tlsext_host_name(session, name);
}

static inline const char *tls_server_name(const SSL *session) {
  return SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
}

// OpenSSL's name of a group of the key exchange; null where it is not known.
const char *tls_group_name(unsigned int number);

// The name of a cipher; null where it is not known.
static inline const char *tls_cipher_name(unsigned int number) {
  const SSL_CIPHER *cipher = SSL_get_cipher_by_value((uint16_t)number);
  return cipher ? SSL_CIPHER_get_name(cipher) : NULL;
}

// The peer's certificate, which lives as long as the session; null where there is none.
static inline X509 *tls_peer_certificate(const SSL *session) {
  X509 *certificate = SSL_get_peer_certificate(session);
  X509_free(certificate);
  return certificate;
}

// RFC 2253 with bytes above 127 left as they are.
static inline unsigned long tls_name_flags(void) {
  return XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
}

// Called with each session that a client may resume; returns 1 to keep the reference.
typedef int (*tls_new_session)(SSL *session, SSL_SESSION *made);
static inline void tls_note_sessions(SSL_CTX *context, tls_new_session note) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, note);
}

// What the BIO that a session reads from has as its data.
static inline void *tls_owner(const SSL *session) { return BIO_get_data(SSL_get_rbio(session)); }

static inline void tls_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void tls_retry_write(BIO *bio) { BIO_set_retry_write(bio); }
static inline void tls_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

// The text that was written to a memory BIO; it lives as long as the BIO.
static inline const char *tls_memory(BIO *bio, long *count) {
  char *text = NULL;
  *count = BIO_get_mem_data(bio, &text);
  return text;
}

static inline const char *tls_library_version(void) { return OPENSSL_VERSION_TEXT; }
#endif
