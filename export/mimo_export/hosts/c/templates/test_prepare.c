<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
<% from "tables.c" import number with context %>
<% set rules = model.preprocessing.rules %>
<% macro row(t) -%>
<% for size in model.cases[0].inputs[t.index].shape[1:] %><%= size %> * <% endfor %>1
<%- endmacro %>
/* The rules give for the bundle's examples what Keras gave; what is refused is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "<%= p %>_prepare.h"
#include "rules.h"

<%# Each array ends with an element of no meaning: C has no arrays of none. %>
<% for one in model.preprocessing.examples %>
<% set e = loop.index0 %>
<% for t in model.sources %>
<% set elements = one.inputs[t.name].elements %>
static const <%= t.type.c %> given_<%= e %>_<%= t.identifier %>[] = {
<% for element in elements %>
  <%= element | text if t.dtype == "string" else number(element) %>,
<% endfor %>
  0,
};
<% if t.dtype == "string" %>
static const size_t sizes_<%= e %>_<%= t.identifier %>[] = {
  <% for element in elements %><%= element.encode("utf-8") | length %>, <% endfor %>0
};
<% endif %>
<% endfor %>
<% for rule in rules %>
static const <%= language.types[rule.output.dtype].c %> made_<%= e %>_<%= loop.index0 %>[] = {
  <% for element in one.outputs[rule.output.name].elements %><%= number(element) %>,<%= "\n  " if loop.index % 16 == 0 else " " %><% endfor %>0
};
<% endfor %>

<% endfor %>
typedef struct example {
  size_t rows;
  <%= p %>_array given[<%= P %>_GIVEN];
  const size_t *sizes[<%= P %>_GIVEN];
  <%= p %>_array made[<%= P %>_RULES];
  size_t ranks[<%= P %>_RULES];
} example;

<% macro array(name, rows) -%>
{ <%= name %>, <%= rows.elements | length %>, { <%= rows.shape | join(", ") %> } }
<%- endmacro %>
static const example examples[] = {
<% for one in model.preprocessing.examples %>
<% set e = loop.index0 %>
  {
    .rows = <%= one.inputs[model.sources[0].name].shape[0] %>,
    .given = {
<% for t in model.sources %>
      <%= array("given_" ~ e ~ "_" ~ t.identifier, one.inputs[t.name]) %>,
<% endfor %>
    },
    .sizes = {
<% for t in model.sources %>
      <%= "sizes_" ~ e ~ "_" ~ t.identifier if t.dtype == "string" else "NULL" %>,
<% endfor %>
    },
    .made = {
<% for rule in rules %>
      <%= array("made_" ~ e ~ "_" ~ loop.index0, one.outputs[rule.output.name]) %>,
<% endfor %>
    },
    .ranks = { <% for rule in rules %><%= one.outputs[rule.output.name].shape | length %><%= ", " if not loop.last %><% endfor %> },
  },
<% endfor %>
};
enum { EXAMPLES = sizeof examples / sizeof examples[0] };

static const char *const rule_names[<%= P %>_RULES] = {
<% for rule in rules %>
  <%= rule.output.name | text %>,
<% endfor %>
};

static int failures;

static void check(bool holds, const char *what, const char *name)
{
  if (!holds) {
    printf("FAILED: %s, '%s'\n", what, name);
    failures++;
  }
}

/* Tell whether an element is the same; 0 and -0 are. */
static bool same(<%= p %>_dtype dtype, const void *got, const void *wanted, size_t i)
{
  if (dtype == <%= P %>_FLOAT32) {
    return ((const float *)got)[i] == ((const float *)wanted)[i];
  }
  if (dtype == <%= P %>_FLOAT64) {
    return ((const double *)got)[i] == ((const double *)wanted)[i];
  }
  size_t size = <%= p %>_element_size(dtype);
  return memcmp((const char *)got + i * size, (const char *)wanted + i * size, size) == 0;
}

