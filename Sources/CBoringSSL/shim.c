// The shims that loop over BoringSSL's stacks or are called back by it.
#include "CBoringSSL.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

// The reason of an error in the words of OpenSSL, from a name such as NO_START_LINE.
static void write_reason(uint32_t code, char *room, size_t size) {
  const char *reason = ERR_reason_error_string(code);
  if (!reason) reason = "unknown";
  int is_name = strspn(reason, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(reason);
  size_t index = 0;
  for (; reason[index] && index + 1 < size; index++) {
    char one = reason[index];
    room[index] = !is_name ? one : one == '_' ? ' ' : (char)OPENSSL_tolower(one);
  }
  room[index] = 0;
}

size_t tls_take_errors(char *room, size_t size) {
  size_t used = 0;
  const char *data;
  int flags;
  uint32_t code;
  room[0] = 0;
  if (!ERR_peek_error()) return 0;
  used += (size_t)snprintf(room, size, " (SSL:");
  while ((code = ERR_get_error_line_data(NULL, NULL, &data, &flags)) != 0) {
    char reason[128];
    int has_data = data && *data && (flags & ERR_FLAG_STRING);
    if (used + 2 >= size) continue;
    write_reason(code, reason, sizeof(reason));
    int written = snprintf(
        room + used, size - used - 1, " error:%08x:%s::%s%s%s", code, ERR_lib_error_string(code),
        reason, has_data ? ":" : "", has_data ? data : "");
    used += (size_t)written < size - used - 1 ? (size_t)written : size - used - 2;
  }
  room[used++] = ')';
  room[used] = 0;
  return used;
}

// Whether reading stopped because the PEM text is over; clears that error.
static int is_end_of_text(void) {
  uint32_t code = ERR_peek_last_error();
  if (ERR_GET_LIB(code) != ERR_LIB_PEM || ERR_GET_REASON(code) != PEM_R_NO_START_LINE) return 0;
  ERR_clear_error();
  return 1;
}

static CRYPTO_BUFFER *encoded(const X509 *certificate) {
  unsigned char *bytes = NULL;
  int count = i2d_X509(certificate, &bytes);
  if (count < 0) return NULL;
  CRYPTO_BUFFER *buffer = CRYPTO_BUFFER_new(bytes, (size_t)count, NULL);
  OPENSSL_free(bytes);
  return buffer;
}

struct chain {
  CRYPTO_BUFFER **links;
  size_t count;
};

static int append_link(struct chain *chain, const X509 *certificate) {
  CRYPTO_BUFFER *link = encoded(certificate);
  if (!link) return 0;
  CRYPTO_BUFFER **longer =
      OPENSSL_realloc(chain->links, (chain->count + 1) * sizeof(*chain->links));
  if (!longer) {
    CRYPTO_BUFFER_free(link);
    return 0;
  }
  chain->links = longer;
  chain->links[chain->count++] = link;
  return 1;
}

static const char *read_chain(BIO *bio, struct chain *chain) {
  X509 *next = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
  if (!next) return "PEM_read_bio_X509_AUX() failed";
  while (next) {
    int is_appended = append_link(chain, next);
    X509_free(next);
    if (!is_appended) return "i2d_X509() failed";
    next = PEM_read_bio_X509(bio, NULL, NULL, NULL);
  }
  return is_end_of_text() ? NULL : "PEM_read_bio_X509() failed";
}

const char *tls_use_certificate(SSL_CREDENTIAL *credential, BIO *bio, int *loads) {
  struct chain chain = {.count = 0};
  const char *failed = read_chain(bio, &chain);
  *loads = failed != NULL;
  if (!failed && !SSL_CREDENTIAL_set1_cert_chain(credential, chain.links, chain.count)) {
    failed = "SSL_CTX_use_certificate";
  }
  while (chain.count > 0) CRYPTO_BUFFER_free(chain.links[--chain.count]);
  OPENSSL_free(chain.links);
  return failed;
}

static int give_password(char *room, int size, int is_writing, void *password) {
  (void)is_writing;
  if (!password) return 0;
  int count = (int)strlen(password);
  if (count > size) count = size;
  memcpy(room, password, (size_t)count);
  return count;
}

const char *tls_use_key(
    SSL_CREDENTIAL *credential, BIO *bio, const char *password, int *kind, int *loads) {
  *loads = 1;
  EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, give_password, (void *)password);
  if (!key) return "PEM_read_bio_PrivateKey() failed";
  *loads = 0;
  *kind = EVP_PKEY_id(key);
  int is_used = SSL_CREDENTIAL_set1_private_key(credential, key);
  EVP_PKEY_free(key);
  return is_used ? NULL : "SSL_CTX_use_PrivateKey";
}

