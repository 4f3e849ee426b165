/* Three bytes are four digits of six bits. */
#include "emit/base64.h"

void rwb__base64(rwg_str bytes, rwg__buf *out) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (uint32_t i = 0; i < bytes.len; i += 3) {
        uint32_t left = bytes.len - i;
        uint32_t triple = 0;
        for (uint32_t k = 0; k < 3; k++) {
            triple = triple << 8 | (k < left ? (unsigned char)bytes.ptr[i + k] : 0);
        }
        for (uint32_t k = 0; k < 4; k++) {
            rwg__buf_char(out, k > left ? '=' : DIGITS[triple >> (18 - 6 * k) & 63]);
        }
    }
}