static void test_rule(const example *one, size_t number)
{
  const <%= p %>_rule *rule = &<%= p %>_rules[number];
  const <%= p %>_array *wanted = &one->made[number];
  const char *name = rule_names[number];
  <%= p %>_result got;
  <%= p %>_error error;
  size_t rank;
  <%= p %>_code code = <%= p %>_rule_apply(rule, one->given, one->sizes, &got, &rank, &error);
  check(code == <%= P %>_OK, code == <%= P %>_OK ? "" : error.message, name);
  check(rank == one->ranks[number], "how many dimensions", name);
  check(memcmp(got.shape, wanted->shape, rank * sizeof got.shape[0]) == 0, "the shape", name);
  check(got.count == wanted->count, "how many elements", name);
  for (size_t i = 0; i < got.count && got.count == wanted->count; i++) {
    check(same(rule->dtype, got.data, wanted->data, i), "an element is not Keras's", name);
  }
  free(got.data);
}

/* Give some rows of an example, from the first on. */
static <%= p %>_given given_rows(const example *one, size_t rows)
{
  <%= p %>_given given;
  memset(&given, 0, sizeof given);
<% for t in model.sources %>
<% set place = loop.index0 %>
  given.<%= t.identifier %>.data = one->given[<%= loop.index0 %>].data;
<% if t.dtype == "string" %>
  given.<%= t.identifier %>.sizes = one->sizes[<%= loop.index0 %>];
<% endif %>
  given.<%= t.identifier %>.count = one->rows == 0 ? 0 : one->given[<%= loop.index0 %>].count / one->rows * rows;
  given.<%= t.identifier %>.batch = rows;
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
  given.<%= t.identifier %>.dim_<%= loop.index %> = one->given[<%= place %>].shape[<%= loop.index %>];
<% endif %>
<% endfor %>
<% endfor %>
  return given;
}

/* Prepare some rows and run the model on them, with zeros for what no rule makes. */
static void test_prepared(<%= p %>_model *model, size_t rows)
{
  const <%= p %>_given given = given_rows(&examples[0], rows);
  <%= p %>_inputs inputs;
  <%= p %>_outputs outputs;
  <%= p %>_error error;
  memset(&inputs, 0, sizeof inputs);
<% for t in model.inputs if t not in model.prepared %>
  <%= t.type.c %> *zeros_<%= t.identifier %> = calloc(rows * <%= row(t) %> + 1, sizeof *zeros_<%= t.identifier %>);
  inputs.<%= t.identifier %>.data = zeros_<%= t.identifier %>;
  inputs.<%= t.identifier %>.count = rows * <%= row(t) %>;
  inputs.<%= t.identifier %>.batch = rows;
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
  inputs.<%= t.identifier %>.dim_<%= loop.index %> = <%= model.cases[0].inputs[t.index].shape[loop.index] %>;
<% endif %>
<% endfor %>
<% endfor %>
  <%= p %>_code code = <%= p %>_prepare(&given, &inputs, &error);
  check(code == <%= P %>_OK, code == <%= P %>_OK ? "" : error.message, "prepare");
<% for t in model.prepared %>
  check(inputs.<%= t.identifier %>.batch == rows, "the batch", <%= t.name | text %>);
<% endfor %>
  if (code == <%= P %>_OK) {
    code = <%= p %>_predict(model, &inputs, &outputs, &error);
    check(code == <%= P %>_OK, code == <%= P %>_OK ? "" : error.message, "predict");
    check(outputs.<%= model.outputs[0].identifier %>.shape[0] == rows, "the batch", <%= model.outputs[0].name | text %>);
    <%= p %>_outputs_free(&outputs);
  }
  <%= p %>_prepared_free(&inputs);
  <%= p %>_prepared_free(&inputs);
<% for t in model.inputs if t not in model.prepared %>
  free(zeros_<%= t.identifier %>);
<% endfor %>
}

