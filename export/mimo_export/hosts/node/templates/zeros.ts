<% macro size(d) %><%= 1 if d.symbol else d.size %><% endmacro %>
<% macro dims(t) %>[<% for d in t.dimensions %><%= ", " if not loop.first %><%= size(d) %><% endfor %>]<% endmacro %>
<% macro count(t) %><% set n = namespace(n=1) %><% for d in t.dimensions if not d.symbol %><% set n.n = n.n * d.size %><% endfor %><%= n.n %><% endmacro %>
<%# One row of zeros for an input: what a person replaces first. %>
<% macro zeros(t, samples=none) %>
<% set texts = (samples or {}).get(t.name, ()) %>
<% if texts|length %>
{ data: [<% for text in texts[:count(t)|int] %><%= ", " if not loop.first %><%= text|text %><% endfor %>], dims: <%= dims(t) %> }
<%- elif t.dtype == "string" %>
{ data: new Array<string>(<%= count(t) %>).fill(""), dims: <%= dims(t) %> }
<%- else %>
{ data: new <%= t.type.array %>(<%= count(t) %>), dims: <%= dims(t) %> }
<%- endif %>
<% endmacro %>
