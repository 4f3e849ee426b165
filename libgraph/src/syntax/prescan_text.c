/* The bytes of a text, without knowing where in a program they are.
 *
 * The block mask is what the speed comes from: 64 bytes are compared with everything interesting at
 * once, and a program has about one interesting byte in ten. SSE2 is there on every x86-64;
 * elsewhere the same mask is made from a table. Nothing here recurses or allocates; each skip is
 * linear in what it skips. */
#include "syntax/prescan_scan.h"

#include <string.h>

#ifdef __SSE2__
#    include <emmintrin.h>
#endif

#define S      RWG__CHAR_SPACE
#define W      RWG__CHAR_WORD
#define D      (RWG__CHAR_WORD | RWG__CHAR_DIGIT)
#define ROW(x) x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x
const uint8_t rwg__char_class[256] = {
    0,      0, 0, 0, 0, 0,      0,      0,      0,      S,      S,      S,      S,      S, 0,
    0, /* tab, newline, vertical tab, form feed, return */
    ROW(0), S, 0, 0, 0, W,      0,      0,      0,      0,      0,      0,      0,      0, 0,
    0,      0, /* space, $ */
    W,      W, W, W, W, W,      W,      W,      W,      W,      0,      0,      0,      0, 0,
    0,      0, W, W, W, W,      W,      W,      W,      W,      W,      W,      W,      W, W,
    W,      W, W, W, W, W,      W,      W,      W,      W,      W,      W,      W,      0, 0,
    0,      0, W, 0, W, W,      W,      W,      W,      W,      W,      W,      W,      W, W,
    W,      W, W, W, W, W,      W,      W,      W,      W,      W,      W,      W,      W, W,
    0,      0, 0, 0, 0, ROW(W), ROW(W), ROW(W), ROW(W), ROW(W), ROW(W), ROW(W), ROW(W),
};
#undef S
#undef W
#undef ROW

/* --- sixteen bytes at a time ------------------------------------------------------------------ */

#ifdef __SSE2__

#    define EQ(v, c)  _mm_cmpeq_epi8((v), _mm_set1_epi8(c))
#    define OR(a, b)  _mm_or_si128((a), (b))
#    define AND(a, b) _mm_and_si128((a), (b))

/* Where, in v, a word of module syntax may begin: the m of iMPort, the x of eXPort, the q of
 * reQuire, the a of AWait. next is the text one byte on. */
static inline __m128i word_bytes(__m128i v, __m128i next) {
    __m128i port = AND(OR(EQ(v, 'm'), EQ(v, 'x')), EQ(next, 'p'));
    __m128i await = AND(EQ(v, 'a'), EQ(next, 'w'));
    return OR(OR(port, await), EQ(v, 'q'));
}

static inline __m128i code_bytes(__m128i v, __m128i next, __m128i less) {
    __m128i folded = OR(v, _mm_set1_epi8(0x20)); /* [ and { are 0x20 apart, as are ] and } */
    __m128i brackets = OR(EQ(folded, '{'), EQ(folded, '}'));
    __m128i parens =
        EQ(AND(v, _mm_set1_epi8((char)0xFE)), '(');            /* ( and ) differ in the last bit */
    __m128i quote_slash = EQ(OR(v, _mm_set1_epi8(0x08)), '/'); /* ' and / differ in bit 3 */
    __m128i quotes = OR(EQ(v, '"'), EQ(v, '`'));
    __m128i arrows = AND(OR(EQ(v, '='), EQ(v, '-')), EQ(next, '>'));
    __m128i rare = OR(EQ(v, '\\'), _mm_cmpeq_epi8(v, less));
    return OR(OR(OR(brackets, parens), OR(quote_slash, quotes)), OR(arrows, rare));
}