static void refuses(const <%= p %>_given *given, <%= p %>_code code, const char *input)
{
  <%= p %>_error error;
  <%= p %>_inputs inputs;
  memset(&error, 0, sizeof error);
  memset(&inputs, 0, sizeof inputs);
  <%= p %>_code got = <%= p %>_prepare(given, &inputs, &error);
  printf("%s: %s\n", <%= p %>_code_name(got), error.message);
  check(got == code && error.code == code, <%= p %>_code_name(code), input);
  check(strcmp(error.input, input) == 0, "the input's name", input);
  check(<%= p %>_prepare(given, &inputs, NULL) == code, "the error may be NULL", input);
<% for t in model.prepared %>
  check(inputs.<%= t.identifier %>.data == NULL, "inputs of a failed call are empty", input);
<% endfor %>
}

static void test_refusals(void)
{
  const <%= p %>_given good = given_rows(&examples[0], 1);
  <%= p %>_given given;
  <%= p %>_inputs inputs;
  check(<%= p %>_prepare(NULL, &inputs, NULL) == <%= P %>_NAME_MISSING, "nothing given", "");
  check(<%= p %>_prepare(&good, NULL, NULL) == <%= P %>_NAME_MISSING, "no place", "");
  <%= p %>_prepared_free(NULL);
<% for t in model.sources %>

  given = good;
  given.<%= t.identifier %>.data = NULL;
  refuses(&given, <%= P %>_NAME_MISSING, <%= t.name | text %>);
  given = good;
  given.<%= t.identifier %>.count++;
  refuses(&given, <%= P %>_COUNT, <%= t.name | text %>);
<% endfor %>
<% for t in model.sources if t.dtype == "string" %>
  {
    const size_t count = good.<%= t.identifier %>.count;
    const char **texts = calloc(count + 1, sizeof *texts);
    given = good;
    given.<%= t.identifier %>.data = texts;
    given.<%= t.identifier %>.sizes = NULL;
    refuses(&given, <%= P %>_NAME_MISSING, <%= t.name | text %>);
    static const char *const broken[] = { "a\200", "\300\200", "\340\200\200", "\355\240\200",
      "\360\200\200\200", "\364\220\200\200", "\377", "\303", "\342\202", "\360\237\230", "\303a" };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
      for (size_t k = 0; k < count; k++) {
        texts[k] = broken[i];
      }
      refuses(&given, <%= P %>_DTYPE, <%= t.name | text %>);
    }
    free(texts);
  }
<% endfor %>
<% for rule in rules if rule.kind == "lookup" and rule.lookup.unknown is none %>
<% for t in model.sources if t.name == rule.sources[0] and rule.output.name in model.prepared | map(attribute="name") %>
  {
    const size_t count = good.<%= t.identifier %>.count;
    const char **texts = calloc(count + 1, sizeof *texts);
    for (size_t i = 0; i < count; i++) {
      texts[i] = "no word of any vocabulary\001";
    }
    given = good;
    given.<%= t.identifier %>.data = texts;
    given.<%= t.identifier %>.sizes = NULL;
    refuses(&given, <%= P %>_TOKEN, <%= t.name | text %>);
    free(texts);
  }
<% endfor %>
<% endfor %>
}

int main(int argc, char **argv)
{
  <%= p %>_error error;
  <%= p %>_model *model = NULL;
  if (<%= p %>_open(argc > 1 ? argv[1] : "model", NULL, &model, &error) != <%= P %>_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 2;
  }
  for (size_t i = 0; i < EXAMPLES; i++) {
    for (size_t number = 0; number < <%= P %>_RULES; number++) {
      test_rule(&examples[i], number);
    }
  }
  test_refusals();
  test_prepared(model, 0);
  test_prepared(model, 1);
  <%= p %>_close(&model);
  puts(failures ? "FAILED" : "the rules give what Keras gave");
  return failures ? 1 : 0;
}
