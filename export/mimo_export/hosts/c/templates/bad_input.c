<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
<% macro row(t) -%>
<% for size in model.cases[0].inputs[t.index].shape[1:] %><%= size %> * <% endfor %>1
<%- endmacro %>
/* What is refused, and that the next call works: `bad_input [FOLDER [ROWS]]`, ROWS for one large batch. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "<%= p %>_client.h"

static int failures;

/* Zeros, in the sizes of a golden vector. */
static <%= p %>_inputs make_inputs(size_t batch)
{
  <%= p %>_inputs inputs;
  memset(&inputs, 0, sizeof inputs);
<% for t in model.inputs %>
  inputs.<%= t.identifier %>.batch = batch;
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
  inputs.<%= t.identifier %>.dim_<%= loop.index %> = <%= model.cases[0].inputs[t.index].shape[loop.index] %>;
<% endif %>
<% endfor %>
  inputs.<%= t.identifier %>.count = batch * <%= row(t) %>;
  inputs.<%= t.identifier %>.data = calloc(inputs.<%= t.identifier %>.count + 1, sizeof *inputs.<%= t.identifier %>.data);
<% endfor %>
  return inputs;
}

static void free_inputs(<%= p %>_inputs *inputs)
{
<% for t in model.inputs %>
  free((void *)(uintptr_t)inputs-><%= t.identifier %>.data);
<% endfor %>
}

static void check(bool holds, const char *what)
{
  if (!holds) {
    printf("FAILED: %s\n", what);
    failures++;
  }
}

/* A good call, with the same answer every time. */
static void works(<%= p %>_model *model, const char *after)
{
  static <%= p %>_outputs first;
  static bool known = false;
  <%= p %>_inputs inputs = make_inputs(2);
  <%= p %>_outputs outputs;
  <%= p %>_error error;
  check(<%= p %>_predict(model, &inputs, &outputs, &error) == <%= P %>_OK, after);
  if (!known && outputs.<%= model.outputs[0].identifier %>.data != NULL) {
    first = outputs;
    known = true;
    free_inputs(&inputs);
    return;
  }
<% for t in model.outputs %>
  check(outputs.<%= t.identifier %>.count == first.<%= t.identifier %>.count
          && memcmp(outputs.<%= t.identifier %>.data, first.<%= t.identifier %>.data,
                 outputs.<%= t.identifier %>.count * sizeof *outputs.<%= t.identifier %>.data) == 0, after);
<% endfor %>
  <%= p %>_outputs_free(&outputs);
  free_inputs(&inputs);
}

static void refuses(<%= p %>_model *model, const <%= p %>_inputs *inputs, <%= p %>_code code,
    const char *input)
{
  <%= p %>_error error;
  <%= p %>_outputs outputs;
  memset(&error, 0, sizeof error);
  <%= p %>_code got = <%= p %>_predict(model, inputs, &outputs, &error);
  printf("%s: %s\n", <%= p %>_code_name(got), error.message);
  check(got == code && error.code == code, <%= p %>_code_name(code));
  check(strcmp(error.input, input) == 0, input);
  check(outputs.<%= model.outputs[0].identifier %>.data == NULL, "outputs of a failed call are empty");
  check(<%= p %>_predict(model, inputs, &outputs, NULL) == code, "the error may be NULL");
}

<% for t in model.inputs %>
/* Everything wrong with '<%= t.name | comment(" * ") %>' alone. */
static void test_input_<%= t.identifier %>(<%= p %>_model *model)
{
  static const char name[] = <%= t.name | text %>;
  const <%= p %>_inputs good = make_inputs(2);
  <%= p %>_inputs inputs = good;

  inputs.<%= t.identifier %>.data = NULL;
  refuses(model, &inputs, <%= P %>_NAME_MISSING, name);
  works(model, "after NULL");

  inputs = good;
  inputs.<%= t.identifier %>.count--;
  refuses(model, &inputs, <%= P %>_COUNT, name);
  works(model, "after a wrong count");

  inputs = good;
  inputs.<%= t.identifier %>.batch = SIZE_MAX;
  refuses(model, &inputs, <%= P %>_COUNT, name);
  works(model, "after an endless batch");

<% for d in t.dimensions[1:] %>
<% if d.symbol %>
  inputs = good;
  inputs.<%= t.identifier %>.dim_<%= loop.index %> = 0;
  refuses(model, &inputs, <%= P %>_DIMENSION, name);
  works(model, "after an empty dimension");

<% endif %>
<% endfor %>
<% if not loop.first %>
  inputs = good;
  inputs.<%= t.identifier %>.batch = 1;
  inputs.<%= t.identifier %>.count /= 2;
  refuses(model, &inputs, <%= P %>_SYMBOL, name);
  works(model, "after two batches");

<% endif %>
<% if t.ids is not none %>
  inputs = good;
  <%= t.type.c %> *ids = calloc(inputs.<%= t.identifier %>.count, sizeof *ids);
  inputs.<%= t.identifier %>.data = ids;
  ids[inputs.<%= t.identifier %>.count - 1] = <%= t.ids %>;
  refuses(model, &inputs, <%= P %>_TOKEN, name);
  works(model, "after a token too many");
<% if not t.dtype.startswith("u") %>
  ids[inputs.<%= t.identifier %>.count - 1] = -1;
  refuses(model, &inputs, <%= P %>_TOKEN, name);
  works(model, "after a token of -1");
<% endif %>
  ids[inputs.<%= t.identifier %>.count - 1] = <%= t.ids - 1 %>;
  <%= p %>_outputs outputs;
  check(<%= p %>_predict(model, &inputs, &outputs, NULL) == <%= P %>_OK, "the last id is known");
  <%= p %>_outputs_free(&outputs);
  free(ids);
<% elif t.dtype in ("float32", "float64") %>
  inputs = good;
  <%= t.type.c %> *numbers = calloc(inputs.<%= t.identifier %>.count, sizeof *numbers);
  inputs.<%= t.identifier %>.data = numbers;
  numbers[inputs.<%= t.identifier %>.count - 1] = (<%= t.type.c %>)NAN;
  refuses(model, &inputs, <%= P %>_NAN, name);
  works(model, "after a NaN");
  free(numbers);
<% endif %>
  free_inputs((<%= p %>_inputs *)(uintptr_t)&good);
}

