<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/*
 * Text to token ids.
 *
 * 1. What Unicode 14.0 has no character for separates words, as does a byte that is no UTF-8.
 * 2. Unicode NFC: characters are taken apart, marks are put in order, and pairs put together.
 * 3. Lower case, with no locale's rules; every final sigma becomes a sigma.
 * 4. A word is a run of letters and numbers, with at most one ' between two such runs.
 * 5. A word's id is its place in the vocabulary plus 2; 1 is any other word, 0 is padding.
 * 6. A row has the first ids, and padding on the right; a text without a word is one unknown word.
 */
#include "<%= p %>_words.h"

#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "unicode.h"

enum {
  UNKNOWN = 1,
  /* Hangul: syllables are made of a lead, a vowel and perhaps a tail, by arithmetic. */
  SYLLABLES = 0xAC00,
  LEADS = 0x1100,
  VOWELS = 0x1161,
  TAILS = 0x11A7,
  LEAD_COUNT = 19,
  VOWEL_COUNT = 21,
  TAIL_COUNT = 28,
  SYLLABLE_COUNT = LEAD_COUNT * VOWEL_COUNT * TAIL_COUNT
};

typedef struct known_word {
  const char *word;
  size_t size;
  int32_t id;
} known_word;

<% for t in model.texts %>
/* In the order of their bytes. */
static const known_word known_<%= t.identifier %>[] = {
<% for word, id in model.vocabulary.sorted_words(t.name) %>
  { <%= word | text %>, <%= word.encode("utf-8") | length %>, <%= id %> },
<% endfor %>
  { "", 0, 0 },
};

<% endfor %>
/* Characters, and their combining classes. */
typedef struct characters {
  int32_t *codes;
  uint8_t *classes;
  size_t count;
  size_t room;
} characters;

/* === Tables === */

static int32_t in_range(int32_t code, const int32_t *row)
{
  return code < row[0] ? -1 : code > row[1] ? 1 : 0;
}

/* Return the row of a table whose first two numbers are around the code; NULL for none. */
static const int32_t *find_run(int32_t code, const int32_t *table, size_t rows, size_t width)
{
  while (rows > 0) {
    const int32_t *middle = table + rows / 2 * width;
    int32_t side = in_range(code, middle);
    if (side == 0) {
      return middle;
    }
    if (side > 0) {
      table = middle + width;
      rows -= rows / 2 + 1;
    } else {
      rows /= 2;
    }
  }
  return NULL;
}

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define FIND(code, table) find_run(code, &(table)[0][0], ROWS(table), ROWS((table)[0]))

static uint8_t class_of(int32_t code)
{
  const int32_t *row = code < classes[0][0] ? NULL : FIND(code, classes);
  return row == NULL ? 0 : (uint8_t)row[2];
}

static bool is_letter(int32_t code)
{
  return FIND(code, letters) != NULL;
}

static int32_t lower_of(int32_t code)
{
  const int32_t *row = FIND(code, lowers);
  return row == NULL || (code - row[0]) % row[2] != 0 ? code : code + row[3];
}

static int compare_parts(const void *one, const void *other)
{
  const int32_t *a = one, *b = other;
  return (a[0] > b[0]) - (a[0] < b[0]);
}

static int compare_pairs(const void *one, const void *other)
{
  const int32_t *a = one, *b = other;
  return a[0] != b[0] ? (a[0] > b[0]) - (a[0] < b[0]) : (a[1] > b[1]) - (a[1] < b[1]);
}

/* Return what two characters become; 0 for nothing. */
static int32_t both_of(int32_t one, int32_t other)
{
  if (one >= LEADS && one < LEADS + LEAD_COUNT && other >= VOWELS
      && other < VOWELS + VOWEL_COUNT) {
    return SYLLABLES + ((one - LEADS) * VOWEL_COUNT + (other - VOWELS)) * TAIL_COUNT;
  }
  if (one >= SYLLABLES && one < SYLLABLES + SYLLABLE_COUNT && (one - SYLLABLES) % TAIL_COUNT == 0
      && other > TAILS && other < TAILS + TAIL_COUNT) {
    return one + (other - TAILS);
  }
  const int32_t key[2] = { one, other };
  const int32_t *row = bsearch(key, pairs, ROWS(pairs), sizeof pairs[0], compare_pairs);
  return row == NULL ? 0 : row[2];
}

/* === Characters === */