// Parameters of X9.42 are a form of their own, which the library does not read.
const char *tls_check_dh_parameters(BIO *bio) {
  char *name = NULL, *header = NULL;
  unsigned char *bytes = NULL;
  long count = 0;
  if (!PEM_read_bio(bio, &name, &header, &bytes, &count)) return "PEM_read_bio_DHparams";
  const unsigned char *start = bytes;
  DH *parameters = strcmp(name, PEM_STRING_DHPARAMS) == 0 ? d2i_DHparams(NULL, &start, count) : NULL;
  int is_good = parameters || strcmp(name, "X9.42 DH PARAMETERS") == 0;
  DH_free(parameters);
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(bytes);
  return is_good ? NULL : "PEM_read_bio_DHparams";
}

// Adds a name that is not there yet; returns 0 without memory.
static int add_name(STACK_OF(X509_NAME) *names, const X509_NAME *name) {
  for (size_t index = 0; index < sk_X509_NAME_num(names); index++) {
    if (X509_NAME_cmp(sk_X509_NAME_value(names, index), name) == 0) return 1;
  }
  X509_NAME *copy = X509_NAME_dup(name);
  if (copy && sk_X509_NAME_push(names, copy)) return 1;
  X509_NAME_free(copy);
  return 0;
}

const char *tls_trust(SSL_CTX *context, BIO *bio, int announces, int *loads) {
  X509_STORE *store = SSL_CTX_get_cert_store(context);
  STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
  const char *failed = NULL;
  int count = 0;
  *loads = 0;
  while (!failed) {
    X509 *one = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
    if (!one) {
      if (count > 0 && is_end_of_text()) break;
      *loads = 1;
      failed = "PEM_read_bio_X509_AUX() failed";
      break;
    }
    count++;
    if (X509_STORE_add_cert(store, one) != 1) {
      failed = "X509_STORE_add_cert";
    } else if (announces && !add_name(names, X509_get_subject_name(one))) {
      failed = "X509_NAME_dup";
    }
    X509_free(one);
  }
  if (announces && !failed) {
    SSL_CTX_set_client_CA_list(context, names);
  } else {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
  }
  return failed;
}

const char *tls_use_revocations(SSL_CTX *context, BIO *bio) {
  X509_STORE *store = SSL_CTX_get_cert_store(context);
  int count = 0;
  for (;; count++) {
    X509_CRL *list = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
    if (!list) break;
    int is_added = X509_STORE_add_crl(store, list);
    X509_CRL_free(list);
    if (!is_added) return "X509_STORE_add_crl() failed";
  }
  if (count == 0 || !is_end_of_text()) return "PEM_read_bio_X509_CRL() failed";
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return NULL;
}

struct ticket_key {
  unsigned char name[16], hmac[32], aes[32];
  int size;
};

// The keys of tickets, which contexts may share; the first of them encrypts.
struct tls_ticket_keys {
  pthread_mutex_t lock;
  atomic_int owners;
  // How long the first key encrypts, in seconds; 0 for ever. Then a new one takes its place, and it
  // decrypts for as long again.
  long period;
  time_t born;
  int count;
  struct ticket_key keys[];
};

void tls_release_ticket_keys(struct tls_ticket_keys *all) {
  if (!all || atomic_fetch_sub(&all->owners, 1) > 1) return;
  pthread_mutex_destroy(&all->lock);
  // The memory is cleansed, as always.
  OPENSSL_free(all);
}

static void free_ticket_keys(
    void *parent, void *data, CRYPTO_EX_DATA *extra, int index, long number, void *pointer) {
  (void)parent, (void)extra, (void)index, (void)number, (void)pointer;
  tls_release_ticket_keys(data);
}

static void free_extra(
    void *parent, void *data, CRYPTO_EX_DATA *extra, int index, long number, void *pointer) {
  (void)parent, (void)extra, (void)index, (void)number, (void)pointer;
  OPENSSL_free(data);
}

static int ticket_index = -1, alpn_index = -1, reader_index = -1;
static pthread_once_t indices_once = PTHREAD_ONCE_INIT;
static void make_indices(void) {
  ticket_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_ticket_keys);
  alpn_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_extra);
  reader_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_extra);
}

static int make_ticket_key(struct ticket_key *key) {
  key->size = 80;
  return RAND_bytes(key->name, 16) == 1 && RAND_bytes(key->hmac, 32) == 1 &&
         RAND_bytes(key->aes, 32) == 1;
}

static void rotate_ticket_keys(struct tls_ticket_keys *all) {
  time_t age = time(NULL) - all->born;
  if (!all->period || (age >= 0 && age < all->period)) return;
  struct ticket_key next;
  if (!make_ticket_key(&next)) return;
  // A key that nobody has encrypted with for a whole period is of no use any more.
  all->keys[1] = age < 2 * all->period ? all->keys[0] : next;
  all->keys[0] = next;
  all->born += age;
  OPENSSL_cleanse(&next, sizeof(next));
}