<% endfor %>
/* A batch of 0 is answered. */
static void test_empty(<%= p %>_model *model)
{
  <%= p %>_inputs inputs = make_inputs(0);
  <%= p %>_outputs outputs;
  check(<%= p %>_predict(model, &inputs, &outputs, NULL) == <%= P %>_OK, "a batch of 0");
<% for t in model.outputs %>
  check(outputs.<%= t.identifier %>.count == 0 && outputs.<%= t.identifier %>.data != NULL, "nothing comes out");
<% for d in t.dimensions %>
<% if loop.first or d.size is not none %>
  check(outputs.<%= t.identifier %>.shape[<%= loop.index0 %>] == <%= d.size or 0 %>, "in the right shape");
<% endif %>
<% endfor %>
<% endfor %>
  <%= p %>_outputs_free(&outputs);
  <%= p %>_outputs_free(&outputs);
  free_inputs(&inputs);
}

static void test_large(<%= p %>_model *model, size_t rows)
{
  <%= p %>_inputs inputs = make_inputs(rows);
  <%= p %>_outputs outputs;
  <%= p %>_error error;
  <%= p %>_code code = <%= p %>_predict(model, &inputs, &outputs, &error);
  check(code == <%= P %>_OK, code == <%= P %>_OK ? "" : error.message);
  check(outputs.<%= model.outputs[0].identifier %>.shape[0] == rows, "every row of a large batch");
  <%= p %>_outputs_free(&outputs);
  free_inputs(&inputs);
}

static void test_options(const char *folder)
{
  <%= p %>_options options = { .max_batch = 1, .threads = 1, .nan_pass = true };
  <%= p %>_model *model = NULL;
  check(<%= p %>_open(folder, &options, &model, NULL) == <%= P %>_OK, "open with options");
  <%= p %>_inputs inputs = make_inputs(2);
  refuses(model, &inputs, <%= P %>_BATCH_LIMIT, <%= model.inputs[0].name | text %>);
  free_inputs(&inputs);
<% for t in model.inputs if t.dtype == "float32" %>
<% if loop.first %>

  <%= p %>_outputs outputs;
  inputs = make_inputs(1);
  <%= t.type.c %> *numbers = calloc(inputs.<%= t.identifier %>.count, sizeof *numbers);
  numbers[0] = NAN;
  <%= p %>_inputs strange = inputs;
  strange.<%= t.identifier %>.data = numbers;
  check(<%= p %>_predict(model, &strange, &outputs, NULL) == <%= P %>_OK, "NaN is let through");
  <%= p %>_outputs_free(&outputs);
  free(numbers);
  free_inputs(&inputs);
<% endif %>
<% endfor %>
  <%= p %>_close(&model);
}

static void test_pointers(const char *folder, <%= p %>_model *model)
{
  <%= p %>_error error;
  <%= p %>_model *none = NULL;
  check(<%= p %>_open("there is no such folder", NULL, &none, &error) == <%= P %>_MODEL_MISSING,
      "a missing folder");
  printf("%s: %s\n", <%= p %>_code_name(error.code), error.message);
  check(none == NULL, "no model of a missing folder");
  check(<%= p %>_open(NULL, NULL, &none, &error) == <%= P %>_NAME_MISSING, "no folder");
  check(<%= p %>_open(folder, NULL, NULL, &error) == <%= P %>_NAME_MISSING, "no place");
  check(<%= p %>_predict(model, NULL, NULL, &error) == <%= P %>_NAME_MISSING, "no inputs");
  <%= p %>_inputs inputs = make_inputs(1);
  refuses(NULL, &inputs, <%= P %>_RELEASED, "");
  free_inputs(&inputs);
  <%= p %>_close(&none);
  <%= p %>_close(NULL);
  <%= p %>_outputs_free(NULL);
  works(model, "after NULL pointers");
}

int main(int argc, char **argv)
{
  const char *folder = argc > 1 ? argv[1] : "model";
  <%= p %>_error error;
  <%= p %>_model *model = NULL;
  if (<%= p %>_open(folder, NULL, &model, &error) != <%= P %>_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 2;
  }
  works(model, "first");
<% for t in model.inputs %>
  test_input_<%= t.identifier %>(model);
<% endfor %>
  test_empty(model);
  test_pointers(folder, model);
  test_options(folder);
  if (argc > 2) {
    test_large(model, (size_t)strtoul(argv[2], NULL, 10));
  }
  <%= p %>_close(&model);
  check(model == NULL, "closing forgets the model");
  printf("%s\n", failures ? "FAILED" : "all refused, and the next call worked");
  return failures ? 1 : 0;
}
