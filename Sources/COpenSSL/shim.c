// The shims that loop over OpenSSL's stacks or are called back by it.
#include "COpenSSL.h"

#include <string.h>
#include <time.h>

size_t tls_take_errors(char *room, size_t size) {
  size_t used = 0;
  const char *data;
  int flags;
  unsigned long code;
  room[0] = 0;
  if (!ERR_peek_error()) return 0;
  used += (size_t)snprintf(room, size, " (SSL:");
  while ((code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0) {
    char text[256];
    int written;
    ERR_error_string_n(code, text, sizeof(text));
    int has_data = data && *data && (flags & ERR_TXT_STRING);
    if (used + 2 >= size) continue;
    written = snprintf(
        room + used, size - used - 1, " %s%s%s", text, has_data ? ":" : "", has_data ? data : "");
    used += (size_t)written < size - used - 1 ? (size_t)written : size - used - 2;
  }
  room[used++] = ')';
  room[used] = 0;
  return used;
}

// Whether reading stopped because the PEM text is over; clears that error.
static int is_end_of_text(void) {
  unsigned long code = ERR_peek_last_error();
  if (ERR_GET_LIB(code) != ERR_LIB_PEM || ERR_GET_REASON(code) != PEM_R_NO_START_LINE) return 0;
  ERR_clear_error();
  return 1;
}

const char *tls_use_certificate(SSL_CTX *context, BIO *bio, int *loads) {
  *loads = 1;
  X509 *leaf = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
  if (!leaf) return "PEM_read_bio_X509_AUX() failed";
  STACK_OF(X509) *chain = sk_X509_new_null();
  for (;;) {
    X509 *next = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    if (next) {
      sk_X509_push(chain, next);
    } else if (is_end_of_text()) {
      break;
    } else {
      sk_X509_pop_free(chain, X509_free);
      X509_free(leaf);
      return "PEM_read_bio_X509() failed";
    }
  }
  *loads = 0;
  int is_used = SSL_CTX_use_certificate(context, leaf);
  X509_free(leaf);
  if (is_used && SSL_CTX_set0_chain(context, chain)) return NULL;
  sk_X509_pop_free(chain, X509_free);
  return is_used ? "SSL_CTX_set0_chain" : "SSL_CTX_use_certificate";
}

static int give_password(char *room, int size, int is_writing, void *password) {
  (void)is_writing;
  if (!password) return 0;
  int count = (int)strlen(password);
  if (count > size) count = size;
  memcpy(room, password, (size_t)count);
  return count;
}

const char *tls_use_key(SSL_CTX *context, BIO *bio, const char *password, int *loads) {
  *loads = 1;
  EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, give_password, (void *)password);
  if (!key) return "PEM_read_bio_PrivateKey() failed";
  *loads = 0;
  int is_used = SSL_CTX_use_PrivateKey(context, key);
  EVP_PKEY_free(key);
  return is_used ? NULL : "SSL_CTX_use_PrivateKey";
}

const char *tls_use_dh_parameters(SSL_CTX *context, BIO *bio) {
  EVP_PKEY *parameters = PEM_read_bio_Parameters(bio, NULL);
  if (!parameters) return "PEM_read_bio_Parameters";
  if (SSL_CTX_set0_tmp_dh_pkey(context, parameters) == 1) return NULL;
  EVP_PKEY_free(parameters);
  return "SSL_CTX_set0_tmp_dh_pkey";
}

static int has_name(STACK_OF(X509_NAME) *names, const X509_NAME *name) {
  for (int index = 0; index < sk_X509_NAME_num(names); index++) {
    if (X509_NAME_cmp(sk_X509_NAME_value(names, index), name) == 0) return 1;
  }
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
    if (X509_STORE_add_cert(store, one) != 1) failed = "X509_STORE_add_cert";
    if (announces && !has_name(names, X509_get_subject_name(one))) {
      sk_X509_NAME_push(names, X509_NAME_dup(X509_get_subject_name(one)));
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
  CRYPTO_RWLOCK *lock;
  int owners;
  // How long the first key encrypts, in seconds; 0 for ever. Then a new one takes its place, and it
  // decrypts for as long again.
  long period;
  time_t born;
  int count;
  struct ticket_key keys[];
};

void tls_release_ticket_keys(struct tls_ticket_keys *all) {
  int left = 0;
  if (!all || CRYPTO_atomic_add(&all->owners, -1, &left, all->lock) != 1 || left > 0) return;
  CRYPTO_THREAD_lock_free(all->lock);
  OPENSSL_clear_free(all, sizeof(*all) + (size_t)all->count * sizeof(all->keys[0]));
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

static int ticket_index = -1, alpn_index = -1, chooser_index = -1;
static CRYPTO_ONCE indices_once = CRYPTO_ONCE_STATIC_INIT;
static void make_indices(void) {
  ticket_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_ticket_keys);
  alpn_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_extra);
  chooser_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_extra);
}

static int set_ticket_hmac(EVP_MAC_CTX *mac, unsigned char *key, int size) {
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key, (size_t)size),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "sha256", 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters);
}

