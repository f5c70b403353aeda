<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* What becomes of ids: numbers of an input's type, as they are or in vectors. */
#include "rules.h"

#include <stdlib.h>
#include <string.h>

static void put_integer(<%= p %>_result *result, <%= p %>_dtype dtype, size_t i, int64_t value)
{
  switch (dtype) {
    case <%= P %>_INT32: ((int32_t *)result->data)[i] = (int32_t)value; break;
    case <%= P %>_INT64: ((int64_t *)result->data)[i] = value; break;
    case <%= P %>_FLOAT32: ((float *)result->data)[i] = (float)value; break;
    case <%= P %>_FLOAT64: ((double *)result->data)[i] = (double)value; break;
    case <%= P %>_BOOL: ((uint8_t *)result->data)[i] = value != 0; break;
    default: break;
  }
}

static void put_float(<%= p %>_result *result, <%= p %>_dtype dtype, size_t i, float value)
{
  switch (dtype) {
    case <%= P %>_FLOAT32: ((float *)result->data)[i] = value; break;
    case <%= P %>_FLOAT64: ((double *)result->data)[i] = (double)value; break;
    case <%= P %>_BOOL: ((uint8_t *)result->data)[i] = value != 0; break;
    default: put_integer(result, dtype, i, (int64_t)value); break;
  }
}

/* Make room for numbers of a shape, all 0. */
static bool make_result(<%= p %>_result *result, size_t rank, <%= p %>_dtype dtype)
{
  result->count = 1;
  for (size_t axis = 0; axis < rank; axis++) {
    if (result->shape[axis] > 0 && result->count > SIZE_MAX / 8 / result->shape[axis]) {
      return false;
    }
    result->count *= result->shape[axis];
  }
  result->data = calloc(result->count + 1, <%= p %>_element_size(dtype));
  return result->data != NULL;
}

static bool one_hot(<%= p %>_result *result, size_t *rank, const <%= p %>_ids *from,
    const <%= p %>_rule *rule)
{
  *rank = from->rank > 1 && from->shape[from->rank - 1] == 1 ? from->rank - 1 : from->rank;
  memcpy(result->shape, from->shape, *rank * sizeof result->shape[0]);
  result->shape[(*rank)++] = rule->depth;
  if (!make_result(result, *rank, rule->dtype)) {
    return false;
  }
  for (size_t i = 0; i < from->count; i++) {
    if (from->data[i] >= 0 && (uint64_t)from->data[i] < rule->depth) {
      put_integer(result, rule->dtype, i * rule->depth + (size_t)from->data[i], 1);
    }
  }
  return true;
}

/* Make one vector for all ids along the first axis after the batch. */
static bool of_all(<%= p %>_result *result, size_t *rank, const <%= p %>_ids *from,
    const <%= p %>_rule *rule)
{
  const size_t length = from->rank > 1 ? from->shape[1] : 1, depth = rule->depth;
  size_t inner = 1;
  *rank = 1;
  result->shape[0] = from->shape[0];
  for (size_t axis = 2; axis < from->rank; axis++) {
    inner *= from->shape[axis];
    result->shape[(*rank)++] = from->shape[axis];
  }
  result->shape[(*rank)++] = depth;
  int64_t *counts = calloc(depth + 1, sizeof *counts);
  bool fits = counts != NULL && make_result(result, *rank, rule->dtype);
  for (size_t row = 0; fits && row < from->shape[0] * inner; row++) {
    memset(counts, 0, depth * sizeof *counts);
    for (size_t i = 0; i < length; i++) {
      int64_t id = from->data[(row / inner * length + i) * inner + row % inner];
      if (id >= 0 && (uint64_t)id < depth) {
        counts[id] = rule->mode == <%= P %>_MODE_MULTI_HOT ? 1 : counts[id] + 1;
      }
    }
    for (size_t id = 0; id < depth; id++) {
      if (rule->mode == <%= P %>_MODE_COUNT && rule->weights != NULL) {
        put_float(result, rule->dtype, row * depth + id, (float)counts[id] * rule->weights[id]);
      } else {
        put_integer(result, rule->dtype, row * depth + id, counts[id]);
      }
    }
  }
  free(counts);
  return fits;
}

bool <%= p %>_encode(<%= p %>_result *result, size_t *rank, const <%= p %>_ids *from,
    const <%= p %>_rule *rule)
{
  if (rule->mode == <%= P %>_MODE_ONE_HOT) {
    return one_hot(result, rank, from, rule);
  }
  if (rule->mode != <%= P %>_MODE_INT) {
    return of_all(result, rank, from, rule);
  }
  *rank = from->rank;
  memcpy(result->shape, from->shape, from->rank * sizeof result->shape[0]);
  if (!make_result(result, *rank, rule->dtype)) {
    return false;
  }
  for (size_t i = 0; i < from->count; i++) {
    put_integer(result, rule->dtype, i, from->data[i]);
  }
  return true;
}
