<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/*
 * Two numbers agree within atol + rtol * |expected|; NaN agrees with NaN in the same place alone;
 * classes agree where the largest number of a row stands where Keras has its largest.
 */
#include "replay.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double absolute = <%= "%.17g" | format(model.tolerance.atol) %>;
static const double relative = <%= "%.17g" | format(model.tolerance.rtol) %>;

typedef struct golden_array {
  const char *path;
  size_t shape[<%= P %>_MAX_RANK];
} golden_array;

typedef struct golden_case {
  /* As JSON has it. */
  const char *name;
  golden_array inputs[<%= P %>_INPUTS];
  golden_array outputs[<%= P %>_OUTPUTS];
} golden_case;

<% macro arrays(items) %>
<% for a in items %>
{ <%= a.path.partition("/")[2] | text %>, { <%= a.shape | join(", ") %> } }<%= ",\n        " if not loop.last %>
<%- endfor %>
<% endmacro %>
static const golden_case cases[] = {
<% for case in model.cases %>
  { <%= case.name | json | text %>,
      { <%= arrays(case.inputs) | trim %> },
      { <%= arrays(case.outputs) | trim %> } },
<% endfor %>
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* As JSON has them. */
static const char *const output_names[<%= P %>_OUTPUTS] = {
<% for t in model.outputs %>
  <%= t.name | json | text %>,
<% endfor %>
};

static const bool output_is_class[<%= P %>_OUTPUTS] = {
<% for t in model.outputs %>
  <%= "true" if t.is_class else "false" %>,
<% endfor %>
};

/* What was found about one output, over all cases. */
typedef struct comparison {
  bool same_shapes;
  size_t values, total, outside, agreeing, rows;
  double largest, largest_relative, passing;
  double expected, got;
  const golden_case *worst;
  size_t index[<%= P %>_MAX_RANK];
} comparison;

/* === Numbers === */

static double small_float(uint16_t bits, int exponent_bits, int fraction_bits)
{
  int exponent = bits >> fraction_bits & ((1 << exponent_bits) - 1);
  int fraction = bits & ((1 << fraction_bits) - 1);
  int bias = (1 << (exponent_bits - 1)) - 1;
  double size;
  if (exponent == (1 << exponent_bits) - 1) {
    size = fraction ? NAN : INFINITY;
  } else if (exponent == 0) {
    size = ldexp(fraction, 1 - bias - fraction_bits);
  } else {
    size = ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits);
  }
  return bits & 0x8000 ? -size : size;
}

static double number_at(<%= p %>_dtype dtype, const void *data, size_t index)
{
  switch (dtype) {
    case <%= P %>_FLOAT16: return small_float(((const uint16_t *)data)[index], 5, 10);
    case <%= P %>_BFLOAT16: return small_float(((const uint16_t *)data)[index], 8, 7);
    case <%= P %>_FLOAT32: return (double)((const float *)data)[index];
    case <%= P %>_FLOAT64: return ((const double *)data)[index];
    case <%= P %>_INT8: return (double)((const int8_t *)data)[index];
    case <%= P %>_INT16: return (double)((const int16_t *)data)[index];
    case <%= P %>_INT32: return (double)((const int32_t *)data)[index];
    case <%= P %>_INT64: return (double)((const int64_t *)data)[index];
    case <%= P %>_UINT8: return (double)((const uint8_t *)data)[index];
    case <%= P %>_UINT16: return (double)((const uint16_t *)data)[index];
    case <%= P %>_UINT32: return (double)((const uint32_t *)data)[index];
    case <%= P %>_UINT64: return (double)((const uint64_t *)data)[index];
    case <%= P %>_BOOL: return (double)((const uint8_t *)data)[index];
<% if model.preprocessing %>
    case <%= P %>_STRING: break;
<% endif %>
  }
  return NAN;
}

static double distance_of(double expected, double got)
{
  if (expected == got || (isnan(expected) && isnan(got))) {
    return 0;
  }
  double distance = fabs(got - expected);
  return isnan(distance) ? INFINITY : distance;
}

/* Divide a distance by a size: endless by endless is endless. */
static double needed(double distance, double size)
{
  double share = distance == 0 ? 0 : distance / size;
  return isnan(share) ? INFINITY : share;
}

/* === Comparing === */

