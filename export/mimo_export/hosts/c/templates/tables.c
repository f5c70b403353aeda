<%# Macros for the tables of several files. %>
<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
<% macro dimensions(t) -%>
<% for d in t.dimensions %>
<%= d.size if d.size is not none else -1 - (model.symbols.index(d.symbol) if d.symbol in model.symbols else model.symbols | length) %><%= ", " if not loop.last %>
<%- endfor %>
<%- endmacro %>
<% macro specs(tensors) %>
<% for t in tensors %>
  { <%= t.name | text %>, <%= P %>_<%= t.dtype | upper %>, <%= t.rank %>, { <%= dimensions(t) %> }, <%= t.ids or 0 %> },
<% endfor %>
<% endmacro %>
<% macro shape(t, owner) -%>
<% for d in t.dimensions %>
<%= owner ~ "->" ~ t.identifier ~ ("." ~ ("batch" if loop.first else "dim_" ~ loop.index0)) if d.symbol else d.size %><%= ", " if not loop.last %>
<%- endfor %>
<%- endmacro %>
<%# A number as C writes it, whose literals have no sign. %>
<% macro number(value) -%>
<% if value is float %><%= "%.17g" | format(value) %><% elif value <= -9223372036854775808 %>INT64_MIN<% elif value > 9223372036854775807 %><%= value %>u<% else %><%= value | int %><% endif %>
<%- endmacro %>
