<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* What every runtime needs first: errors, the checks of inputs, the checksums of files. */
#include "core.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sha256.h"

typedef struct model_file {
  const char *format;
  const char *path;
  uint64_t bytes;
  const char *sha256;
} model_file;

/* The files that this client was made for. */
static const model_file files[] = {
<% for file in model.files %>
  { <%= file.format | text %>, <%= file.path.partition("/")[2] | text %>, <%= file.bytes %>u,
      <%= file.sha256 | text %> },
<% endfor %>
};

/* What a dimension of free size is called: the place is -1 - dimension. */
static const char *const symbols[] = {
<% for symbol in model.symbols %>
  <%= symbol | text %>,
<% endfor %>
};

static const size_t element_sizes[] = { 2, 2, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 1<%= ", sizeof(char *)" if model.preprocessing %> };

/* === Errors === */

<%= p %>_code <%= p %>_fail(<%= p %>_error *error, <%= p %>_code code, const char *input,
    const char *format, ...)
{
  if (error == NULL) {
    return code;
  }
  error->code = code;
  snprintf(error->input, sizeof error->input, "%s", input);
  va_list values;
  va_start(values, format);
  vsnprintf(error->message, sizeof error->message, format, values);
  va_end(values);
  return code;
}

const char *<%= p %>_code_name(<%= p %>_code code)
{
  switch (code) {
    case <%= P %>_OK: return "ok";
    case <%= P %>_MODEL_MISSING: return "model-missing";
    case <%= P %>_MODEL_ALTERED: return "model-altered";
    case <%= P %>_MODEL_INVALID: return "model-invalid";
    case <%= P %>_NAME_MISSING: return "name-missing";
<% if model.preprocessing %>
    case <%= P %>_DTYPE: return "dtype";
<% endif %>
    case <%= P %>_DIMENSION: return "dimension";
    case <%= P %>_COUNT: return "count";
    case <%= P %>_SYMBOL: return "symbol";
    case <%= P %>_BATCH_LIMIT: return "batch-limit";
    case <%= P %>_TOKEN: return "token";
    case <%= P %>_NAN: return "nan";
    case <%= P %>_RELEASED: return "released";
    case <%= P %>_RUNTIME: return "runtime";
    case <%= P %>_MEMORY: return "memory";
  }
  return "unknown";
}

/* === Inputs === */

size_t <%= p %>_element_size(<%= p %>_dtype dtype)
{
  return element_sizes[dtype];
}

/* Multiply, or return false where the product is beyond size_t. */
static bool multiply(size_t *product, size_t factor)
{
  if (factor != 0 && *product > SIZE_MAX / factor) {
    return false;
  }
  *product *= factor;
  return true;
}

/* Return whether an array has as many elements as its shape asks for. */
static bool counts(const <%= p %>_spec *spec, const <%= p %>_array *array)
{
  size_t wanted = 1;
  for (size_t axis = 0; axis < spec->rank; axis++) {
    if (!multiply(&wanted, array->shape[axis])) {
      return false;
    }
  }
  return wanted == array->count;
}

/* Write a shape as [1, 256, 1]. */
static const char *show(char *text, size_t size, const size_t *shape, size_t rank)
{
  size_t used = (size_t)snprintf(text, size, "[");
  for (size_t axis = 0; axis < rank && used < size; axis++) {
    used += (size_t)snprintf(text + used, size - used, "%s%zu", axis ? ", " : "", shape[axis]);
  }
  if (used < size) {
    snprintf(text + used, size - used, "]");
  }
  return text;
}

/* Write where an element is, as [4, 0]. */
static const char *show_place(char *text, size_t size, const <%= p %>_array *array, size_t rank,
    size_t element)
{
  size_t place[<%= P %>_MAX_RANK];
  for (size_t axis = rank; axis-- > 0;) {
    place[axis] = element % array->shape[axis];
    element /= array->shape[axis];
  }
  return show(text, size, place, rank);
}

