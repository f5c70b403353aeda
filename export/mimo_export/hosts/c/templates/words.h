<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/** Text to token ids, by the rule that the model was trained with; `words.c` has its steps. */
#ifndef <%= P %>_WORDS_H
#define <%= P %>_WORDS_H

#include "<%= p %>_client.h"

#ifdef __cplusplus
extern "C" {
#endif

<% for t in model.texts %>
/** How many ids a row of input '<%= t.name | comment(" * ") %>' has. */
#define <%= P %>_<%= t.spelling.constant %>_IDS <%= t.dimensions[1].size %>

/**
 * Write the ids of texts for input '<%= t.name | comment(" * ") %>', a row for each.
 *
 * @param texts UTF-8; a byte that is none separates words.
 * @param sizes The bytes of each text; NULL where each ends at its first zero byte.
 * @param rows How many texts there are.
 * @param ids Gets rows x <%= P %>_<%= t.spelling.constant %>_IDS ids.
 * @param error Gets the reason of a failure; may be NULL.
 */
<%= p %>_code <%= p %>_<%= t.identifier %>_ids(const char *const *texts, const size_t *sizes, size_t rows,
    <%= t.type.c %> *ids, <%= p %>_error *error);

<% endfor %>
/**
 * Give the words of a text, before they are looked up.
 *
 * @param words Gets UTF-8 to be freed with `free`: each word with a line break behind it.
 */
<%= p %>_code <%= p %>_words(const char *text, size_t size, char **words, <%= p %>_error *error);

#ifdef __cplusplus
}
#endif

#endif
