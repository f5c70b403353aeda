/* Hold a generated project's words.c against what Python wrote: see hostile_texts.expected_bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "small_words.h"

/* In the place of core.c, which would need a runtime. */
small_code small_fail(small_error *error, small_code code, const char *input, const char *format, ...)
{
  (void)error;
  (void)input;
  (void)format;
  return code;
}

/* Read a length and as many bytes; NULL at the end of the file. */
static char *read_bytes(FILE *file, uint32_t *size)
{
  if (fread(size, sizeof *size, 1, file) != 1) {
    return NULL;
  }
  char *bytes = malloc(*size + (size_t)1);
  if (bytes == NULL || fread(bytes, 1, *size, file) != *size) {
    exit(2);
  }
  bytes[*size] = '\0';
  return bytes;
}

int main(int argc, char **argv)
{
  FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL) {
    return 2;
  }
  size_t texts = 0, differ = 0;
  uint32_t size, wanted_size;
  for (char *text; (text = read_bytes(file, &size)) != NULL; free(text), texts++) {
    char *wanted = read_bytes(file, &wanted_size), *words = NULL;
    int32_t ids[SMALL_WORDS_IDS], wanted_ids[SMALL_WORDS_IDS];
    if (wanted == NULL || fread(wanted_ids, sizeof wanted_ids, 1, file) != 1) {
      return 2;
    }
    const char *const one = text;
    const size_t bytes = size;
    bool same = small_words(text, size, &words, NULL) == SMALL_OK && strcmp(words, wanted) == 0
        && small_words_ids(&one, &bytes, 1, ids, NULL) == SMALL_OK
        && memcmp(ids, wanted_ids, sizeof ids) == 0;
    if (!same) {
      differ++;
      printf("text %zu differs: %.200s\n", texts, text);
    }
    free(words);
    free(wanted);
  }
  fclose(file);
  printf("%zu texts, %zu differ\n", texts, differ);
  return differ != 0;
}