static <%= p %>_code check_shape(const <%= p %>_spec *spec, const <%= p %>_array *array,
    <%= p %>_error *error)
{
  char shape[160];
  if (array->data == NULL && (array->count > 0 || array->shape[0] > 0)) {
    return <%= p %>_fail(error, <%= P %>_NAME_MISSING, spec->name,
        "input '%s' is missing: its data is NULL; give its elements", spec->name);
  }
  for (size_t axis = 1; axis < spec->rank; axis++) {
    if (array->shape[axis] == 0 && spec->dimensions[axis] < 0) {
      return <%= p %>_fail(error, <%= P %>_DIMENSION, spec->name,
          "dimension %zu of input '%s' is 0; give at least 1", axis, spec->name);
    }
  }
  if (!counts(spec, array)) {
    return <%= p %>_fail(error, <%= P %>_COUNT, spec->name,
        "input '%s' has %zu elements, which do not fit its shape %s; give one for each place",
        spec->name, array->count, show(shape, sizeof shape, array->shape, spec->rank));
  }
  return <%= P %>_OK;
}

/* Find the first of some inputs that has a dimension of a symbol, and which; false where none has. */
static bool find_symbol(const <%= p %>_spec *specs, size_t count, int64_t symbol, size_t *input,
    size_t *axis)
{
  for (*input = 0; *input < count; ++*input) {
    for (*axis = 0; *axis < specs[*input].rank; ++*axis) {
      if (specs[*input].dimensions[*axis] == symbol) {
        return true;
      }
    }
  }
  return false;
}

/* Hold the free dimensions of an input against those of the inputs before it. */
static <%= p %>_code check_symbols(const <%= p %>_spec *specs, const <%= p %>_array *inputs,
    size_t number, <%= p %>_error *error)
{
  const <%= p %>_spec *spec = &specs[number];
  for (size_t axis = 0; axis < spec->rank; axis++) {
    size_t first, place;
    if (spec->dimensions[axis] >= 0
        || !find_symbol(specs, number + 1, spec->dimensions[axis], &first, &place)) {
      continue;
    }
    size_t size = inputs[number].shape[axis], known = inputs[first].shape[place];
    if (size != known) {
      return <%= p %>_fail(error, <%= P %>_SYMBOL, spec->name,
          "'%s' is %zu in input '%s' and %zu in input '%s'; give both the same size",
          symbols[-1 - spec->dimensions[axis]], size, spec->name, known, specs[first].name);
    }
  }
  return <%= P %>_OK;
}

<%= p %>_code <%= p %>_check_shapes(const <%= p %>_spec *specs, const <%= p %>_array *inputs,
    size_t count, <%= p %>_error *error)
{
  <%= p %>_code code = <%= P %>_OK;
  for (size_t i = 0; i < count && code == <%= P %>_OK; i++) {
    code = check_shape(&specs[i], &inputs[i], error);
    if (code == <%= P %>_OK) {
      code = check_symbols(specs, inputs, i, error);
    }
  }
  return code;
}

/* Tell whether the element is a NaN; integers have none. */
static bool is_nan(<%= p %>_dtype dtype, const void *data, size_t index)
{
  switch (dtype) {
    case <%= P %>_FLOAT16: return (((const uint16_t *)data)[index] & 0x7fff) > 0x7c00;
    case <%= P %>_BFLOAT16: return (((const uint16_t *)data)[index] & 0x7fff) > 0x7f80;
    case <%= P %>_FLOAT32: return ((const float *)data)[index] != ((const float *)data)[index];
    case <%= P %>_FLOAT64: return ((const double *)data)[index] != ((const double *)data)[index];
    default: return false;
  }
}

static <%= p %>_code check_nan(const <%= p %>_spec *spec, const <%= p %>_array *array,
    <%= p %>_error *error)
{
  char place[160];
  for (size_t i = 0; i < array->count; i++) {
    if (is_nan(spec->dtype, array->data, i)) {
      return <%= p %>_fail(error, <%= P %>_NAN, spec->name,
          "input '%s' holds a NaN at %s; give numbers, or set nan_pass if the model is meant to "
          "see NaN", spec->name, show_place(place, sizeof place, array, spec->rank, i));
    }
  }
  return <%= P %>_OK;
}

