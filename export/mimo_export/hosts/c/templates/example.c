<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* The smallest program that uses the model: <%= "an example" if model.preprocessing else "one row of zeros" %> in, every output printed. */
#include <stdio.h>

#include "<%= p %>_client.h"
<% if model.preprocessing %>
#include "<%= p %>_prepare.h"
<% endif %>

int main(int argc, char **argv)
{
  <%= p %>_error error;
  <%= p %>_model *model = NULL;
  if (<%= p %>_open(argc > 1 ? argv[1] : "model", NULL, &model, &error) != <%= P %>_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 2;
  }

<% for t in model.inputs if t not in model.prepared %>
  static const <%= t.type.c %> row_<%= t.identifier %>[<% for d in t.dimensions -%>
<%= d.size or 1 %><%= " * " if not loop.last %>
<%- endfor %>] = { 0 };
<% endfor %>
  <%= p %>_inputs inputs = {
<% for t in model.inputs if t not in model.prepared %>
    .<%= t.identifier %> = {
      .data = row_<%= t.identifier %>,
      .count = sizeof row_<%= t.identifier %> / sizeof row_<%= t.identifier %>[0],
      .batch = 1,
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
      .dim_<%= loop.index %> = 1,
<% endif %>
<% endfor %>
    },
<% endfor %>
  };
<% if model.preprocessing %>
<% include "example_prepare.c" %>
<% endif %>
  <%= p %>_outputs outputs;
  if (<%= p %>_predict(model, &inputs, &outputs, &error) != <%= P %>_OK) {
    fprintf(stderr, "%s\n", error.message);
<% if model.preprocessing %>
    <%= p %>_prepared_free(&inputs);
<% endif %>
    <%= p %>_close(&model);
    return 1;
  }

<% for t in model.outputs %>
  for (size_t i = 0; i < outputs.<%= t.identifier %>.count; i++) {
<% if t.labels %>
    printf("%s, %s: %.6g\n", <%= t.name | text %>, <%= p %>_labels_<%= t.identifier %>[i % <%= t.labels | length %>],
        (double)outputs.<%= t.identifier %>.data[i]);
<% else %>
    printf("%s: %.6g\n", <%= t.name | text %>, (double)outputs.<%= t.identifier %>.data[i]);
<% endif %>
  }
<% endfor %>
  <%= p %>_outputs_free(&outputs);
<% if model.preprocessing %>
  <%= p %>_prepared_free(&inputs);
<% endif %>
  <%= p %>_close(&model);
  return 0;
}
