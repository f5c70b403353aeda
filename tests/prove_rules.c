/* Hold a generated project's rules against what Python wrote: see preparation_rules.expected_bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

enum { ROWS = 7, COMMENT = 0, TAGS, CODE, STRINGS = 3 * ROWS };

/* In the place of core.c, which would need a runtime. */
small_code small_fail(small_error *error, small_code code, const char *input, const char *format, ...)
{
  (void)error;
  (void)input;
  (void)format;
  return code;
}

small_code small_check_shapes(const small_spec *specs, const small_array *inputs, size_t count,
    small_error *error)
{
  (void)specs;
  (void)inputs;
  (void)count;
  (void)error;
  return SMALL_OK;
}

uint64_t small_integer_at(small_dtype dtype, const void *data, size_t index)
{
  return dtype == SMALL_INT64 ? (uint64_t)((const int64_t *)data)[index] : 0;
}

size_t small_element_size(small_dtype dtype)
{
  return dtype == SMALL_INT64 ? 8 : dtype == SMALL_BOOL ? 1 : 4;
}

static void read_all(FILE *file, void *data, size_t size)
{
  if (size > 0 && fread(data, 1, size, file) != size) {
    exit(2);
  }
}

/* Read bytes to be freed. */
static char *read_bytes(FILE *file, size_t size)
{
  char *bytes = malloc(size + 1);
  if (bytes == NULL) {
    exit(2);
  }
  read_all(file, bytes, size);
  bytes[size] = '\0';
  return bytes;
}

/* Compute a rule, and compare it with what is next in the file. */
static bool agrees(FILE *file, const small_rule *rule, const small_array *given,
    const size_t *const *sizes)
{
  small_result got;
  uint32_t wanted_rank, dimension;
  size_t rank, count = 1;
  bool same = small_rule_apply(rule, given, sizes, &got, &rank, NULL) == SMALL_OK;
  read_all(file, &wanted_rank, sizeof wanted_rank);
  same = same && rank == wanted_rank;
  for (size_t axis = 0; axis < wanted_rank; axis++) {
    read_all(file, &dimension, sizeof dimension);
    same = same && got.shape[axis] == dimension;
    count *= dimension;
  }
  char *wanted = read_bytes(file, count * small_element_size(rule->dtype));
  same = same && got.count == count
      && memcmp(got.data, wanted, count * small_element_size(rule->dtype)) == 0;
  free(wanted);
  free(got.data);
  return same;
}

int main(int argc, char **argv)
{
  FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL) {
    return 2;
  }
  size_t texts = 0, differ = 0;
  for (uint32_t rows, size; fread(&rows, sizeof rows, 1, file) == 1; texts += rows) {
    char *strings[STRINGS];
    size_t lengths[STRINGS];
    int64_t codes[ROWS];
    const size_t *const sizes[SMALL_GIVEN] = { lengths, lengths + rows, NULL };
    const small_array given[SMALL_GIVEN] = {
      [COMMENT] = { strings, rows, { rows } },
      [TAGS] = { strings + rows, (size_t)2 * rows, { rows, 2 } },
      [CODE] = { codes, rows, { rows } },
    };
    for (size_t i = 0; i < (size_t)3 * rows; i++) {
      read_all(file, &size, sizeof size);
      lengths[i] = size;
      strings[i] = read_bytes(file, size);
    }
    read_all(file, codes, rows * sizeof codes[0]);
    for (size_t source = COMMENT; source <= TAGS; source++) {
      const small_spec *spec = &small_given_specs[source];
      differ += small_check_strings(spec, &given[source], sizes[source], NULL) != SMALL_OK;
    }
    for (size_t i = 0; i < SMALL_RULES; i++) {
      if (!agrees(file, &small_rules[i], given, sizes)) {
        differ++;
        printf("rule %zu differs at text %zu: %.200s\n", i, texts, strings[0]);
      }
    }
    for (size_t i = 0; i < (size_t)3 * rows; i++) {
      free(strings[i]);
    }
  }
  fclose(file);
  printf("%zu texts, %zu differ\n", texts, differ);
  return differ != 0;
}