uint64_t <%= p %>_integer_at(<%= p %>_dtype dtype, const void *data, size_t index)
{
  switch (dtype) {
    case <%= P %>_INT8: return (uint64_t)((const int8_t *)data)[index];
    case <%= P %>_INT16: return (uint64_t)((const int16_t *)data)[index];
    case <%= P %>_INT32: return (uint64_t)((const int32_t *)data)[index];
    case <%= P %>_INT64: return (uint64_t)((const int64_t *)data)[index];
    case <%= P %>_UINT8: return ((const uint8_t *)data)[index];
    case <%= P %>_UINT16: return ((const uint16_t *)data)[index];
    case <%= P %>_UINT32: return ((const uint32_t *)data)[index];
    case <%= P %>_UINT64: return ((const uint64_t *)data)[index];
    default: return 0;
  }
}

static <%= p %>_code check_tokens(const <%= p %>_spec *spec, const <%= p %>_array *array,
    <%= p %>_error *error)
{
  char place[160];
  for (size_t i = 0; i < array->count; i++) {
    uint64_t id = <%= p %>_integer_at(spec->dtype, array->data, i);
    if (id >= spec->ids) {
      return <%= p %>_fail(error, <%= P %>_TOKEN, spec->name,
          "input '%s' holds the id %" PRId64 " at %s; the model knows 0 to %" PRIu64
          ", give ids that it was trained with", spec->name, (int64_t)id,
          show_place(place, sizeof place, array, spec->rank, i), spec->ids - 1);
    }
  }
  return <%= P %>_OK;
}

<%= p %>_code <%= p %>_check_inputs(const <%= p %>_array *inputs, const <%= p %>_options *options,
    <%= p %>_error *error)
{
  <%= p %>_code code = <%= p %>_check_shapes(<%= p %>_input_specs, inputs, <%= P %>_INPUTS, error);
  if (code == <%= P %>_OK && options->max_batch > 0 && inputs[0].shape[0] > options->max_batch) {
    code = <%= p %>_fail(error, <%= P %>_BATCH_LIMIT, <%= p %>_input_specs[0].name,
        "the batch is %zu and max_batch %zu; give fewer rows at a time", inputs[0].shape[0],
        options->max_batch);
  }
  for (size_t i = 0; i < <%= P %>_INPUTS && code == <%= P %>_OK; i++) {
    const <%= p %>_spec *spec = &<%= p %>_input_specs[i];
    if (spec->ids > 0) {
      code = check_tokens(spec, &inputs[i], error);
    } else if (!options->nan_pass) {
      code = check_nan(spec, &inputs[i], error);
    }
  }
  return code;
}

/* === Results === */

static <%= p %>_code differs(const <%= p %>_spec *spec, size_t rank, <%= p %>_error *error)
{
  return <%= p %>_fail(error, <%= P %>_RUNTIME, "",
      "the runtime gave output '%s' another shape, of %zu dimensions, than the contract says; "
      "make this client again from the bundle", spec->name, rank);
}

<%= p %>_code <%= p %>_result_make(<%= p %>_result *result, const <%= p %>_spec *spec, size_t rank,
    const int64_t *shape, <%= p %>_error *error)
{
  if (rank != spec->rank) {
    return differs(spec, rank, error);
  }
  size_t count = 1;
  bool fits = true;
  for (size_t axis = 0; axis < rank; axis++) {
    if (shape[axis] < 0 || (spec->dimensions[axis] >= 0 && shape[axis] != spec->dimensions[axis])) {
      return differs(spec, rank, error);
    }
    result->shape[axis] = (size_t)shape[axis];
    fits = multiply(&count, result->shape[axis]) && fits;
  }
  size_t bytes = count;
  fits = multiply(&bytes, <%= p %>_element_size(spec->dtype)) && fits;
  result->data = fits ? malloc(bytes > 0 ? bytes : 1) : NULL;
  if (result->data == NULL) {
    return <%= p %>_fail(error, <%= P %>_MEMORY, "",
        "there is no memory for output '%s'; give fewer rows at a time", spec->name);
  }
  result->count = count;
  return <%= P %>_OK;
}

