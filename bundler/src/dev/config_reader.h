/* Reading options from a JSON document: each value by the function of its type, each mistake with
 * the line and the whole name of the key, and what may stand there instead.
 *
 *   rwgraph.json: line 4: server.proxy["/api"].ws must be true or false */
#ifndef RWB_DEV_CONFIG_READER_H
#define RWB_DEV_CONFIG_READER_H

#include <rwgraph/status.h>

#include "base/arena.h"
#include "base/json.h"

/* Keys from the top of the document to a value. */
#define RWB__CONFIG_DEPTH 6

typedef struct rwb__config_reader {
    rwg__arena *arena; /* the values' */
    rwg_str root;      /* the folder of the document */
    rwg_str path;      /* of the document, for messages */
    rwg_str text;
    rwg_error *err;
    void *payload;                   /* of the readers */
    rwg_str keys[RWB__CONFIG_DEPTH]; /* of the value that is being read */
    uint32_t depth;
} rwb__config_reader;

/// Puts a value where out points to, or says what is wrong with it.
typedef rwg_status (*rwb__config_fn)(rwb__config_reader *r, const rwg__json *value, void *out);

typedef struct rwb__config_field {
    const char *key; /* NULL ends a table */
    rwb__config_fn read;
    void *out;
} rwb__config_field;

/// The value of this key by the field's function; the field's own key is not looked at.
rwg_status rwb__config_read(
    rwb__config_reader *r, rwg_str key, const rwg__json *value, rwb__config_field field
);
/// Each member of an object by the field of its key; a key that is in no field is a mistake.
/// `what` is said of a value that is no object.
rwg_status rwb__config_fields(
    rwb__config_reader *r,
    const rwg__json *object,
    const rwb__config_field *fields,
    const char *what
);
/// A mistake in the value that is being read: RWG_SYNTAX. `what` goes on behind its name.
rwg_status rwb__config_mistake(const rwb__config_reader *r, const char *what);
/// The key of the value that is being read.
rwg_str rwb__config_key(const rwb__config_reader *r);

rwg_status rwb__config_bool(rwb__config_reader *r, const rwg__json *value, void *out_bool);
rwg_status rwb__config_text(rwb__config_reader *r, const rwg__json *value, void *out_str);
/// From 1 up to `most`.
rwg_status rwb__config_number(
    rwb__config_reader *r, const rwg__json *value, uint32_t most, uint32_t *out_number
);
bool rwb__config_is_bool(const rwg__json *value);
/// A list of texts that are not empty, borrowed; false when the value is something else.
bool rwb__config_texts(
    rwb__config_reader *r, const rwg__json *value, const rwg_str **out_items, uint32_t *out_count
);

#endif
