<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* Replay the golden vectors through the client; prints one JSON document. */
#include <stdio.h>
#include <string.h>

#include "<%= p %>_client.h"
#include "replay.h"

static bool call(void *context, const <%= p %>_array *arrays, <%= p %>_result *results,
    char *message, size_t size)
{
  <%= p %>_inputs inputs = {
<% for t in model.inputs %>
    .<%= t.identifier %> = {
      .data = arrays[<%= t.index %>].data,
      .count = arrays[<%= t.index %>].count,
      .batch = arrays[<%= t.index %>].shape[0],
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
      .dim_<%= loop.index %> = arrays[<%= t.index %>].shape[<%= loop.index %>],
<% endif %>
<% endfor %>
    },
<% endfor %>
  };
  <%= p %>_outputs outputs;
  <%= p %>_error error;
  if (<%= p %>_predict(context, &inputs, &outputs, &error) != <%= P %>_OK) {
    snprintf(message, size, "%s", error.message);
    return false;
  }
  /* The arrays go to the caller, who frees them. */
<% for t in model.outputs %>
  results[<%= t.index %>].data = outputs.<%= t.identifier %>.data;
  results[<%= t.index %>].count = outputs.<%= t.identifier %>.count;
  memcpy(results[<%= t.index %>].shape, outputs.<%= t.identifier %>.shape, sizeof outputs.<%= t.identifier %>.shape);
<% endfor %>
  return true;
}

int main(int argc, char **argv)
{
  const char *folder = argc > 1 ? argv[1] : "model";
  const <%= p %>_options options = { .nan_pass = true };
  <%= p %>_model *model = NULL;
  <%= p %>_error error;
  if (<%= p %>_open(folder, &options, &model, &error) != <%= P %>_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 2;
  }
  int code = <%= p %>_replay("c", folder, call, model);
  <%= p %>_close(&model);
  return code;
}
