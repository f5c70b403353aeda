<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/** From what a user has, strings among it, to inputs of the model, as Keras's own layers make them. */
#ifndef <%= P %>_PREPARE_H
#define <%= P %>_PREPARE_H

#include "<%= p %>_client.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What inputs are made of, row after row. It is read during the call, and never changed. */
typedef struct <%= p %>_given {
<% for t in model.sources %>
  /**
   * '<%= t.name | comment("   * ") %>', <%= t.dtype %><%= t.shape_text | comment("   * ") %>
<%- if t.meaning %>: <%= (t.meaning ~ (", in " ~ t.unit if t.unit else "")) | comment("   * ") %><% endif %>.
   */
  struct {
<% if t.dtype == "string" %>
    /** UTF-8. */
    const <%= t.type.c %> *data;
    /** The bytes of each string; NULL where each ends at its first zero byte. */
    const size_t *sizes;
    /** How many strings there are at `data`. */
<% else %>
    const <%= t.type.c %> *data;
    /** How many elements there are at `data`. */
<% endif %>
    size_t count;
    /** How many rows these are. */
    size_t batch;
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
    /** The size of '<%= d.symbol | comment("     * ") %>'. */
    size_t dim_<%= loop.index %>;
<% endif %>
<% endfor %>
  } <%= t.identifier %>;
<% endfor %>
} <%= p %>_given;

/**
 * Make inputs of the model from what a user has; `<%= p %>_prepared_free` frees them.
 *
 * @param inputs Gets <% for t in model.prepared %>'<%= t.name | comment(" * ") %>'<%= ", " if not loop.last %><% endfor %>, and is otherwise left as it is. What is
 *   there is not freed.
 * @param error Gets the reason of a failure; may be NULL.
 */
<%= p %>_code <%= p %>_prepare(const <%= p %>_given *given, <%= p %>_inputs *inputs, <%= p %>_error *error);

/** Free the inputs that `<%= p %>_prepare` made, and forget them; NULL is fine. */
void <%= p %>_prepared_free(<%= p %>_inputs *inputs);

#ifdef __cplusplus
}
#endif

#endif