// Finds the key of a ticket, or the one for a new ticket; returns its number, or -1.
static int find_ticket_key(
    struct tls_ticket_keys *all, const unsigned char *name, struct ticket_key *found) {
  int index = 0;
  if (pthread_mutex_lock(&all->lock) != 0) return -1;
  rotate_ticket_keys(all);
  while (name && index < all->count && memcmp(name, all->keys[index].name, 16) != 0) index++;
  if (index < all->count) *found = all->keys[index];
  pthread_mutex_unlock(&all->lock);
  return index < all->count ? index : -1;
}

static int protect_ticket(
    SSL *session, unsigned char *name, unsigned char *vector, EVP_CIPHER_CTX *cipher,
    HMAC_CTX *mac, int encrypts) {
  struct tls_ticket_keys *all = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), ticket_index);
  struct ticket_key key;
  if (!all) return -1;
  int index = find_ticket_key(all, encrypts ? NULL : name, &key);
  if (index < 0) return encrypts ? -1 : 0;
  if (encrypts) {
    memcpy(name, key.name, 16);
    if (RAND_bytes(vector, 16) != 1) return -1;
  }
  int is_long = key.size == 80;
  const EVP_CIPHER *kind = is_long ? EVP_aes_256_cbc() : EVP_aes_128_cbc();
  int is_set = EVP_CipherInit_ex(cipher, kind, NULL, key.aes, vector, encrypts) == 1 &&
               HMAC_Init_ex(mac, key.hmac, is_long ? 32 : 16, EVP_sha256(), NULL) == 1;
  OPENSSL_cleanse(&key, sizeof(key));
  if (!is_set) return -1;
  // Old keys are about to go.
  return !encrypts && index > 0 ? 2 : 1;
}

static struct tls_ticket_keys *new_ticket_keys(int count) {
  pthread_once(&indices_once, make_indices);
  struct tls_ticket_keys *all = OPENSSL_zalloc(sizeof(*all) + (size_t)count * sizeof(all->keys[0]));
  if (!all) return NULL;
  all->count = count;
  atomic_init(&all->owners, 1);
  if (pthread_mutex_init(&all->lock, NULL) == 0) return all;
  OPENSSL_free(all);
  return NULL;
}

struct tls_ticket_keys *tls_random_ticket_keys(long period) {
  struct tls_ticket_keys *all = new_ticket_keys(2);
  if (!all) return NULL;
  all->period = period;
  all->born = time(NULL);
  if (make_ticket_key(&all->keys[0])) {
    all->keys[1] = all->keys[0];
    return all;
  }
  tls_release_ticket_keys(all);
  return NULL;
}

struct tls_ticket_keys *tls_fixed_ticket_keys(
    const unsigned char *records, const unsigned char *sizes, int count) {
  struct tls_ticket_keys *all = new_ticket_keys(count);
  if (!all) return NULL;
  for (int index = 0; index < count; index++) {
    const unsigned char *record = records + index * 80;
    struct ticket_key *key = &all->keys[index];
    key->size = sizes[index];
    memcpy(key->name, record, 16);
    if (sizes[index] == 48) {
      memcpy(key->aes, record + 16, 16);
      memcpy(key->hmac, record + 32, 16);
    } else {
      memcpy(key->hmac, record + 16, 32);
      memcpy(key->aes, record + 48, 32);
    }
  }
  return all;
}

int tls_use_ticket_keys(SSL_CTX *context, struct tls_ticket_keys *all) {
  if (!SSL_CTX_set_ex_data(context, ticket_index, all)) return 0;
  atomic_fetch_add(&all->owners, 1);
  return SSL_CTX_set_tlsext_ticket_key_cb(context, protect_ticket);
}

struct alpn_names {
  unsigned int count;
  unsigned char bytes[];
};

static int choose_protocol(
    SSL *session, const unsigned char **chosen, unsigned char *chosen_count,
    const unsigned char *offered, unsigned int offered_count, void *argument) {
  struct alpn_names *names = argument;
  (void)session;
  int result = SSL_select_next_proto(
      (unsigned char **)chosen, chosen_count, names->bytes, names->count, offered, offered_count);
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int tls_set_server_alpn(SSL_CTX *context, const unsigned char *bytes, unsigned int count) {
  pthread_once(&indices_once, make_indices);
  struct alpn_names *names = OPENSSL_malloc(sizeof(*names) + count);
  if (!names) return 0;
  names->count = count;
  memcpy(names->bytes, bytes, count);
  if (!SSL_CTX_set_ex_data(context, alpn_index, names)) {
    OPENSSL_free(names);
    return 0;
  }
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, names);
  return 1;
}