static void compare_number(comparison *found, const golden_case *from, const golden_array *array,
    size_t rank, size_t element, double expected, double got)
{
  double distance = distance_of(expected, got);
  double limit = absolute + relative * fabs(expected);
  found->total++;
  found->values += isfinite(expected) ? 1 : 0;
  found->outside += distance > (isfinite(limit) ? limit : 0) ? 1 : 0;
  found->passing = fmax(found->passing, needed(distance, 1 + fabs(expected)));
  if (expected != 0) {
    found->largest_relative = fmax(found->largest_relative, needed(distance, fabs(expected)));
  }
  if (found->worst != NULL && distance <= found->largest) {
    return;
  }
  found->worst = from;
  found->largest = distance;
  found->expected = expected;
  found->got = got;
  for (size_t axis = rank; axis-- > 0;) {
    found->index[axis] = element % array->shape[axis];
    element /= array->shape[axis];
  }
}

/* Compare the class of every row: one of those that Keras gives its largest number. */
static void compare_classes(comparison *found, <%= p %>_dtype dtype, const void *expected,
    const void *got, size_t rows, size_t width)
{
  for (size_t row = 0; row < rows; row++) {
    size_t chosen = row * width;
    double best = number_at(dtype, expected, row * width);
    for (size_t i = row * width; i < (row + 1) * width; i++) {
      /* NaN counts as the largest, as NumPy has it. */
      double number = number_at(dtype, got, i), most = number_at(dtype, got, chosen);
      if (!isnan(most) && (isnan(number) || number > most)) {
        chosen = i;
      }
      double wanted = number_at(dtype, expected, i);
      if (!isnan(best) && (isnan(wanted) || wanted > best)) {
        best = wanted;
      }
    }
    double value = number_at(dtype, expected, chosen);
    found->agreeing += value == best || (isnan(value) && isnan(best)) ? 1 : 0;
    found->rows++;
  }
}

static void compare(comparison *found, size_t output, const golden_case *from,
    const void *expected, const <%= p %>_result *got)
{
  const <%= p %>_spec *spec = &<%= p %>_output_specs[output];
  const golden_array *array = &from->outputs[output];
  for (size_t axis = 0; axis < spec->rank; axis++) {
    if (array->shape[axis] != got->shape[axis]) {
      found->same_shapes = false;
      return;
    }
  }
  for (size_t i = 0; i < got->count; i++) {
    compare_number(found, from, array, spec->rank, i, number_at(spec->dtype, expected, i),
        number_at(spec->dtype, got->data, i));
  }
  size_t width = array->shape[spec->rank - 1];
  if (output_is_class[output] && width > 0) {
    compare_classes(found, spec->dtype, expected, got->data, got->count / width, width);
  }
}

/* === JSON === */

static void print_number(double number)
{
  if (isfinite(number)) {
    printf("%.9g", number);
  } else {
    printf("\"%s\"", isnan(number) ? "nan" : number > 0 ? "inf" : "-inf");
  }
}

/* Write why an output fails; nothing where it passes. */
static void reason_of(const comparison *found, char *text, size_t size)
{
  text[0] = '\0';
  if (!found->same_shapes) {
    snprintf(text, size, "the shapes differ");
  } else if (found->values == 0) {
    snprintf(text, size, "nothing was compared: Keras gave no finite number");
  } else if (found->outside > 0) {
    snprintf(text, size, "%zu of %zu values differ", found->outside, found->total);
  } else if (found->agreeing < found->rows) {
    snprintf(text, size, "the classes differ");
  }
}

static void print_worst(const comparison *found, size_t rank)
{
  printf("{\"case\": %s, \"index\": [", found->worst->name);
  for (size_t axis = 0; axis < rank; axis++) {
    printf("%s%zu", axis ? ", " : "", found->index[axis]);
  }
  printf("], \"expected\": ");
  print_number(found->expected);
  printf(", \"got\": ");
  print_number(found->got);
  printf("}");
}

static void print_output(const comparison *found, size_t output)
{
  char reason[96];
  reason_of(found, reason, sizeof reason);
  printf("{\"name\": %s, \"status\": \"%s\", \"reason\": \"%s\", \"values\": %zu",
      output_names[output], reason[0] ? "fail" : "pass", reason, found->values);
  if (!found->same_shapes || found->worst == NULL) {
    printf(", \"max_abs\": null, \"max_rel\": null, \"worst\": null"
        ", \"passing_tolerance\": null, \"classes\": \"\"}");
    return;
  }
  printf(", \"max_abs\": ");
  print_number(found->largest);
  printf(", \"max_rel\": ");
  print_number(found->largest_relative);
  printf(", \"worst\": ");
  print_worst(found, <%= p %>_output_specs[output].rank);
  printf(", \"passing_tolerance\": ");
  print_number(found->passing);
  printf(", \"classes\": \"");
  if (output_is_class[output]) {
    printf("%zu of %zu", found->agreeing, found->rows);
  }
  printf("\"}");
}