/* Read a character of at least one byte; what is no UTF-8 is one byte that separates words. */
static size_t read_utf8(const unsigned char *text, size_t size, int32_t *code)
{
  static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
  size_t length = text[0] < 0x80 ? 1 : text[0] < 0xC2 ? 0 : text[0] < 0xE0 ? 2
      : text[0] < 0xF0 ? 3 : text[0] < 0xF5 ? 4 : 0;
  *code = ' ';
  if (length == 0 || length > size) {
    return 1;
  }
  int32_t found = length == 1 ? text[0] : text[0] & (0x7F >> length);
  for (size_t i = 1; i < length; i++) {
    if ((text[i] & 0xC0) != 0x80) {
      return 1;
    }
    found = found << 6 | (text[i] & 0x3F);
  }
  if (found < least[length] || found > 0x10FFFF || (found >= 0xD800 && found < 0xE000)) {
    return 1;
  }
  *code = found;
  return length;
}

static bool append(characters *to, int32_t code)
{
  if (to->count == to->room) {
    size_t room = to->room ? to->room * 2 : 64;
    int32_t *codes = room > SIZE_MAX / sizeof *codes ? NULL
        : realloc(to->codes, room * sizeof *codes);
    if (codes == NULL) {
      return false;
    }
    to->codes = codes;
    uint8_t *kinds = realloc(to->classes, room);
    if (kinds == NULL) {
      return false;
    }
    to->classes = kinds;
    to->room = room;
  }
  to->codes[to->count] = code;
  to->classes[to->count++] = class_of(code);
  return true;
}

/* Append a character, taken apart into characters that have no parts. */
static bool append_parts(characters *to, int32_t code)
{
  int32_t syllable = code - SYLLABLES;
  if (syllable >= 0 && syllable < SYLLABLE_COUNT) {
    int32_t tail = syllable % TAIL_COUNT;
    return append(to, LEADS + syllable / TAIL_COUNT / VOWEL_COUNT)
        && append(to, VOWELS + syllable / TAIL_COUNT % VOWEL_COUNT)
        && (tail == 0 || append(to, TAILS + tail));
  }
  const int32_t *row = code < parts[0][0] ? NULL
      : bsearch(&code, parts, ROWS(parts), sizeof parts[0], compare_parts);
  if (row == NULL) {
    return append(to, code);
  }
  /* The table has one step each; no character has more than three. */
  return append_parts(to, row[1]) && (row[2] == 0 || append_parts(to, row[2]));
}

/* Put a run of marks into the order of their classes; equal ones stay as they are. */
static void sort_marks(int32_t *codes, uint8_t *kinds, size_t count, int32_t *spare)
{
  size_t places[257] = { 0 };
  for (size_t i = 0; i < count; i++) {
    places[kinds[i] + 1]++;
  }
  for (size_t kind = 1; kind < 257; kind++) {
    places[kind] += places[kind - 1];
  }
  for (size_t i = 0; i < count; i++) {
    spare[places[kinds[i]]++] = codes[i];
  }
  for (size_t i = 0; i < count; i++) {
    codes[i] = spare[i];
    kinds[i] = class_of(spare[i]);
  }
}

static bool put_in_order(characters *text)
{
  int32_t *spare = NULL;
  for (size_t start = 0; start < text->count;) {
    size_t end = start;
    bool sorted = true;
    while (end < text->count && text->classes[end] != 0) {
      sorted = sorted && (end == start || text->classes[end - 1] <= text->classes[end]);
      end++;
    }
    if (!sorted) {
      if (spare == NULL && (spare = malloc(text->count * sizeof *spare)) == NULL) {
        return false;
      }
      sort_marks(text->codes + start, text->classes + start, end - start, spare);
    }
    start = end + 1;
  }
  free(spare);
  return true;
}

/* Put pairs together: a starter and a character behind it that nothing of its class keeps apart. */
static void compose(characters *text)
{
  size_t starter = 0, kept = 0;
  bool has_starter = false;
  for (size_t i = 0; i < text->count; i++) {
    int32_t code = text->codes[i];
    uint8_t kind = text->classes[i];
    bool adjacent = has_starter && kept == starter + 1;
    bool open = has_starter && (adjacent || (kind != 0 && text->classes[kept - 1] < kind));
    int32_t both = open ? both_of(text->codes[starter], code) : 0;
    if (both != 0) {
      text->codes[starter] = both;
      continue;
    }
    if (kind == 0) {
      starter = kept;
      has_starter = true;
    }
    text->codes[kept] = code;
    text->classes[kept++] = kind;
  }
  text->count = kept;
}

/* === Words === */

