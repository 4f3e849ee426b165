/* OpenSSL on memory: a session has a pair of memory BIOs, and never sees a socket. */
#include "serve/tls.h"

#include "base/path.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>

struct rwb__tls {
    rwg__mem *mem;
    SSL_CTX *context;
};

struct rwb__tls_session {
    rwg__mem *mem;
    SSL *ssl;
    BIO *in;  /* ciphertext from the wire; owned by ssl */
    BIO *out; /* ciphertext for the wire; owned by ssl */
    char problem[128];
};

static const unsigned char PROTOCOLS[] = "\x08http/1.1";

/* HTTP/1.1 is all there is; said so, a browser does not ask for HTTP/2. */
static int choose_protocol(
    SSL *ssl,
    const unsigned char **out,
    unsigned char *out_len,
    const unsigned char *in,
    unsigned int in_len,
    void *payload
) {
    (void)ssl;
    (void)payload;
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_len, PROTOCOLS, sizeof PROTOCOLS - 1, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static rwg_status fail(rwg_error *err, rwg_str path, const char *what) {
    char reason[256] = "no reason given";
    unsigned long code = ERR_get_error();
    if (code != 0) {
        ERR_error_string_n(code, reason, sizeof reason);
    }
    ERR_clear_error();
    return rwg__error(err, RWG_IO, path, "%s: %s", what, reason);
}

/* OpenSSL wants a NUL. */
static bool as_path(rwg__path *out, rwg_str text) {
    return text.len > 0 && rwg__path_normalise(out, text);
}

rwg_status
rwb__tls_new(rwg__mem *mem, rwg_str cert_file, rwg_str key_file, rwb__tls **out, rwg_error *err) {
    *out = NULL;
    rwg__path cert;
    rwg__path key;
    if (!as_path(&cert, cert_file) || !as_path(&key, key_file)) {
        return rwg__error(err, RWG_INVALID, (rwg_str){0}, "https needs a certificate and a key");
    }
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context) {
        return fail(err, (rwg_str){0}, "cannot set up TLS");
    }
    rwg_status status = RWG_OK;
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    if (SSL_CTX_use_certificate_chain_file(context, cert.bytes) != 1) {
        status = fail(err, cert_file, "cannot use this certificate");
    } else if (SSL_CTX_use_PrivateKey_file(context, key.bytes, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(context) != 1) {
        status = fail(err, key_file, "cannot use this key");
    }
    if (status != RWG_OK) {
        SSL_CTX_free(context);
        return status;
    }
    rwb__tls *tls = rwg__mem_zalloc(mem, sizeof *tls);
    tls->mem = mem;
    tls->context = context;
    *out = tls;
    return RWG_OK;
}

rwg_status rwb__tls_new_client(rwg__mem *mem, bool verify, rwb__tls **out, rwg_error *err) {
    *out = NULL;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context) {
        return fail(err, (rwg_str){0}, "cannot set up TLS");
    }
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    (void)SSL_CTX_set_alpn_protos(context, PROTOCOLS, sizeof PROTOCOLS - 1);
    // A missing store leaves nobody to trust, which the handshake says.
    (void)SSL_CTX_set_default_verify_paths(context);
    ERR_clear_error();
    SSL_CTX_set_verify(context, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    rwb__tls *tls = rwg__mem_zalloc(mem, sizeof *tls);
    tls->mem = mem;
    tls->context = context;
    *out = tls;
    return RWG_OK;
}

void rwb__tls_free(rwb__tls *tls) {
    if (tls) {
        SSL_CTX_free(tls->context);
        rwg__mem_free(tls->mem, tls, sizeof *tls);
    }
}

static rwb__tls_session *new_session(rwb__tls *tls) {
    rwb__tls_session *session = rwg__mem_zalloc(tls->mem, sizeof *session);
    session->mem = tls->mem;
    session->ssl = SSL_new(tls->context);
    session->in = BIO_new(BIO_s_mem());
    session->out = BIO_new(BIO_s_mem());
    RWG_ASSERT(session->ssl && session->in && session->out);
    SSL_set_bio(session->ssl, session->in, session->out);
    return session;
}

rwb__tls_session *rwb__tls_session_new(rwb__tls *tls) {
    rwb__tls_session *session = new_session(tls);
    SSL_set_accept_state(session->ssl);
    return session;
}

rwb__tls_session *rwb__tls_session_to(rwb__tls *tls, const char *host) {
    rwb__tls_session *session = new_session(tls);
    SSL_set_connect_state(session->ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session->ssl), host) != 1) {
        (void)SSL_set1_host(session->ssl, host);
        (void)SSL_set_tlsext_host_name(session->ssl, host);
    }
    ERR_clear_error();
    return session;
}

const char *rwb__tls_problem(const rwb__tls_session *session) {
    return session->problem;
}

static void keep_problem(rwb__tls_session *session) {
    long verdict = SSL_get_verify_result(session->ssl);
    const char *reason = verdict != X509_V_OK ? X509_verify_cert_error_string(verdict)
                                              : ERR_reason_error_string(ERR_peek_error());
    if (reason) {
        (void)snprintf(session->problem, sizeof session->problem, "TLS: %s", reason);
    }
}

void rwb__tls_session_free(rwb__tls_session *session) {
    if (session) {
        SSL_free(session->ssl);
        rwg__mem_free(session->mem, session, sizeof *session);
    }
}

static void move_out(rwb__tls_session *session, rwg__buf *wire) {
    char part[16 * 1024];
    int got;
    while ((got = BIO_read(session->out, part, (int)sizeof part)) > 0) {
        rwg__buf_add(wire, (rwg_str){part, (uint32_t)got});
    }
}

bool rwb__tls_receive(rwb__tls_session *session, rwg_str bytes, rwg__buf *plain, rwg__buf *wire) {
    if (bytes.len > 0 && BIO_write(session->in, bytes.ptr, (int)bytes.len) != (int)bytes.len) {
        return false;
    }
    char part[16 * 1024];
    int got;
    while ((got = SSL_read(session->ssl, part, (int)sizeof part)) > 0) {
        rwg__buf_add(plain, (rwg_str){part, (uint32_t)got});
    }
    bool alive = SSL_get_error(session->ssl, got) == SSL_ERROR_WANT_READ;
    if (!alive && !rwb__tls_is_ready(session)) {
        keep_problem(session);
    }
    ERR_clear_error();
    move_out(session, wire);
    return alive;
}

bool rwb__tls_said_goodbye(const rwb__tls_session *session) {
    return (SSL_get_shutdown(session->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool rwb__tls_is_ready(const rwb__tls_session *session) {
    return SSL_is_init_finished(session->ssl) == 1;
}

bool rwb__tls_send(rwb__tls_session *session, rwg_str text, rwg__buf *wire) {
    bool sent = text.len == 0 || SSL_write(session->ssl, text.ptr, (int)text.len) == (int)text.len;
    ERR_clear_error();
    move_out(session, wire);
    return sent;
}

void rwb__tls_finish(rwb__tls_session *session, rwg__buf *wire) {
    (void)SSL_shutdown(session->ssl);
    ERR_clear_error();
    move_out(session, wire);
}