static bool print_report(const char *host, const comparison *found)
{
  bool passed = true;
  char reason[96];
  for (size_t i = 0; i < <%= P %>_OUTPUTS; i++) {
    reason_of(&found[i], reason, sizeof reason);
    passed = passed && !reason[0];
  }
  printf("{\"format_version\": 1, \"model\": %s, \"runtime\": \"%s-%s\", \"version\": \"%s\"",
      <%= model.name | json | text %>, <%= p %>_runtime_name(), host, <%= p %>_runtime_version());
  printf(", \"host\": \"%s\", \"passed\": %s", host, passed ? "true" : "false");
  printf(", \"tolerance\": {\"atol\": %.9g, \"rtol\": %.9g}, \"outputs\": [", absolute, relative);
  for (size_t i = 0; i < <%= P %>_OUTPUTS; i++) {
    printf("%s", i ? ", " : "");
    print_output(&found[i], i);
  }
  printf("]}\n");
  return passed;
}

/* === Running === */

/* Read an array's file; NULL, with a line on standard error, where that fails. */
static void *read_array(const char *folder, const golden_array *array, const <%= p %>_spec *spec,
    size_t *count)
{
  *count = 1;
  for (size_t axis = 0; axis < spec->rank; axis++) {
    *count *= array->shape[axis];
  }
  size_t size = <%= p %>_element_size(spec->dtype);
  size_t length = strlen(folder) + strlen(array->path) + 2;
  char *path = malloc(length);
  void *data = malloc(*count * size + 1);
  FILE *file = NULL;
  if (path != NULL && data != NULL) {
    snprintf(path, length, "%s/%s", folder, array->path);
    file = fopen(path, "rb");
  }
  /* One byte more than there should be: a longer file is another file. */
  bool whole = file != NULL && fread(data, 1, *count * size + 1, file) == *count * size;
  if (file != NULL) {
    fclose(file);
  }
  if (!whole) {
    fprintf(stderr, "the golden vector %s/%s cannot be read, or has another size than %zu bytes\n",
        folder, array->path, *count * size);
    free(data);
    data = NULL;
  }
  free(path);
  return data;
}

static bool answer(const char *folder, const golden_case *from, <%= p %>_call call, void *context,
    <%= p %>_result *results)
{
  <%= p %>_array inputs[<%= P %>_INPUTS];
  void *data[<%= P %>_INPUTS] = { NULL };
  bool good = true;
  for (size_t i = 0; i < <%= P %>_INPUTS && good; i++) {
    data[i] = read_array(folder, &from->inputs[i], &<%= p %>_input_specs[i], &inputs[i].count);
    inputs[i].data = data[i];
    memcpy(inputs[i].shape, from->inputs[i].shape, sizeof inputs[i].shape);
    good = data[i] != NULL;
  }
  char message[1024] = "";
  if (good && !call(context, inputs, results, message, sizeof message)) {
    fprintf(stderr, "%s: %s\n", from->name, message);
    good = false;
  }
  for (size_t i = 0; i < <%= P %>_INPUTS; i++) {
    free(data[i]);
  }
  return good;
}

static bool replay_case(const char *folder, const golden_case *from, <%= p %>_call call,
    void *context, comparison *found)
{
  <%= p %>_result results[<%= P %>_OUTPUTS];
  memset(results, 0, sizeof results);
  bool good = answer(folder, from, call, context, results);
  for (size_t i = 0; i < <%= P %>_OUTPUTS; i++) {
    size_t count;
    void *expected = NULL;
    if (good) {
      expected = read_array(folder, &from->outputs[i], &<%= p %>_output_specs[i], &count);
      good = expected != NULL;
    }
    if (good) {
      compare(&found[i], i, from, expected, &results[i]);
    }
    free(expected);
    free(results[i].data);
  }
  return good;
}

int <%= p %>_replay(const char *host, const char *folder, <%= p %>_call call, void *context)
{
  comparison found[<%= P %>_OUTPUTS];
  memset(found, 0, sizeof found);
  for (size_t i = 0; i < <%= P %>_OUTPUTS; i++) {
    found[i].same_shapes = true;
  }
  for (size_t i = 0; i < CASES; i++) {
    if (!replay_case(folder, &cases[i], call, context, found)) {
      return 2;
    }
  }
  return print_report(host, found) ? 0 : 1;
}