static inline __m128i load(const uint8_t *p) {
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

uint64_t rwg__text_mask(const uint8_t *p, bool jsx) {
    __m128i less = _mm_set1_epi8(jsx ? '<' : '"');
    uint64_t mask = 0;
    for (unsigned i = 0; i < 64; i += 16) {
        __m128i v = load(p + i), next = load(p + i + 1);
        __m128i hit = OR(code_bytes(v, next, less), word_bytes(v, next));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(hit) << i;
    }
    return mask;
}

static uint64_t word_mask(const uint8_t *p) {
    uint64_t mask = 0;
    for (unsigned i = 0; i < 64; i += 16) {
        __m128i hit = word_bytes(load(p + i), load(p + i + 1));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(hit) << i;
    }
    return mask;
}

uint32_t
rwg__text_find4(const rwg__scan *s, uint32_t pos, uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    for (; s->len - pos >= 16; pos += 16) {
        __m128i v = load(s->s + pos);
        __m128i hit = OR(OR(EQ(v, (char)a), EQ(v, (char)b)), OR(EQ(v, (char)c), EQ(v, (char)d)));
        uint32_t mask = (uint32_t)_mm_movemask_epi8(hit);
        if (mask != 0) {
            return pos + (uint32_t)__builtin_ctz(mask);
        }
    }
    while (pos < s->len && s->s[pos] != a && s->s[pos] != b && s->s[pos] != c && s->s[pos] != d) {
        pos++;
    }
    return pos;
}

/* Lines of the next 16 bytes if only \n ends them; false: the slow way must look. */
static inline bool sixteen_lines(const uint8_t *p, uint32_t *lines) {
    __m128i v = load(p);
    if (_mm_movemask_epi8(OR(EQ(v, '\r'), EQ(v, (char)0xE2))) != 0) {
        return false;
    }
    *lines += (uint32_t)__builtin_popcount((uint32_t)_mm_movemask_epi8(EQ(v, '\n')));
    return true;
}

#    undef EQ
#    undef OR
#    undef AND

#else

/* Bits of what is interesting: always, in JSX languages, as a word's letter, or with the right next
 * byte. */
enum {
    CODE = 1,
    LESS = 2,
    LETTER = 4,
    PORT = 8,
    AWAIT = 16,
    ARROW = 32
};

static const uint8_t lead[256] = {
    ['('] = CODE,
    [')'] = CODE,
    ['['] = CODE,
    [']'] = CODE,
    ['{'] = CODE,
    ['}'] = CODE,
    ['"'] = CODE,
    ['\''] = CODE,
    ['`'] = CODE,
    ['/'] = CODE,
    ['\\'] = CODE,
    ['<'] = LESS,
    ['q'] = LETTER,
    ['m'] = PORT,
    ['x'] = PORT,
    ['a'] = AWAIT,
    ['='] = ARROW,
    ['-'] = ARROW,
};

/* Interesting bytes among the 64 at p, of those that are wanted. */
static uint64_t wanted_mask(const uint8_t *p, uint8_t wanted) {
    uint64_t mask = 0;
    for (unsigned i = 0; i < 64; i++) {
        uint8_t next = p[i + 1];
        unsigned follow = CODE | LESS | LETTER | (next == 'p' ? PORT : 0u) |
                          (next == 'w' ? AWAIT : 0u) | (next == '>' ? ARROW : 0u);
        mask |= (uint64_t)((lead[p[i]] & wanted & follow) != 0) << i;
    }
    return mask;
}

uint64_t rwg__text_mask(const uint8_t *p, bool jsx) {
    return wanted_mask(p, jsx ? 0xFF : 0xFF & ~LESS);
}

static uint64_t word_mask(const uint8_t *p) {
    return wanted_mask(p, LETTER | PORT | AWAIT);
}

uint32_t
rwg__text_find4(const rwg__scan *s, uint32_t pos, uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    while (pos < s->len && s->s[pos] != a && s->s[pos] != b && s->s[pos] != c && s->s[pos] != d) {
        pos++;
    }
    return pos;
}

static inline bool sixteen_lines(const uint8_t *p, uint32_t *lines) {
    uint32_t n = 0;
    for (unsigned i = 0; i < 16; i++) {
        if (p[i] == '\r' || p[i] == 0xE2) {
            return false;
        }
        n += p[i] == '\n';
    }
    *lines += n;
    return true;
}

#endif

/* --- lines ------------------------------------------------------------------------------------ */

static bool ends_line(const uint8_t *p, uint32_t at, uint32_t len) {
    switch (p[at]) {
    case '\n': return true;
    case '\r': return at + 1 == len || p[at + 1] != '\n';
    case 0xE2: return len - at > 2 && p[at + 1] == 0x80 && (p[at + 2] & 0xFE) == 0xA8;
    default: return false;
    }
}

uint32_t rwg__text_lines(rwg_str text, uint32_t start, uint32_t end) {
    const uint8_t *p = (const uint8_t *)text.ptr;
    uint32_t lines = 0;
    while (start < end) {
        if (end - start >= 16 && sixteen_lines(p + start, &lines)) {
            start += 16;
            continue;
        }
        uint32_t stop = end - start >= 16 ? start + 16 : end;
        for (; start < stop; start++) {
            lines += ends_line(p, start, text.len);
        }
    }
    return lines;
}

/* --- the last word ---------------------------------------------------------------------------- */

/* The end of the word of module syntax whose telling letter is at pos, or 0. Only spelling counts
 * here. */
static uint32_t spelled(const uint8_t *p, uint32_t len, uint32_t pos) {
    static const struct {
        char letter;
        uint8_t back; /* offset of the letter in the word */
        uint8_t size;
        char word[8];
    } words[] = {
        {'m', 1, 6, "import"},
        {'x', 1, 6, "export"},
        {'q', 2, 7, "require"},
        {'a', 0, 5, "await"},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (p[pos] == (uint8_t)words[i].letter && pos >= words[i].back &&
            len - (pos - words[i].back) >= words[i].size &&
            memcmp(p + pos - words[i].back, words[i].word, words[i].size) == 0) {
            return pos - words[i].back + words[i].size;
        }
    }
    return 0;
}

uint32_t rwg__text_last_word(const uint8_t *p, uint32_t len) {
    uint32_t block = len;
    while (block > 0) {
        /* The blocks cover the text from its end; the first one is short, and read from a copy. */
        uint32_t size = block % 64 != 0 ? block % 64 : 64;
        block -= size;
        uint8_t copy[65] = {0};
        const uint8_t *from = p + block;
        if (len - block < 65) {
            memcpy(copy, from, len - block);
            from = copy;
        }
        for (uint64_t mask = word_mask(from); mask != 0;) {
            uint32_t bit = 63u - (uint32_t)__builtin_clzll(mask);
            mask &= ~((uint64_t)1 << bit);
            uint32_t end = spelled(p, len, block + bit);
            if (end != 0) {
                return end;
            }
        }
    }
    return 0;
}

/* --- literals and comments -------------------------------------------------------------------- */

uint32_t rwg__text_string(const rwg__scan *s, uint32_t quote) {
    uint8_t q = s->s[quote];
    uint32_t pos = quote + 1;
    for (;;) {
        pos = rwg__text_find4(s, pos, q, '\\', '\n', '\n');
        if (pos >= s->len || s->s[pos] == '\n') {
            return 0;
        }
        if (s->s[pos] == q) {
            return pos + 1;
        }
        bool crlf = s->len - pos > 2 && s->s[pos + 1] == '\r' && s->s[pos + 2] == '\n';
        pos += crlf ? 3 : 2;
        if (pos >= s->len) {
            return 0;
        }
    }
}

uint32_t rwg__text_regex(const rwg__scan *s, uint32_t slash) {
    bool in_class = false;
    uint32_t pos = slash + 1;
    for (; pos < s->len; pos++) {
        switch (s->s[pos]) {
        case '\n':
        case '\r': return 0;
        case '\\':
            pos++;
            if (pos < s->len && (s->s[pos] == '\n' || s->s[pos] == '\r')) {
                return 0;
            }
            break;
        case '[': in_class = true; break;
        case ']': in_class = false; break;
        case '/':
            if (!in_class) {
                return rwg__text_word_end(s, pos + 1); /* flags */
            }
            break;
        default: break;
        }
    }
    return 0;
}

/* A line ends at \n, \r, U+2028 and U+2029; the newline itself is not part of the comment. */
static uint32_t line_end(const rwg__scan *s, uint32_t pos) {
    for (;;) {
        pos = rwg__text_find4(s, pos, '\n', '\r', 0xE2, '\n');
        if (pos >= s->len || s->s[pos] != 0xE2) {
            return pos;
        }
        if (s->len - pos > 2 && s->s[pos + 1] == 0x80 && (s->s[pos + 2] & 0xFE) == 0xA8) {
            return pos;
        }
        pos++;
    }
}

uint32_t rwg__text_comment(const rwg__scan *s, uint32_t slash) {
    if (s->len - slash < 2) {
        return 0;
    }
    if (s->s[slash + 1] == '/') {
        return line_end(s, slash + 2);
    }
    uint32_t pos = slash + 2;
    for (;; pos++) {
        pos = pos < s->len ? rwg__text_find4(s, pos, '/', '/', '/', '/') : s->len;
        if (pos >= s->len) {
            return 0;
        }
        if (s->s[pos - 1] == '*' && pos >= slash + 3) {
            return pos + 1;
        }
    }
}

/* One byte of type arguments: the end of what it begins (a literal, a comment), or pos + 1, or 0 if
 * it cannot be in type arguments. */
static uint32_t skip_in_angles(const rwg__scan *s, uint32_t pos) {
    uint8_t next = s->len - pos > 1 ? s->s[pos + 1] : 0;
    switch (s->s[pos]) {
    case '"':
    case '\'': return rwg__text_string(s, pos);
    case '`': { /* a template type; one with another inside is not followed */
        uint32_t end = rwg__text_find4(s, pos + 1, '`', '\\', '`', '`');
        return end < s->len && s->s[end] == '`' ? end + 1 : 0;
    }
    case '/': return next == '/' || next == '*' ? rwg__text_comment(s, pos) : 0;
    case '\\': return 0;
    default: return pos + 1;
    }
}

uint32_t rwg__text_angles(const rwg__scan *s, uint32_t less, uint32_t *stop) {
    uint32_t angle = 0, other = 0, limit = *stop;
    for (uint32_t pos = less; pos != 0 && pos < limit; pos = skip_in_angles(s, pos)) {
        *stop = pos;
        switch (s->s[pos]) {
        case '<': angle += other == 0; break;
        case '>':
            if (other == 0 && s->s[pos - 1] != '=' && --angle == 0) {
                return pos + 1;
            }
            break;
        case '(':
        case '[':
        case '{': other++; break;
        case ')':
        case ']':
        case '}':
            if (other-- == 0) {
                return 0;
            }
            break;
        case ';':
            if (other == 0) {
                return 0;
            }
            break;
        default: break;
        }
    }
    return 0;
}

uint32_t rwg__text_angles_nearby(const rwg__scan *s, uint32_t less) {
    uint32_t stop = s->len - less > 4096 ? less + 4096 : s->len;
    return rwg__text_angles(s, less, &stop);
}

uint32_t rwg__text_skip(const rwg__scan *s, uint32_t pos) {
    while (pos < s->len) {
        if (rwg__is_space(s->s[pos])) {
            pos++;
            continue;
        }
        bool comment =
            s->s[pos] == '/' && s->len - pos > 1 && (s->s[pos + 1] == '/' || s->s[pos + 1] == '*');
        if (!comment) {
            return pos;
        }
        uint32_t end = rwg__text_comment(s, pos);
        if (end == 0) {
            return s->len;
        }
        pos = end;
    }
    return pos;
}

/* --- words ------------------------------------------------------------------------------------ */

uint32_t rwg__text_word_end(const rwg__scan *s, uint32_t pos) {
    while (pos < s->len && rwg__is_word(s->s[pos])) {
        pos++;
    }
    return pos;
}

uint32_t rwg__text_word_start(const rwg__scan *s, uint32_t end) {
    uint32_t start = end;
    while (start > 0 && end - start <= RWG__WORD_MAX && rwg__is_word(s->s[start - 1])) {
        start--;
    }
    return start;
}

uint32_t rwg__text_name_start(const rwg__scan *s, uint32_t end) {
    uint32_t start = end;
    while (start > 0 && end - start <= RWG__NAME_MAX && rwg__is_word(s->s[start - 1])) {
        start--;
    }
    return start;
}

bool rwg__text_is(const rwg__scan *s, uint32_t start, uint32_t end, const char *word) {
    size_t size = strlen(word);
    return end - start == size && memcmp(s->s + start, word, size) == 0;
}

bool rwg__text_is_any(const rwg__scan *s, uint32_t start, uint32_t end, const char *const *words) {
    for (; *words; words++) {
        if (s->s[start] == (uint8_t) * *words && rwg__text_is(s, start, end, *words)) {
            return true;
        }
    }
    return false;
}

/* C2A0, E1 9A80, E2 8080-808A 80A8 80A9 80AF 819F, E3 8080, EF BBBF. Being too willing costs a
 * whole parse and nothing else, so lead and second byte decide. */
bool rwg__text_odd_space(const rwg__scan *s, uint32_t pos) {
    const uint8_t *p = s->s;
    for (uint32_t back = 0; back <= 3 && back <= pos; back++) {
        uint32_t i = pos - back;
        if (s->len - i < 2) {
            continue;
        }
        if ((p[i] == 0xC2 && p[i + 1] == 0xA0) || (p[i] == 0xE1 && p[i + 1] == 0x9A) ||
            (p[i] == 0xE2 && (p[i + 1] == 0x80 || p[i + 1] == 0x81)) ||
            (p[i] == 0xE3 && p[i + 1] == 0x80) || (p[i] == 0xEF && p[i + 1] == 0xBB)) {
            return true;
        }
    }
    return false;
}