static void append_utf8(char *to, size_t *size, int32_t code)
{
  unsigned char *out = (unsigned char *)to + *size;
  if (code < 0x80) {
    out[0] = (unsigned char)code;
    *size += 1;
  } else if (code < 0x800) {
    out[0] = (unsigned char)(0xC0 | code >> 6);
    out[1] = (unsigned char)(0x80 | (code & 0x3F));
    *size += 2;
  } else if (code < 0x10000) {
    out[0] = (unsigned char)(0xE0 | code >> 12);
    out[1] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
    out[2] = (unsigned char)(0x80 | (code & 0x3F));
    *size += 3;
  } else {
    out[0] = (unsigned char)(0xF0 | code >> 18);
    out[1] = (unsigned char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (unsigned char)(0x80 | (code & 0x3F));
    *size += 4;
  }
}

/* Return the text's words, each with a line break behind it; NULL where there is no memory. */
static char *split(const characters *text)
{
  /* A character is at most 4 bytes, and the break of a word has the place of what ends it. */
  char *words = text->count >= SIZE_MAX / 4 - 1 ? NULL : malloc(4 * text->count + 2);
  size_t size = 0, i = 0;
  while (words != NULL && i < text->count) {
    if (!is_letter(text->codes[i])) {
      i++;
      continue;
    }
    for (int part = 0; part < 2; part++) {
      for (; i < text->count && is_letter(text->codes[i]); i++) {
        append_utf8(words, &size, text->codes[i]);
      }
      if (part == 1 || i + 1 >= text->count || text->codes[i] != '\''
          || !is_letter(text->codes[i + 1])) {
        break;
      }
      append_utf8(words, &size, text->codes[i++]);
    }
    words[size++] = '\n';
  }
  if (words != NULL) {
    words[size] = '\0';
  }
  return words;
}

<%= p %>_code <%= p %>_words(const char *text, size_t size, char **words, <%= p %>_error *error)
{
  if (words == NULL || (text == NULL && size > 0)) {
    return <%= p %>_fail(error, <%= P %>_NAME_MISSING, "",
        "<%= p %>_words needs a text and a place for its words, and one of them is NULL; give both");
  }
  characters read = { NULL, NULL, 0, 0 };
  bool fits = true;
  for (size_t i = 0; fits && i < size;) {
    int32_t code;
    i += read_utf8((const unsigned char *)text + i, size - i, &code);
    fits = append_parts(&read, code);
  }
  fits = fits && put_in_order(&read);
  *words = NULL;
  if (fits) {
    compose(&read);
    characters lower = { NULL, NULL, 0, 0 };
    for (size_t i = 0; fits && i < read.count; i++) {
      fits = append(&lower, lower_of(read.codes[i]))
          /* The lower case of this one letter is two characters: the second is its dot. */
          && (read.codes[i] != 0x130 || append(&lower, 0x307));
    }
    *words = fits ? split(&lower) : NULL;
    free(lower.codes);
    free(lower.classes);
  }
  free(read.codes);
  free(read.classes);
  if (*words == NULL) {
    return <%= p %>_fail(error, <%= P %>_MEMORY, "",
        "there is no memory for the words of a text of %zu bytes; give shorter texts", size);
  }
  return <%= P %>_OK;
}

/* === Ids === */

static int32_t id_of(const char *word, size_t size, const known_word *known, size_t count)
{
  while (count > 0) {
    const known_word *middle = known + count / 2;
    int side = memcmp(word, middle->word, size < middle->size ? size : middle->size);
    if (side == 0 && size == middle->size) {
      return middle->id;
    }
    if (side > 0 || (side == 0 && size > middle->size)) {
      known = middle + 1;
      count -= count / 2 + 1;
    } else {
      count /= 2;
    }
  }
  return UNKNOWN;
}

<% for t in model.texts %>
<%= p %>_code <%= p %>_<%= t.identifier %>_ids(const char *const *texts, const size_t *sizes, size_t rows,
    <%= t.type.c %> *ids, <%= p %>_error *error)
{
  const size_t length = <%= P %>_<%= t.spelling.constant %>_IDS;
  for (size_t row = 0; row < rows; row++) {
    if (texts == NULL || ids == NULL || texts[row] == NULL) {
      return <%= p %>_fail(error, <%= P %>_NAME_MISSING, <%= t.name | text %>,
          "text %zu of input '%s', or the place for its ids, is NULL; give both", row,
          <%= t.name | text %>);
    }
    char *words;
    size_t size = sizes == NULL ? strlen(texts[row]) : sizes[row], place = 0;
    <%= p %>_code code = <%= p %>_words(texts[row], size, &words, error);
    if (code != <%= P %>_OK) {
      return code;
    }
    for (const char *word = words; *word != '\0' && place < length;) {
      const char *end = strchr(word, '\n');
      ids[row * length + place++] = (<%= t.type.c %>)id_of(word, (size_t)(end - word),
          known_<%= t.identifier %>, ROWS(known_<%= t.identifier %>) - 1);
      word = end + 1;
    }
    free(words);
    if (place == 0) {
      ids[row * length + place++] = UNKNOWN;
    }
    for (; place < length; place++) {
      ids[row * length + place] = 0;
    }
  }
  return <%= P %>_OK;
}
<% endfor %>
