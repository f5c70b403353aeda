<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* What the sources of this folder share; users read <%= p %>_client.h alone. */
#ifndef <%= P %>_CORE_H
#define <%= P %>_CORE_H

#include "<%= p %>_client.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  <%= P %>_INPUTS = <%= model.inputs | length %>,
  <%= P %>_OUTPUTS = <%= model.outputs | length %>,
<% if model.preprocessing %>
  /* Pieces of a string, and a vector for each piece, are two more axes. */
  <%= P %>_MAX_RANK = <%= (model.inputs + model.outputs + model.sources) | map(attribute="rank") | max %> + 2
<% else %>
  <%= P %>_MAX_RANK = <%= (model.inputs + model.outputs) | map(attribute="rank") | max %>
<% endif %>
};

/* In the order of every runtime's table of types. */
typedef enum <%= p %>_dtype {
  <%= P %>_FLOAT16,
  <%= P %>_BFLOAT16,
  <%= P %>_FLOAT32,
  <%= P %>_FLOAT64,
  <%= P %>_INT8,
  <%= P %>_INT16,
  <%= P %>_INT32,
  <%= P %>_INT64,
  <%= P %>_UINT8,
  <%= P %>_UINT16,
  <%= P %>_UINT32,
  <%= P %>_UINT64,
  <%= P %>_BOOL<% if model.preprocessing -%>,
  /* Of what rules take alone: no runtime has it. */
  <%= P %>_STRING
<%- endif %>

} <%= p %>_dtype;

/* What the contract says of an input or an output. */
typedef struct <%= p %>_spec {
  const char *name;
  <%= p %>_dtype dtype;
  size_t rank;
  /* A size; or -1 for the batch, -2, -3, ... for the other dimensions of free size. */
  int64_t dimensions[<%= P %>_MAX_RANK];
  /* How many token ids there are; 0 where that is not known. */
  uint64_t ids;
} <%= p %>_spec;

extern const <%= p %>_spec <%= p %>_input_specs[<%= P %>_INPUTS];
extern const <%= p %>_spec <%= p %>_output_specs[<%= P %>_OUTPUTS];

/* An array of the caller's. */
typedef struct <%= p %>_array {
  const void *data;
  size_t count;
  size_t shape[<%= P %>_MAX_RANK];
} <%= p %>_array;

/* An array of ours, from malloc. */
typedef struct <%= p %>_result {
  void *data;
  size_t count;
  size_t shape[<%= P %>_MAX_RANK];
} <%= p %>_result;

/* Fill in the error, which may be NULL, and return its code. */
<%= p %>_code <%= p %>_fail(<%= p %>_error *error, <%= p %>_code code, const char *input,
    const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;

/* Return the bytes of one element. */
size_t <%= p %>_element_size(<%= p %>_dtype dtype);

/* Make room for a result of the given shape; it is checked against the contract. */
<%= p %>_code <%= p %>_result_make(<%= p %>_result *result, const <%= p %>_spec *spec, size_t rank,
    const int64_t *shape, <%= p %>_error *error);

/* Check that the arrays are there, have their shapes, and one size for each symbol. */
<%= p %>_code <%= p %>_check_shapes(const <%= p %>_spec *specs, const <%= p %>_array *inputs,
    size_t count, <%= p %>_error *error);

/* Return an element of an integer type; a negative one is larger than any id. */
uint64_t <%= p %>_integer_at(<%= p %>_dtype dtype, const void *data, size_t index);

/* Check all inputs, in the order that <%= p %>_client.h lists the codes in. */
<%= p %>_code <%= p %>_check_inputs(const <%= p %>_array *inputs, const <%= p %>_options *options,
    <%= p %>_error *error);

/* Make the results of a batch of 0: a free dimension takes its size from the inputs, else 0. */
<%= p %>_code <%= p %>_results_empty(const <%= p %>_array *inputs, <%= p %>_result *results,
    <%= p %>_error *error);

/* Check size and SHA-256 of every file that the runtime loads. */
<%= p %>_code <%= p %>_check_files(const char *folder, const char *format, <%= p %>_error *error);

/*
 * A runtime: one source file. It gets checked inputs and a batch of at least 1.
 */
typedef struct <%= p %>_runtime <%= p %>_runtime;

/* Which files it loads: "onnx" or "saved_model". */
extern const char <%= p %>_runtime_format[];

<%= p %>_code <%= p %>_runtime_open(const char *folder, const <%= p %>_options *options,
    <%= p %>_runtime **runtime, <%= p %>_error *error);
<%= p %>_code <%= p %>_runtime_run(<%= p %>_runtime *runtime, const <%= p %>_array *inputs,
    <%= p %>_result *results, <%= p %>_error *error);
void <%= p %>_runtime_close(<%= p %>_runtime *runtime);

#ifdef __cplusplus
}
#endif

#endif
