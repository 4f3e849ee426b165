/* The only file that knows xxHash. See hash.h. */
#include "base/hash.h"

/* Everything inline: hashing a short string is cheaper than a call into the shared library. */
#define XXH_INLINE_ALL
#include <xxhash.h>

static rwg_hash canonical(XXH128_hash_t value) {
    XXH128_canonical_t big_endian;
    XXH128_canonicalFromHash(&big_endian, value);
    rwg_hash hash;
    static_assert(sizeof hash == sizeof big_endian, "rwg_hash holds an XXH3-128 value");
    memcpy(hash.bytes, &big_endian, sizeof hash);
    return hash;
}

rwg_hash rwg__hash_bytes(const void *bytes, size_t len) {
    return canonical(XXH3_128bits(len ? bytes : "", len));
}

uint64_t rwg__hash_quick(const void *bytes, size_t len) {
    return XXH3_64bits(len ? bytes : "", len);
}

/* The state wants 64-byte alignment, which rwg__mem does not promise: it is placed inside `room`.
 */
#define STATE_ALIGN 64

struct rwg__hasher {
    XXH3_state_t *state;
    char room[sizeof(XXH3_state_t) + STATE_ALIGN];
};

/* What precedes each value, so that values of different types differ too. */
enum {
    TAG_U32 = 1,
    TAG_STR = 2,
    TAG_HASH = 3,
};

static void store_u32(uint8_t *out, uint32_t value) {
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
    out[2] = (uint8_t)(value >> 16);
    out[3] = (uint8_t)(value >> 24);
}

rwg__hasher *rwg__hasher_new(rwg__mem *mem) {
    rwg__hasher *h = rwg__mem_zalloc(mem, sizeof *h);
    uintptr_t at = ((uintptr_t)h->room + STATE_ALIGN - 1) & ~(uintptr_t)(STATE_ALIGN - 1);
    h->state = (XXH3_state_t *)(void *)(h->room + (at - (uintptr_t)h->room));
    rwg__hasher_reset(h);
    return h;
}

void rwg__hasher_free(rwg__hasher *h, rwg__mem *mem) {
    rwg__mem_free(mem, h, sizeof *h);
}

void rwg__hasher_reset(rwg__hasher *h) {
    XXH3_128bits_reset(h->state);
}

void rwg__hasher_u32(rwg__hasher *h, uint32_t value) {
    uint8_t frame[5] = {TAG_U32};
    store_u32(frame + 1, value);
    XXH3_128bits_update(h->state, frame, sizeof frame);
}

void rwg__hasher_str(rwg__hasher *h, rwg_str text) {
    uint8_t frame[5] = {TAG_STR};
    store_u32(frame + 1, text.len);
    XXH3_128bits_update(h->state, frame, sizeof frame);
    if (text.len > 0) {
        XXH3_128bits_update(h->state, text.ptr, text.len);
    }
}

void rwg__hasher_hash(rwg__hasher *h, rwg_hash value) {
    uint8_t frame[1 + sizeof value.bytes] = {TAG_HASH};
    memcpy(frame + 1, value.bytes, sizeof value.bytes);
    XXH3_128bits_update(h->state, frame, sizeof frame);
}

rwg_hash rwg__hasher_finish(const rwg__hasher *h) {
    return canonical(XXH3_128bits_digest(h->state));
}

void rwg__hash_hex(rwg_hash hash, char out[33]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof hash.bytes; i++) {
        out[2 * i] = digits[hash.bytes[i] >> 4];
        out[2 * i + 1] = digits[hash.bytes[i] & 15];
    }
    out[32] = '\0';
}
