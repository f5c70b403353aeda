<% set p = model.spelling.snake %>
/* The smallest program that uses the model: <%= "an example" if model.preprocessing else "one row of zeros" %> in, every output printed. */
#include <iostream>
<% if model.preprocessing %>
#include <string>
<% endif %>
#include <vector>

#include "<%= p %>_client.hpp"

int main(int argc, char **argv)
{
  try {
    const <%= p %>_client::Model model(argc > 1 ? argv[1] : "model");

<% for t in model.inputs if t not in model.prepared %>
    const std::vector<<%= t.type.c %>> row_<%= t.identifier %>(<% for d in t.dimensions -%>
<%= d.size or 1 %><%= " * " if not loop.last %>
<%- endfor %>);
<% endfor %>
    <%= p %>_client::Inputs inputs;
<% for t in model.inputs if t not in model.prepared %>
    inputs.<%= t.identifier %> = { row_<%= t.identifier %>, 1<% for d in t.dimensions[1:] if d.symbol %>, 1<% endfor %> };
<% endfor %>
<% if model.preprocessing %>
<% include "example_given.cpp" %>
    const <%= p %>_client::Prepared prepared(given);
    prepared.set(inputs);
<% endif %>
    const <%= p %>_client::Outputs outputs = model.predict(inputs);

<% for t in model.outputs %>
    for (std::size_t i = 0; i < outputs.<%= t.identifier %>.data.size(); i++) {
<% if t.labels %>
      std::cout << <%= t.name | text %> << ", " << outputs.<%= t.identifier %>.labels[i % <%= t.labels | length %>] << ": "
                << +outputs.<%= t.identifier %>.data[i] << "\n";
<% else %>
      std::cout << <%= t.name | text %> << ": " << +outputs.<%= t.identifier %>.data[i] << "\n";
<% endif %>
    }
<% endfor %>
    return 0;
  } catch (const <%= p %>_client::Error &error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
