<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
<% from "tables.c" import number, shape, specs with context %>
<% macro string(text) -%>
{ <%= text | text %>, <%= text.encode("utf-8") | length %> }
<%- endmacro %>
/* The bundle's rules as tables, and what they make of what a user has. */
#include "<%= p %>_prepare.h"

#include <stdlib.h>
#include <string.h>

#include "rules.h"

const <%= p %>_spec <%= p %>_given_specs[<%= P %>_GIVEN] = {
<%= specs(model.sources) -%>
};

<% set places = model.sources | map(attribute="name") | list %>
<% for rule in model.preprocessing.rules %>
<% if rule.lookup %>
/* Of '<%= rule.layer | comment(" * ") %>', in the order of their bytes. */
static const <%= p %>_word words_<%= loop.index0 %>[] = {
<% for word, id in model.preprocessing.words(rule) %>
  { <%= word | text %>, <%= word.encode("utf-8") | length %>, <%= id %> },
<% endfor %>
  { "", 0, 0 },
};

<% endif %>
<% endfor %>
const <%= p %>_rule <%= p %>_rules[<%= P %>_RULES] = {
<% for rule in model.preprocessing.rules %>
  /* '<%= rule.layer | comment("   * ") %>' */
  {
    .kind = <%= P %>_KIND_<%= rule.kind | upper %>,
    .sources = (const size_t[]){ <% for name in rule.sources %><%= places.index(name) %><%= ", " if not loop.last %><% endfor %> },
    .source_count = <%= rule.sources | length %>,
<% if rule.text %>
    .lower = <%= rule.text.lower | lower %>,
    .strip = <%= string(rule.text.strip) %>,
    .split = <%= P %>_SPLIT_<%= rule.text.split | upper %>,
<% if rule.text.ngrams is not none %>
    .ngrams = (const size_t[]){ <% for width in rule.text.ngrams %><%= width %>, <% endfor %>0 },
    .ngram_count = <%= rule.text.ngrams | length %>,
<% endif %>
    .length = <%= -1 if rule.text.length is none else rule.text.length %>,
<% endif %>
<% if rule.lookup %>
    .words = words_<%= loop.index0 %>,
    .word_count = <%= model.preprocessing.words(rule) | length %>,
    .closed = <%= (rule.lookup.unknown is none) | lower %>,
    .unknown = <%= rule.lookup.unknown or 0 %>,
    .mask_id = <%= rule.lookup.mask_id %>,
<% endif %>
<% set bucket = rule.lookup.bucket if rule.lookup else rule.bucket %>
<% if bucket %>
    .bucket = { <%= bucket.count %>, <% if bucket.key %>(const uint64_t[]){ <% for part in bucket.key %>UINT64_C(<%= part % 18446744073709551616 %>)<%= ", " if not loop.last %><% endfor %> }<% else %>NULL<% endif %> },
<% endif %>
<% set mask = rule.lookup.mask if rule.lookup else rule.mask %>
<% if mask is not none %>
    .mask = <%= string(mask) %>,
<% endif %>
    .mode = <%= P %>_MODE_<%= rule.encoding.mode | upper %>,
    .depth = <%= rule.encoding.depth %>,
<% if rule.encoding.weights is not none %>
    .weights = (const float[]){ <% for weight in rule.encoding.weights %><%= number(weight) %>, <% endfor %>0 },
<% endif %>
    .dtype = <%= P %>_<%= rule.output.dtype | upper %>,
  },
<% endfor %>
};

<%= p %>_code <%= p %>_prepare(const <%= p %>_given *given, <%= p %>_inputs *inputs, <%= p %>_error *error)
{
  if (given == NULL || inputs == NULL) {
    return <%= p %>_fail(error, <%= P %>_NAME_MISSING, "",
        "<%= p %>_prepare needs what is given and a place for inputs, and one of them is NULL; "
        "give both");
  }
<% for t in model.prepared %>
  memset(&inputs-><%= t.identifier %>, 0, sizeof inputs-><%= t.identifier %>);
<% endfor %>
  const <%= p %>_array arrays[<%= P %>_GIVEN] = {
<% for t in model.sources %>
    { given-><%= t.identifier %>.data, given-><%= t.identifier %>.count, { <%= shape(t, "given") %> } },
<% endfor %>
  };
  const size_t *const sizes[<%= P %>_GIVEN] = {
<% for t in model.sources %>
    <%= "given->" ~ t.identifier ~ ".sizes" if t.dtype == "string" else "NULL" %>,
<% endfor %>
  };
  <%= p %>_code code = <%= p %>_check_shapes(<%= p %>_given_specs, arrays, <%= P %>_GIVEN, error);
  for (size_t i = 0; i < <%= P %>_GIVEN && code == <%= P %>_OK; i++) {
    if (<%= p %>_given_specs[i].dtype == <%= P %>_STRING) {
      code = <%= p %>_check_strings(&<%= p %>_given_specs[i], &arrays[i], sizes[i], error);
    }
  }
<% for rule in model.preprocessing.rules %>
<% set number = loop.index0 %>
<% for t in model.prepared if t.name == rule.output.name %>
  if (code == <%= P %>_OK) {
    <%= p %>_result made;
    size_t rank;
    code = <%= p %>_rule_apply(&<%= p %>_rules[<%= number %>], arrays, sizes, &made, &rank, error);
    inputs-><%= t.identifier %>.data = made.data;
    inputs-><%= t.identifier %>.count = made.count;
    inputs-><%= t.identifier %>.batch = made.shape[0];
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
    inputs-><%= t.identifier %>.dim_<%= loop.index %> = made.shape[<%= loop.index %>];
<% endif %>
<% endfor %>
  }
<% endfor %>
<% endfor %>
  if (code != <%= P %>_OK) {
    <%= p %>_prepared_free(inputs);
  }
  return code;
}

void <%= p %>_prepared_free(<%= p %>_inputs *inputs)
{
  if (inputs == NULL) {
    return;
  }
<% for t in model.prepared %>
  free((void *)(uintptr_t)inputs-><%= t.identifier %>.data);
  memset(&inputs-><%= t.identifier %>, 0, sizeof inputs-><%= t.identifier %>);
<% endfor %>
}
