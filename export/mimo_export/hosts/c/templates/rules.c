<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/*
 * From strings and integers to an input of the model's file.
 *
 * A text becomes pieces (texts.c), strings become ids (here), ids the numbers of the input (encoding.c).
 */
#include "rules.h"

#include <stdlib.h>
#include <string.h>

#include "fingerprint.h"

/* TensorFlow's, of tf.sparse.cross_hashed. */
static const uint64_t crossing_key = UINT64_C(0xdecafcaffe);

/* === Memory === */

<%= p %>_code <%= p %>_rule_no_memory(const char *input, <%= p %>_error *error)
{
  return <%= p %>_fail(error, <%= P %>_MEMORY, input,
      "there is no memory to prepare input '%s'; give fewer rows at a time", input);
}

void *<%= p %>_rule_grown(void *data, size_t count, size_t more, size_t *room, size_t size)
{
  if (data != NULL && more <= *room - count) {
    return data;
  }
  if (more > SIZE_MAX / 2 / size - count) {
    return NULL;
  }
  size_t wanted = (count + more) * 2;
  void *moved = realloc(data, (wanted > 0 ? wanted : 1) * size);
  if (moved != NULL) {
    *room = wanted;
  }
  return moved;
}

bool <%= p %>_ids_append(<%= p %>_ids *to, int64_t id, size_t count)
{
  int64_t *moved = <%= p %>_rule_grown(to->data, to->count, count, &to->room, sizeof *moved);
  if (moved == NULL) {
    return false;
  }
  to->data = moved;
  for (size_t i = 0; i < count; i++) {
    to->data[to->count++] = id;
  }
  return true;
}

/* === Strings === */

<%= p %>_string <%= p %>_string_at(const <%= p %>_array *array, const size_t *sizes, size_t i)
{
  const char *text = ((const char *const *)array->data)[i];
  return (<%= p %>_string){ text, sizes == NULL ? strlen(text) : sizes[i] };
}

size_t <%= p %>_character_size(const char *text, size_t size)
{
  const unsigned char *byte = (const unsigned char *)text;
  size_t wanted = byte[0] < 0x80 ? 1 : byte[0] < 0xE0 ? 2 : byte[0] < 0xF0 ? 3 : 4;
  if (wanted == 1) {
    return 1;
  }
  if (wanted > size || byte[0] < 0xC2 || byte[0] > 0xF4
      /* Longer than needed; half of a surrogate pair; beyond the last code point. */
      || (byte[0] == 0xE0 && byte[1] < 0xA0) || (byte[0] == 0xED && byte[1] > 0x9F)
      || (byte[0] == 0xF0 && byte[1] < 0x90) || (byte[0] == 0xF4 && byte[1] > 0x8F)) {
    return 0;
  }
  for (size_t i = 1; i < wanted; i++) {
    if ((byte[i] & 0xC0) != 0x80) {
      return 0;
    }
  }
  return wanted;
}

<%= p %>_code <%= p %>_check_strings(const <%= p %>_spec *spec, const <%= p %>_array *array,
    const size_t *sizes, <%= p %>_error *error)
{
  for (size_t i = 0; i < array->count; i++) {
    if (((const char *const *)array->data)[i] == NULL) {
      return <%= p %>_fail(error, <%= P %>_NAME_MISSING, spec->name,
          "string %zu of input '%s' is NULL; give a text, which may be empty", i, spec->name);
    }
    <%= p %>_string one = <%= p %>_string_at(array, sizes, i);
    for (size_t place = 0, size; place < one.size; place += size) {
      size = <%= p %>_character_size(one.text + place, one.size - place);
      if (size == 0) {
        return <%= p %>_fail(error, <%= P %>_DTYPE, spec->name,
            "string %zu of input '%s' is no UTF-8 at byte %zu; give texts in UTF-8", i, spec->name,
            place);
      }
    }
  }
  return <%= P %>_OK;
}

static bool same(<%= p %>_string one, <%= p %>_string other)
{
  return one.size == other.size && (one.size == 0 || memcmp(one.text, other.text, one.size) == 0);
}

/* === Ids === */

static int64_t bucket_of(<%= p %>_string one, const <%= p %>_bucket *bucket)
{
  uint64_t hash = bucket->key == NULL ? <%= p %>_farm_hash(one.text, one.size)
                                      : <%= p %>_sip_hash(one.text, one.size, bucket->key);
  return (int64_t)(hash % bucket->count);
}

static int64_t hashed(const <%= p %>_rule *rule, <%= p %>_string one)
{
  if (rule->mask.text == NULL) {
    return bucket_of(one, &rule->bucket);
  }
  return same(one, rule->mask) ? 0 : 1 + bucket_of(one, &rule->bucket);
}

