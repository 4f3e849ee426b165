/* Which names can be written as they are. */
#include "link/identifier.h"

#include "base/str.h"

bool rwb__is_identifier(rwg_str name) {
    static const char *const RESERVED[] = {
        "await",    "break",   "case",       "catch",     "class",    "const",     "continue",
        "debugger", "default", "delete",     "do",        "else",     "enum",      "export",
        "extends",  "false",   "finally",    "for",       "function", "if",        "implements",
        "import",   "in",      "instanceof", "interface", "let",      "new",       "null",
        "package",  "private", "protected",  "public",    "return",   "static",    "super",
        "switch",   "this",    "throw",      "true",      "try",      "typeof",    "var",
        "void",     "while",   "with",       "yield",     "eval",     "arguments",
    };
    for (size_t i = 0; i < sizeof RESERVED / sizeof RESERVED[0]; i++) {
        if (rwg__str_eq_c(name, RESERVED[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
        if (!letter && (i == 0 || c < '0' || c > '9')) {
            return false;
        }
    }
    return name.len > 0;
}
