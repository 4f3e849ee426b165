/* TLS over memory: ciphertext in, ciphertext out. Sockets are stream.c's. The only file that knows
 * OpenSSL is tls.c. */
#ifndef RWB_SERVE_TLS_H
#define RWB_SERVE_TLS_H

#include <rwgraph/status.h>

#include "base/buf.h"

typedef struct rwb__tls rwb__tls;
typedef struct rwb__tls_session rwb__tls_session;

/// Certificate chain and key of a server, from PEM files. RWG_IO with a text when they are no good.
rwg_status
rwb__tls_new(rwg__mem *mem, rwg_str cert_file, rwg_str key_file, rwb__tls **out, rwg_error *err);
/// For connections to others. verify: their certificates have to be good by the system's store
/// (SSL_CERT_FILE and SSL_CERT_DIR name another one) and made out to their host.
rwg_status rwb__tls_new_client(rwg__mem *mem, bool verify, rwb__tls **out, rwg_error *err);
/// Sessions may outlive it. Accepts NULL.
void rwb__tls_free(rwb__tls *tls);

/// The server's end of a connection.
rwb__tls_session *rwb__tls_session_new(rwb__tls *tls);
/// A client's end of a connection to this host, a name or an address. It says the first word:
/// receive nothing to have it.
rwb__tls_session *rwb__tls_session_to(rwb__tls *tls, const char *host);
/// Why a handshake failed; "" when there is nothing to say.
const char *rwb__tls_problem(const rwb__tls_session *session);
/// Accepts NULL.
void rwb__tls_session_free(rwb__tls_session *session);
/// Ciphertext from the wire; plain text is appended to plain, what is to be sent to wire. False:
/// the session is broken (wire may hold an alert), or ended by the other side.
bool rwb__tls_receive(rwb__tls_session *session, rwg_str bytes, rwg__buf *plain, rwg__buf *wire);
/// True when the other side has ended the session in good order.
bool rwb__tls_said_goodbye(const rwb__tls_session *session);
/// True when the handshake is over and rwb__tls_send may be called.
bool rwb__tls_is_ready(const rwb__tls_session *session);
/// Encrypts all of the text.
bool rwb__tls_send(rwb__tls_session *session, rwg_str text, rwg__buf *wire);
/// The goodbye.
void rwb__tls_finish(rwb__tls_session *session, rwg__buf *wire);

#endif
