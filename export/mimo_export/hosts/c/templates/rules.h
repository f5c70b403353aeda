<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* What a rule from strings to an input of the model's file is, and what computes it. */
#ifndef <%= P %>_RULES_H
#define <%= P %>_RULES_H

#include "core.h"

enum {
  <%= P %>_GIVEN = <%= model.sources | length %>,
  <%= P %>_RULES = <%= model.preprocessing.rules | length %>
};

/* UTF-8, which may hold zero bytes. */
typedef struct <%= p %>_string {
  const char *text;
  size_t size;
} <%= p %>_string;

/* A string that has an id. */
typedef struct <%= p %>_word {
  const char *text;
  size_t size;
  int64_t id;
} <%= p %>_word;

/* A hash modulo a number: SipHash-2-4 with a key, FarmHash64 without; a count of 0 is no bucket. */
typedef struct <%= p %>_bucket {
  uint64_t count;
  const uint64_t *key;
} <%= p %>_bucket;

typedef enum <%= p %>_kind {
  <%= P %>_KIND_TEXT,
  <%= P %>_KIND_LOOKUP,
  <%= P %>_KIND_HASH,
  <%= P %>_KIND_CROSS
} <%= p %>_kind;

typedef enum <%= p %>_split {
  /* A text is one piece. */
  <%= P %>_SPLIT_NONE,
  /* At runs of the bytes 9 to 13 and 32. */
  <%= P %>_SPLIT_WHITESPACE,
  /* Into code points. */
  <%= P %>_SPLIT_CHARACTER
} <%= p %>_split;

typedef enum <%= p %>_mode {
  <%= P %>_MODE_INT,
  <%= P %>_MODE_ONE_HOT,
  <%= P %>_MODE_MULTI_HOT,
  <%= P %>_MODE_COUNT
} <%= p %>_mode;

/* Text, then lookup; or lookup; or hash; or cross; then the encoding. */
typedef struct <%= p %>_rule {
  <%= p %>_kind kind;
  /* Places in <%= p %>_given_specs. */
  const size_t *sources;
  size_t source_count;

  /* Whether A to Z become a to z. */
  bool lower;
  /* Characters that are taken out. */
  <%= p %>_string strip;
  <%= p %>_split split;
  /* How many neighbouring pieces are joined by a space; NULL: pieces stay alone. */
  const size_t *ngrams;
  size_t ngram_count;
  /* How many ids a row has; -1: as many as the longest row. */
  int64_t length;

  /* In the order of their bytes. */
  const <%= p %>_word *words;
  size_t word_count;
  /* Whether a string that has no id is an error. */
  bool closed;
  /* The id of such a string, or of the first of several: see bucket. */
  int64_t unknown;
  <%= p %>_bucket bucket;
  /* A string that stands for nothing; NULL: there is none. */
  <%= p %>_string mask;
  int64_t mask_id;

  <%= p %>_mode mode;
  size_t depth;
  /* Factors of the vectors; NULL: there are none. */
  const float *weights;
  <%= p %>_dtype dtype;
} <%= p %>_rule;

extern const <%= p %>_rule <%= p %>_rules[<%= P %>_RULES];

/* What a caller gives, in the model's order: what rules are made of. */
extern const <%= p %>_spec <%= p %>_given_specs[<%= P %>_GIVEN];

/* Check that no string is NULL, and that all are UTF-8; see the next function for `sizes`. */
<%= p %>_code <%= p %>_check_strings(const <%= p %>_spec *spec, const <%= p %>_array *array,
    const size_t *sizes, <%= p %>_error *error);

/*
 * Compute a rule. Shapes and strings are checked; strings are const char *, with their sizes, or NULL
 * where each ends at its first zero byte.
 *
 * The result's data are from malloc; after an error there are none.
 */
<%= p %>_code <%= p %>_rule_apply(const <%= p %>_rule *rule, const <%= p %>_array *given,
    const size_t *const *sizes, <%= p %>_result *result, size_t *rank, <%= p %>_error *error);

/* === Between the sources of the rules === */

/* Ids of what is looked up, from malloc. */
typedef struct <%= p %>_ids {
  int64_t *data;
  size_t count;
  size_t room;
  size_t shape[<%= P %>_MAX_RANK];
  size_t rank;
} <%= p %>_ids;

<%= p %>_code <%= p %>_rule_no_memory(const char *input, <%= p %>_error *error);

/* Return `data` with room for `more` items behind `count`; NULL where there is no memory. */
void *<%= p %>_rule_grown(void *data, size_t count, size_t more, size_t *room, size_t size);

/* Append an id `count` times; false where there is no memory. */
bool <%= p %>_ids_append(<%= p %>_ids *to, int64_t id, size_t count);

<%= p %>_string <%= p %>_string_at(const <%= p %>_array *array, const size_t *sizes, size_t i);

/* Return the bytes of the character that a text begins with; 0 where they are no UTF-8. */
size_t <%= p %>_character_size(const char *text, size_t size);

/* Look a string up; `number` is which one of the input it is from. */
<%= p %>_code <%= p %>_look_up(const <%= p %>_rule *rule, <%= p %>_string one, size_t number, int64_t *id,
    <%= p %>_error *error);

/* Look a text up as one piece, in its standard form. */
<%= p %>_code <%= p %>_text_look_up(const <%= p %>_rule *rule, <%= p %>_string one, size_t number,
    int64_t *id, <%= p %>_error *error);

/* Make ids [batch, ..., pieces] of texts. */
<%= p %>_code <%= p %>_ids_of_texts(<%= p %>_ids *to, const <%= p %>_rule *rule,
    const <%= p %>_array *array, const size_t *sizes, <%= p %>_error *error);

/* Make the numbers of the input; false where there is no memory. */
bool <%= p %>_encode(<%= p %>_result *result, size_t *rank, const <%= p %>_ids *from,
    const <%= p %>_rule *rule);

#endif