static int let_pass(int is_good, X509_STORE_CTX *store) {
  (void)is_good, (void)store;
  return 1;
}

void tls_verify_leniently(SSL_CTX *context, int depth) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, let_pass);
  SSL_CTX_set_verify_depth(context, depth);
}

int tls_accept_signatures(SSL_CTX *context) {
  static const uint16_t kinds[] = {
      SSL_SIGN_ECDSA_SECP256R1_SHA256, SSL_SIGN_ECDSA_SECP384R1_SHA384,
      SSL_SIGN_ECDSA_SECP521R1_SHA512, SSL_SIGN_ED25519,
      SSL_SIGN_RSA_PSS_RSAE_SHA256,    SSL_SIGN_RSA_PSS_RSAE_SHA384,
      SSL_SIGN_RSA_PSS_RSAE_SHA512,    SSL_SIGN_RSA_PKCS1_SHA256,
      SSL_SIGN_RSA_PKCS1_SHA384,       SSL_SIGN_RSA_PKCS1_SHA512,
      SSL_SIGN_RSA_PKCS1_SHA1};
  return SSL_CTX_set_verify_algorithm_prefs(context, kinds, sizeof(kinds) / sizeof(kinds[0]));
}

// The host name that a client asks for, behind two lengths and a type (RFC 6066, section 3).
static size_t offered_name(const SSL_CLIENT_HELLO *hello, const unsigned char **name) {
  const unsigned char *bytes;
  size_t size;
  if (!SSL_early_callback_ctx_extension_get(hello, TLSEXT_TYPE_server_name, &bytes, &size)) return 0;
  if (size < 5 || bytes[2] != TLSEXT_NAMETYPE_host_name) return 0;
  size_t count = (size_t)bytes[3] << 8 | bytes[4];
  if (count > size - 5 || count > TLSEXT_MAXLEN_host_name || memchr(bytes + 5, 0, count)) return 0;
  *name = bytes + 5;
  return count;
}

// The groups that a client offers, behind their length (RFC 8446, section 4.2.7).
static size_t offered_groups(const SSL_CLIENT_HELLO *hello, const unsigned char **groups) {
  const unsigned char *bytes;
  size_t size;
  int is_there =
      SSL_early_callback_ctx_extension_get(hello, TLSEXT_TYPE_supported_groups, &bytes, &size);
  if (!is_there || size < 2) return 0;
  *groups = bytes + 2;
  return size - 2;
}

struct hello_reader {
  tls_hello_reader read;
  void *argument;
};

static enum ssl_select_cert_result_t read_hello(const SSL_CLIENT_HELLO *hello) {
  struct hello_reader *reader = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(hello->ssl), reader_index);
  struct tls_client_hello first = {
      .ciphers = hello->cipher_suites, .ciphers_count = hello->cipher_suites_len};
  const unsigned char *name = NULL;
  first.name_count = offered_name(hello, &name);
  first.name = (const char *)name;
  first.groups_count = offered_groups(hello, &first.groups);
  if (reader->read(hello->ssl, &first, reader->argument)) return ssl_select_cert_success;
  SSL_send_fatal_alert(hello->ssl, SSL_AD_UNRECOGNIZED_NAME);
  return ssl_select_cert_error;
}

// Without it a client would not be told that its name was heard (RFC 6066, section 3).
static int accept_name(SSL *session, int *alert, void *argument) {
  (void)session, (void)alert, (void)argument;
  return SSL_TLSEXT_ERR_OK;
}

int tls_set_hello_reader(SSL_CTX *context, tls_hello_reader read, void *argument) {
  pthread_once(&indices_once, make_indices);
  struct hello_reader *reader = OPENSSL_malloc(sizeof(*reader));
  if (!reader) return 0;
  reader->read = read;
  reader->argument = argument;
  if (!SSL_CTX_set_ex_data(context, reader_index, reader)) {
    OPENSSL_free(reader);
    return 0;
  }
  SSL_CTX_set_select_certificate_cb(context, read_hello);
  SSL_CTX_set_tlsext_servername_callback(context, accept_name);
  return 1;
}

const char *tls_group_name(unsigned int number) {
  switch (number) {
    case 19: return "prime192v1";
    case 21: return "secp224r1";
    case 22: return "secp256k1";
    case SSL_GROUP_SECP256R1: return "prime256v1";
    case SSL_GROUP_SECP384R1: return "secp384r1";
    case SSL_GROUP_SECP521R1: return "secp521r1";
    case SSL_GROUP_X25519: return "X25519";
    case 30: return "X448";
    default: return SSL_get_group_name((uint16_t)number);
  }
}
