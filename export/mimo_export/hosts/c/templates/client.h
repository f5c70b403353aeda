<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/**
 * The model '<%= model.name | comment(" * ") %>', by the names of its contract.
 *
 * `<%= p %>_open`, `<%= p %>_predict` as often as you like, `<%= p %>_outputs_free` after each,
 * `<%= p %>_close`: `example.c` shows it. One open model serves several threads at once. What a
 * function refuses changes nothing: the next call works.
 */
#ifndef <%= P %>_CLIENT_H
#define <%= P %>_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What became of a call. */
typedef enum <%= p %>_code {
  <%= P %>_OK = 0,
  /** A file of the model is not there, or cannot be read. */
  <%= P %>_MODEL_MISSING,
  /** A file of the model is not the one that this client was made for: truncated or altered. */
  <%= P %>_MODEL_ALTERED,
  /** The runtime refuses the model. */
  <%= P %>_MODEL_INVALID,
  /** An input, or another pointer that must be given, is NULL. */
  <%= P %>_NAME_MISSING,
<% if model.preprocessing %>
  /** A string is no UTF-8. */
  <%= P %>_DTYPE,
<% endif %>
  /** A free dimension besides the batch is 0. */
  <%= P %>_DIMENSION,
  /** An input's elements are not as many as its sizes ask for. */
  <%= P %>_COUNT,
  /** A dimension that inputs share, such as the batch, has two sizes. */
  <%= P %>_SYMBOL,
  /** There are more rows than `max_batch`. */
  <%= P %>_BATCH_LIMIT,
  /** A token id that the model does not know. */
  <%= P %>_TOKEN,
  /** An input holds a NaN. */
  <%= P %>_NAN,
  /** The model was closed, or never opened. */
  <%= P %>_RELEASED,
  /** The runtime failed while it computed. */
  <%= P %>_RUNTIME,
  /** There is not enough memory. */
  <%= P %>_MEMORY
} <%= p %>_code;

/** Why a call failed. */
typedef struct <%= p %>_error {
  <%= p %>_code code;
  /** The input's name in the contract; empty where it is about none. */
  char input[128];
  /** For a person: what happened, where, and what to do about it. */
  char message[1024];
} <%= p %>_error;

/** Choices; all zero, or NULL in their place, are the defaults. */
typedef struct <%= p %>_options {
  /** The most rows of one call; 0 for no limit. */
  size_t max_batch;
  /** Threads of one call; 0 leaves it to the runtime. */
  uint8_t threads;
  /** Let NaN through, instead of refusing it. */
  bool nan_pass;
} <%= p %>_options;

/** A loaded model. */
typedef struct <%= p %>_model <%= p %>_model;

/** What goes in. Elements are read during the call, row after row, and never changed. */
typedef struct <%= p %>_inputs {
<% for t in model.inputs %>
  /**
   * '<%= t.name | comment("   * ") %>', <%= t.dtype %><%= t.shape_text | comment("   * ") %>
<%- if t.meaning %>: <%= (t.meaning ~ (", in " ~ t.unit if t.unit else "")) | comment("   * ") %><% endif %>.
<% if t.ids is not none %>
   * Ids from 0 to <%= t.ids - 1 %>.
<% endif %>
   */
  struct {
    const <%= t.type.c %> *data;
    /** How many elements there are at `data`. */
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
} <%= p %>_inputs;

/** What comes out; `<%= p %>_outputs_free` frees it. */
typedef struct <%= p %>_outputs {
<% for t in model.outputs %>
  /**
   * '<%= t.name | comment("   * ") %>', <%= t.dtype %><%= t.shape_text | comment("   * ") %>
<%- if t.meaning %>: <%= (t.meaning ~ (", in " ~ t.unit if t.unit else "")) | comment("   * ") %><% endif %>.
   */
  struct {
    <%= t.type.c %> *data;
    /** How many elements there are at `data`. */
    size_t count;
    /** The size of every dimension, the batch first. */
    size_t shape[<%= t.rank %>];
  } <%= t.identifier %>;
<% endfor %>
} <%= p %>_outputs;

<% for t in model.outputs if t.labels %>
/** What each number along the last axis of '<%= t.name | comment(" * ") %>' is called. */
extern const char *const <%= p %>_labels_<%= t.identifier %>[<%= t.labels | length %>];

<% endfor %>
/**
 * Load the model.
 *
 * @param folder Where the model's files are: the project's `model` folder.
 * @param options NULL for the defaults.
 * @param model Gets the model, or NULL.
 * @param error Gets the reason of a failure; may be NULL.
 */
<%= p %>_code <%= p %>_open(const char *folder, const <%= p %>_options *options,
    <%= p %>_model **model, <%= p %>_error *error);

/**
 * Check the inputs and run the model on them; a batch of 0 is answered without running it.
 * The arrays are read where they are, without a copy: nothing may write to them before this returns.
 *
 * @param outputs Gets what comes out; empty where the call fails.
 * @param error Gets the reason of a failure; may be NULL.
 */
<%= p %>_code <%= p %>_predict(<%= p %>_model *model, const <%= p %>_inputs *inputs,
    <%= p %>_outputs *outputs, <%= p %>_error *error);

/** Free what `<%= p %>_predict` gave; empty outputs and NULL are fine. */
void <%= p %>_outputs_free(<%= p %>_outputs *outputs);

/** Close the model, and set the pointer to NULL; a pointer to NULL is fine. */
void <%= p %>_close(<%= p %>_model **model);

/** Return a code as a word, such as "token". */
const char *<%= p %>_code_name(<%= p %>_code code);

/** Return which runtime this client was built with, such as "onnxruntime". */
const char *<%= p %>_runtime_name(void);

/** Return the version of that runtime's library. */
const char *<%= p %>_runtime_version(void);

#ifdef __cplusplus
}
#endif

#endif
