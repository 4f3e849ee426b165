/* Looking at text around a place, and patching it: what the rules of gap_types.c and gap_rules.c
 * are made of.
 *
 * Places are byte offsets; behind the end, every byte is 0. "Space" is whitespace and comments.
 * Rules look ahead over a bounded number of bytes all together, so that no text makes them slow.
 * Private to the gaps. */
#ifndef RWG_SYNTAX_GAP_TEXT_H
#define RWG_SYNTAX_GAP_TEXT_H

#include "syntax/gap_rules.h"

char rwg__gap_byte(const rwg__patcher *p, uint32_t i);
/// Behind the name bytes at i.
uint32_t rwg__gap_name_end(const rwg__patcher *p, uint32_t i);
/// The name at i, empty when there is none.
rwg_str rwg__gap_name(const rwg__patcher *p, uint32_t i);
bool rwg__gap_is_word(const rwg__patcher *p, uint32_t i, const char *word);
/// `words` ends with NULL.
bool rwg__gap_is_one_of(rwg_str name, const char *const *words);
/// The end of the string that starts at i, on its line; i + 1 when it does not end there.
uint32_t rwg__gap_string_end(const rwg__patcher *p, uint32_t i);
/// Behind the space at i.
uint32_t rwg__gap_skip_space(const rwg__patcher *p, uint32_t i);
/// The end of the last token before i.
uint32_t rwg__gap_token_end_before(rwg__patcher *p, uint32_t i);
/// The last byte of that token, 0 when there is none.
char rwg__gap_char_before(rwg__patcher *p, uint32_t i);
/// That token when it is a word, else empty.
rwg_str rwg__gap_word_before(rwg__patcher *p, uint32_t i);
/// Behind the bracket that closes the one at i, ( { [ or <; 0 when there is none near.
uint32_t rwg__gap_close_of(rwg__patcher *p, uint32_t i);
/// Whether [from, to) could hold something that a record needs.
bool rwg__gap_has_facts(const rwg__patcher *p, uint32_t from, uint32_t to);
/// The comment, string, template text, regular expression or JSX text that has the byte i, else
/// NULL. Behind a place that could not be read without a tree there are none.
const rwg__literal *rwg__gap_literal_at(const rwg__patcher *p, uint32_t i);
/// Takes that many bytes from what may still be looked at; false when nothing is left.
bool rwg__gap_spend(rwg__patcher *p, uint32_t steps);

/// Spaces over [from, to), line ends kept.
void rwg__gap_blank(rwg__patcher *p, uint32_t from, uint32_t to);
/// The same for a type that is removed when the text is written again: form feeds tell
/// transforms so.
void rwg__gap_hide_type(rwg__patcher *p, uint32_t from, uint32_t to);
void rwg__gap_put(rwg__patcher *p, uint32_t i, char c);

#endif
