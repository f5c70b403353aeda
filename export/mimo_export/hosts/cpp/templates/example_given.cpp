<%# One row of the bundle's first example: `given`. %>
<% from "tables.c" import number with context %>
<% set first = model.preprocessing.examples[0].inputs %>
<% for t in model.sources %>
    const std::vector<<%= "std::string" if t.dtype == "string" else t.type.c %>> given_<%= t.identifier %> = {
<% for element in first[t.name].elements[:first[t.name].row] %>
      <%= "{ %s, %d }" | format(element | text, element.encode("utf-8") | length) if t.dtype == "string" else number(element) %>,
<% endfor %>
    };
<% endfor %>
    <%= p %>_client::Given given;
<% for t in model.sources %>
<% set shape = first[t.name].shape %>
    given.<%= t.identifier %> = { given_<%= t.identifier %>, 1<% for d in t.dimensions[1:] %><% if d.symbol %>, <%= shape[loop.index] %><% endif %><% endfor %> };
<% endfor %>
