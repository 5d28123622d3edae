// The shims that loop over OpenSSL's stacks or are called back by it.
#include "COpenSSL.h"

#include <string.h>

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
    if (announces) sk_X509_NAME_push(names, X509_NAME_dup(X509_get_subject_name(one)));
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

struct ticket_keys {
  int count;
  struct {
    unsigned char name[16], hmac[32], aes[32];
    int size;
  } keys[];
};

static void free_extra(
    void *parent, void *data, CRYPTO_EX_DATA *extra, int index, long number, void *pointer) {
  (void)parent, (void)extra, (void)index, (void)number, (void)pointer;
  OPENSSL_free(data);
}

static void free_owner(
    void *parent, void *data, CRYPTO_EX_DATA *extra, int index, long number, void *pointer) {
  (void)parent, (void)extra, (void)index, (void)number, (void)pointer;
  SSL_CTX_free(data);
}

static int ticket_index = -1, alpn_index = -1, owner_index = -1;
static CRYPTO_ONCE indices_once = CRYPTO_ONCE_STATIC_INIT;
static void make_indices(void) {
  ticket_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_extra);
  alpn_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_extra);
  owner_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, free_owner);
}

static int set_ticket_hmac(EVP_MAC_CTX *mac, unsigned char *key, int size) {
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key, (size_t)size),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "sha256", 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters);
}

static int protect_ticket(
    SSL *session, unsigned char *name, unsigned char *vector, EVP_CIPHER_CTX *cipher,
    EVP_MAC_CTX *mac, int encrypts) {
  // A ticket is looked at before a name has chosen the session's context.
  SSL_CTX *owner = encrypts ? NULL : SSL_get_ex_data(session, owner_index);
  struct ticket_keys *all =
      SSL_CTX_get_ex_data(owner ? owner : SSL_get_SSL_CTX(session), ticket_index);
  if (!all) return encrypts ? -1 : 0;
  int index = 0;
  if (encrypts) {
    memcpy(name, all->keys[0].name, 16);
    if (RAND_bytes(vector, 16) != 1) return -1;
  } else {
    while (index < all->count && memcmp(name, all->keys[index].name, 16) != 0) index++;
    if (index == all->count) return 0;
  }
  int is_long = all->keys[index].size == 80;
  const EVP_CIPHER *kind = is_long ? EVP_aes_256_cbc() : EVP_aes_128_cbc();
  if (EVP_CipherInit_ex(cipher, kind, NULL, all->keys[index].aes, vector, encrypts) != 1) return -1;
  if (set_ticket_hmac(mac, all->keys[index].hmac, is_long ? 32 : 16) != 1) return -1;
  // Tickets of TLS 1.3 are for one use, and old keys are about to go: renew both.
  return !encrypts && (index > 0 || SSL_version(session) == TLS1_3_VERSION) ? 2 : 1;
}

int tls_set_ticket_keys(
    SSL_CTX *context, const unsigned char *records, const unsigned char *sizes, int count) {
  CRYPTO_THREAD_run_once(&indices_once, make_indices);
  struct ticket_keys *all = OPENSSL_zalloc(sizeof(*all) + (size_t)count * sizeof(all->keys[0]));
  if (!all) return 0;
  all->count = count;
  for (int index = 0; index < count; index++) {
    const unsigned char *record = records + index * 80;
    all->keys[index].size = sizes[index];
    memcpy(all->keys[index].name, record, 16);
    if (sizes[index] == 48) {
      memcpy(all->keys[index].aes, record + 16, 16);
      memcpy(all->keys[index].hmac, record + 32, 16);
    } else {
      memcpy(all->keys[index].hmac, record + 16, 32);
      memcpy(all->keys[index].aes, record + 48, 32);
    }
  }
  SSL_CTX_set_ex_data(context, ticket_index, all);
  return (int)SSL_CTX_set_tlsext_ticket_key_evp_cb(context, protect_ticket);
}

const unsigned char *tls_hello_name(SSL *session, size_t *count) {
  const unsigned char *list;
  size_t length;
  // One entry: the length of the list, 0 for a host name, the length of the name, the name.
  if (!SSL_client_hello_get0_ext(session, TLSEXT_TYPE_server_name, &list, &length)) return NULL;
  if (length < 5 || list[2] != TLSEXT_NAMETYPE_host_name) return NULL;
  *count = (size_t)list[3] << 8 | list[4];
  return *count == length - 5 && *count <= TLSEXT_MAXLEN_host_name ? list + 5 : NULL;
}

void tls_note_ticket_owner(SSL *session, SSL_CTX *owner) {
  CRYPTO_THREAD_run_once(&indices_once, make_indices);
  SSL_CTX *former = SSL_get_ex_data(session, owner_index);
  if (owner == SSL_get_SSL_CTX(session)) owner = NULL;
  if (owner) SSL_CTX_up_ref(owner);
  if (owner || former) SSL_set_ex_data(session, owner_index, owner);
  SSL_CTX_free(former);
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
