<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
<% from "tables.c" import shape, specs with context %>
/* The typed face: what <%= p %>_client.h names goes to and from arrays in the contract's order. */
#include "<%= p %>_client.h"

#include <stdlib.h>
#include <string.h>

#include "core.h"

const <%= p %>_spec <%= p %>_input_specs[<%= P %>_INPUTS] = {
<%= specs(model.inputs) -%>
};

const <%= p %>_spec <%= p %>_output_specs[<%= P %>_OUTPUTS] = {
<%= specs(model.outputs) -%>
};

<% for t in model.outputs if t.labels %>
const char *const <%= p %>_labels_<%= t.identifier %>[<%= t.labels | length %>] = {
<% for label in t.labels %>
  <%= label | text %>,
<% endfor %>
};

<% endfor %>
struct <%= p %>_model {
  <%= p %>_options options;
  <%= p %>_runtime *runtime;
};

<%= p %>_code <%= p %>_open(const char *folder, const <%= p %>_options *options,
    <%= p %>_model **model, <%= p %>_error *error)
{
  if (model == NULL || folder == NULL) {
    return <%= p %>_fail(error, <%= P %>_NAME_MISSING, "",
        "<%= p %>_open needs a folder and a place for the model, and one of them is NULL; "
        "give both");
  }
  *model = NULL;
  <%= p %>_model *made = calloc(1, sizeof *made);
  if (made == NULL) {
    return <%= p %>_fail(error, <%= P %>_MEMORY, "", "there is no memory for a model; free some");
  }
  if (options != NULL) {
    made->options = *options;
  }
  <%= p %>_code code = <%= p %>_check_files(folder, <%= p %>_runtime_format, error);
  if (code == <%= P %>_OK) {
    code = <%= p %>_runtime_open(folder, &made->options, &made->runtime, error);
  }
  if (code != <%= P %>_OK) {
    free(made);
    return code;
  }
  *model = made;
  return <%= P %>_OK;
}

<%= p %>_code <%= p %>_predict(<%= p %>_model *model, const <%= p %>_inputs *inputs,
    <%= p %>_outputs *outputs, <%= p %>_error *error)
{
  if (outputs == NULL || inputs == NULL) {
    return <%= p %>_fail(error, <%= P %>_NAME_MISSING, "",
        "<%= p %>_predict needs inputs and a place for outputs, and one of them is NULL; "
        "give both");
  }
  memset(outputs, 0, sizeof *outputs);
  if (model == NULL) {
    return <%= p %>_fail(error, <%= P %>_RELEASED, "",
        "the model was closed, or never opened; call <%= p %>_open first");
  }
  const <%= p %>_array arrays[<%= P %>_INPUTS] = {
<% for t in model.inputs %>
    { inputs-><%= t.identifier %>.data, inputs-><%= t.identifier %>.count, { <%= shape(t, "inputs") %> } },
<% endfor %>
  };
  <%= p %>_result results[<%= P %>_OUTPUTS];
  memset(results, 0, sizeof results);
  <%= p %>_code code = <%= p %>_check_inputs(arrays, &model->options, error);
  if (code != <%= P %>_OK) {
    return code;
  }
  code = arrays[0].shape[0] == 0 ? <%= p %>_results_empty(arrays, results, error)
                                 : <%= p %>_runtime_run(model->runtime, arrays, results, error);
<% for t in model.outputs %>
  outputs-><%= t.identifier %>.data = results[<%= t.index %>].data;
  outputs-><%= t.identifier %>.count = results[<%= t.index %>].count;
  memcpy(outputs-><%= t.identifier %>.shape, results[<%= t.index %>].shape,
      sizeof outputs-><%= t.identifier %>.shape);
<% endfor %>
  if (code != <%= P %>_OK) {
    <%= p %>_outputs_free(outputs);
  }
  return code;
}

void <%= p %>_outputs_free(<%= p %>_outputs *outputs)
{
  if (outputs == NULL) {
    return;
  }
<% for t in model.outputs %>
  free(outputs-><%= t.identifier %>.data);
<% endfor %>
  memset(outputs, 0, sizeof *outputs);
}

void <%= p %>_close(<%= p %>_model **model)
{
  if (model == NULL || *model == NULL) {
    return;
  }
  <%= p %>_runtime_close((*model)->runtime);
  free(*model);
  *model = NULL;
}