static int make_ticket_key(struct ticket_key *key) {
  key->size = 80;
  return RAND_bytes(key->name, 16) == 1 && RAND_priv_bytes(key->hmac, 32) == 1 &&
         RAND_priv_bytes(key->aes, 32) == 1;
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
  if (!CRYPTO_THREAD_write_lock(all->lock)) return -1;
  rotate_ticket_keys(all);
  while (name && index < all->count && memcmp(name, all->keys[index].name, 16) != 0) index++;
  if (index < all->count) *found = all->keys[index];
  CRYPTO_THREAD_unlock(all->lock);
  return index < all->count ? index : -1;
}

static int protect_ticket(
    SSL *session, unsigned char *name, unsigned char *vector, EVP_CIPHER_CTX *cipher,
    EVP_MAC_CTX *mac, int encrypts) {
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
               set_ticket_hmac(mac, key.hmac, is_long ? 32 : 16) == 1;
  OPENSSL_cleanse(&key, sizeof(key));
  if (!is_set) return -1;
  // Tickets of TLS 1.3 are for one use, and old keys are about to go: renew both.
  return !encrypts && (index > 0 || SSL_version(session) == TLS1_3_VERSION) ? 2 : 1;
}

static struct tls_ticket_keys *new_ticket_keys(int count) {
  CRYPTO_THREAD_run_once(&indices_once, make_indices);
  struct tls_ticket_keys *all = OPENSSL_zalloc(sizeof(*all) + (size_t)count * sizeof(all->keys[0]));
  if (!all) return NULL;
  all->count = count;
  all->owners = 1;
  all->lock = CRYPTO_THREAD_lock_new();
  if (all->lock) return all;
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
  int owners = 0;
  if (CRYPTO_atomic_add(&all->owners, 1, &owners, all->lock) != 1) return 0;
  SSL_CTX_set_ex_data(context, ticket_index, all);
  return (int)SSL_CTX_set_tlsext_ticket_key_evp_cb(context, protect_ticket);
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
  CRYPTO_THREAD_run_once(&indices_once, make_indices);
  struct alpn_names *names = OPENSSL_malloc(sizeof(*names) + count);
  if (!names) return 0;
  names->count = count;
  memcpy(names->bytes, bytes, count);
  SSL_CTX_set_ex_data(context, alpn_index, names);
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

void tls_session_verify_leniently(SSL *session, int depth) {
  SSL_set_verify(session, SSL_VERIFY_PEER, let_pass);
  SSL_set_verify_depth(session, depth);
}

// The host name that a client asks for, behind two lengths and a type (RFC 6066, section 3).
static size_t offered_name(SSL *session, const unsigned char **name) {
  const unsigned char *bytes;
  size_t size;
  if (!SSL_client_hello_get0_ext(session, TLSEXT_TYPE_server_name, &bytes, &size)) return 0;
  if (size < 5 || bytes[2] != TLSEXT_NAMETYPE_host_name) return 0;
  size_t count = (size_t)bytes[3] << 8 | bytes[4];
  if (count > size - 5 || count > TLSEXT_MAXLEN_host_name || memchr(bytes + 5, 0, count)) return 0;
  *name = bytes + 5;
  return count;
}

struct name_chooser {
  tls_name_chooser choose;
  void *argument;
};

static int choose_by_name(SSL *session, int *alert, void *argument) {
  struct name_chooser *chooser = argument;
  const unsigned char *name = NULL;
  size_t count = offered_name(session, &name);
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return chooser->choose(session, (const char *)name, count, chooser->argument)
             ? SSL_CLIENT_HELLO_SUCCESS
             : SSL_CLIENT_HELLO_ERROR;
}

// Without it a session of TLS 1.2 would not remember the name that it is for.
static int accept_name(SSL *session, int *alert, void *argument) {
  (void)session, (void)alert, (void)argument;
  return SSL_TLSEXT_ERR_OK;
}

int tls_set_name_chooser(SSL_CTX *context, tls_name_chooser choose, void *argument) {
  CRYPTO_THREAD_run_once(&indices_once, make_indices);
  struct name_chooser *chooser = OPENSSL_malloc(sizeof(*chooser));
  if (!chooser) return 0;
  chooser->choose = choose;
  chooser->argument = argument;
  OPENSSL_free(SSL_CTX_get_ex_data(context, chooser_index));
  SSL_CTX_set_ex_data(context, chooser_index, chooser);
  SSL_CTX_set_client_hello_cb(context, choose_by_name, chooser);
  SSL_CTX_set_tlsext_servername_callback(context, accept_name);
  return 1;
}

size_t tls_offered_curves(SSL *session, char *room, size_t size) {
  size_t used = 0;
  int curves[64];
  int count = (int)SSL_get1_curves(session, NULL);
  room[0] = 0;
  if (count <= 0 || count > 64) return 0;
  count = (int)SSL_get1_curves(session, curves);
  for (int index = 0; index < count; index++) {
    const char *separator = index > 0 ? ":" : "";
    const char *name = curves[index] & TLSEXT_nid_unknown ? NULL : OBJ_nid2sn(curves[index]);
    int written =
        name ? snprintf(room + used, size - used, "%s%s", separator, name)
             : snprintf(room + used, size - used, "%s0x%04x", separator, curves[index] & 0xffff);
    if (written < 0 || (size_t)written >= size - used) return used;
    used += (size_t)written;
  }
  return used;
}