static int64_t crossed(const <%= p %>_rule *rule, const <%= p %>_array *given,
    const size_t *const *sizes, size_t i)
{
  uint64_t hash = crossing_key;
  for (size_t k = 0; k < rule->source_count; k++) {
    size_t source = rule->sources[k];
    <%= p %>_dtype dtype = <%= p %>_given_specs[source].dtype;
    uint64_t item;
    if (dtype == <%= P %>_STRING) {
      <%= p %>_string one = <%= p %>_string_at(&given[source], sizes[source], i);
      item = <%= p %>_farm_hash(one.text, one.size);
    } else {
      item = <%= p %>_integer_at(dtype, given[source].data, i);
    }
    hash = <%= p %>_combine(hash, item);
  }
  return (int64_t)(hash % rule->bucket.count);
}

static const <%= p %>_word *find(const <%= p %>_rule *rule, <%= p %>_string one)
{
  const <%= p %>_word *known = rule->words;
  for (size_t count = rule->word_count; count > 0;) {
    const <%= p %>_word *middle = known + count / 2;
    size_t size = one.size < middle->size ? one.size : middle->size;
    int side = size == 0 ? 0 : memcmp(one.text, middle->text, size);
    if (side == 0 && one.size == middle->size) {
      return middle;
    }
    if (side > 0 || (side == 0 && one.size > middle->size)) {
      known = middle + 1;
      count -= count / 2 + 1;
    } else {
      count /= 2;
    }
  }
  return NULL;
}

<%= p %>_code <%= p %>_look_up(const <%= p %>_rule *rule, <%= p %>_string one, size_t number, int64_t *id,
    <%= p %>_error *error)
{
  if (rule->mask.text != NULL && same(one, rule->mask)) {
    *id = rule->mask_id;
    return <%= P %>_OK;
  }
  const <%= p %>_word *known = find(rule, one);
  if (known != NULL) {
    *id = known->id;
    return <%= P %>_OK;
  }
  if (rule->closed) {
    const char *input = <%= p %>_given_specs[rule->sources[0]].name;
    size_t shown = 0, size = 0;
    /* Whole characters: the message is for a person. */
    for (; shown < one.size && shown < 200; shown += size) {
      size = <%= p %>_character_size(one.text + shown, one.size - shown);
    }
    return <%= p %>_fail(error, <%= P %>_TOKEN, input,
        "'%.*s' in string %zu of input '%s' is not in the vocabulary, which has no place for unknown "
        "strings; give strings of the vocabulary", (int)shown, one.size > 0 ? one.text : "", number,
        input);
  }
  *id = rule->unknown + (rule->bucket.count == 0 ? 0 : bucket_of(one, &rule->bucket));
  return <%= P %>_OK;
}

/* Make an id of each string, or of each combination, in the shape that it is given in. */
static <%= p %>_code of_each(<%= p %>_ids *to, const <%= p %>_rule *rule, const <%= p %>_array *given,
    const size_t *const *sizes, <%= p %>_error *error)
{
  const size_t source = rule->sources[0];
  const <%= p %>_array *array = &given[source];
  to->rank = <%= p %>_given_specs[source].rank;
  memcpy(to->shape, array->shape, to->rank * sizeof to->shape[0]);
  <%= p %>_code code = <%= P %>_OK;
  bool fits = <%= p %>_ids_append(to, 0, 0);
  for (size_t i = 0; fits && code == <%= P %>_OK && i < array->count; i++) {
    int64_t id = 0;
    if (rule->kind == <%= P %>_KIND_CROSS) {
      id = crossed(rule, given, sizes, i);
    } else if (rule->kind == <%= P %>_KIND_HASH) {
      id = hashed(rule, <%= p %>_string_at(array, sizes[source], i));
    } else if (rule->kind == <%= P %>_KIND_TEXT) {
      code = <%= p %>_text_look_up(rule, <%= p %>_string_at(array, sizes[source], i), i, &id, error);
    } else {
      code = <%= p %>_look_up(rule, <%= p %>_string_at(array, sizes[source], i), i, &id, error);
    }
    fits = <%= p %>_ids_append(to, id, 1);
  }
  return fits ? code : <%= p %>_rule_no_memory(<%= p %>_given_specs[source].name, error);
}

<%= p %>_code <%= p %>_rule_apply(const <%= p %>_rule *rule, const <%= p %>_array *given,
    const size_t *const *sizes, <%= p %>_result *result, size_t *rank, <%= p %>_error *error)
{
  memset(result, 0, sizeof *result);
  *rank = 0;
  const size_t first = rule->sources[0];
  /* One text a row, as it is, has one id and no axis of pieces. */
  const bool in_rows = rule->kind == <%= P %>_KIND_TEXT
      && (rule->split != <%= P %>_SPLIT_NONE || <%= p %>_given_specs[first].rank > 1);
  <%= p %>_ids made = { 0 };
  <%= p %>_code code = in_rows
      ? <%= p %>_ids_of_texts(&made, rule, &given[first], sizes[first], error)
      : of_each(&made, rule, given, sizes, error);
  if (code == <%= P %>_OK && !<%= p %>_encode(result, rank, &made, rule)) {
    free(result->data);
    memset(result, 0, sizeof *result);
    code = <%= p %>_rule_no_memory(<%= p %>_given_specs[first].name, error);
  }
  free(made.data);
  return code;
}
