<%# One row of the bundle's first example, into `inputs`. %>
<% from "tables.c" import number with context %>
<% set first = model.preprocessing.examples[0].inputs %>

<% for t in model.sources %>
  static const <%= t.type.c %> given_<%= t.identifier %>[] = {
<% for element in first[t.name].elements[:first[t.name].row] %>
    <%= element | text if t.dtype == "string" else number(element) %>,
<% endfor %>
  };
<% endfor %>
  const <%= p %>_given given = {
<% for t in model.sources %>
    .<%= t.identifier %> = {
      .data = given_<%= t.identifier %>,
      .count = sizeof given_<%= t.identifier %> / sizeof given_<%= t.identifier %>[0],
      .batch = 1,
<% set shape = first[t.name].shape %>
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
      .dim_<%= loop.index %> = <%= shape[loop.index] %>,
<% endif %>
<% endfor %>
    },
<% endfor %>
  };
  if (<%= p %>_prepare(&given, &inputs, &error) != <%= P %>_OK) {
    fprintf(stderr, "%s\n", error.message);
    <%= p %>_close(&model);
    return 1;
  }