<%= p %>_code <%= p %>_results_empty(const <%= p %>_array *inputs, <%= p %>_result *results,
    <%= p %>_error *error)
{
  for (size_t i = 0; i < <%= P %>_OUTPUTS; i++) {
    const <%= p %>_spec *spec = &<%= p %>_output_specs[i];
    int64_t shape[<%= P %>_MAX_RANK] = { 0 };
    for (size_t axis = 0; axis < spec->rank; axis++) {
      size_t first, place;
      if (spec->dimensions[axis] >= 0) {
        shape[axis] = spec->dimensions[axis];
      } else if (find_symbol(<%= p %>_input_specs, <%= P %>_INPUTS, spec->dimensions[axis], &first,
                     &place)) {
        shape[axis] = (int64_t)inputs[first].shape[place];
      }
    }
    <%= p %>_code code = <%= p %>_result_make(&results[i], spec, spec->rank, shape, error);
    if (code != <%= P %>_OK) {
      return code;
    }
  }
  return <%= P %>_OK;
}

/* === Files === */

static <%= p %>_code check_file(const char *path, const model_file *file, <%= p %>_error *error)
{
  FILE *stream = fopen(path, "rb");
  if (stream == NULL) {
    return <%= p %>_fail(error, <%= P %>_MODEL_MISSING, "",
        "the model's file %s cannot be read; copy the project's `model` folder again", path);
  }
  <%= p %>_sha256 hash;
  <%= p %>_sha256_start(&hash);
  uint8_t bytes[16384];
  size_t count;
  /* Not to the end, which a device such as /dev/zero does not have: one byte too many will do. */
  while (hash.length <= file->bytes && (count = fread(bytes, 1, sizeof bytes, stream)) > 0) {
    <%= p %>_sha256_add(&hash, bytes, count);
  }
  bool broken = ferror(stream) != 0;
  fclose(stream);
  if (broken) {
    return <%= p %>_fail(error, <%= P %>_MODEL_MISSING, "",
        "the model's file %s cannot be read to its end; copy the project's `model` folder again",
        path);
  }
  if (hash.length > file->bytes) {
    return <%= p %>_fail(error, <%= P %>_MODEL_ALTERED, "",
        "the model's file %s is not the one that this client was made for: it has more than %" PRIu64
        " bytes; copy the project's `model` folder again", path, file->bytes);
  }
  uint64_t length = hash.length;
  char digits[65];
  <%= p %>_sha256_finish(&hash, digits);
  if (length != file->bytes || strcmp(digits, file->sha256) != 0) {
    return <%= p %>_fail(error, <%= P %>_MODEL_ALTERED, "",
        "the model's file %s is not the one that this client was made for: %" PRIu64
        " bytes with SHA-256 %s, where %" PRIu64 " with %s were; copy the project's `model` "
        "folder again", path, length, digits, file->bytes, file->sha256);
  }
  return <%= P %>_OK;
}

<%= p %>_code <%= p %>_check_files(const char *folder, const char *format, <%= p %>_error *error)
{
  size_t checked = 0;
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    if (strcmp(files[i].format, format) != 0) {
      continue;
    }
    checked++;
    size_t size = strlen(folder) + strlen(files[i].path) + 2;
    char *path = malloc(size);
    if (path == NULL) {
      return <%= p %>_fail(error, <%= P %>_MEMORY, "", "there is no memory for a path; free some");
    }
    snprintf(path, size, "%s/%s", folder, files[i].path);
    <%= p %>_code code = check_file(path, &files[i], error);
    free(path);
    if (code != <%= P %>_OK) {
      return code;
    }
  }
  if (checked == 0) {
    return <%= p %>_fail(error, <%= P %>_MODEL_MISSING, "",
        "the bundle that this client was made from has no %s; export it with --format %s, and "
        "make the client again", format, format);
  }
  return <%= P %>_OK;
}
