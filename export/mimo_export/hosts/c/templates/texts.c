<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* Texts to ids: each text in its standard form, then its pieces, then the id of each. */
#include "rules.h"

#include <stdlib.h>
#include <string.h>

/* The id of what counts for nothing in a vector. */
static const int64_t nothing = -1;

/* Bytes of the pieces of one row. */
typedef struct bytes {
  char *data;
  size_t size;
  size_t room;
} bytes;

/* A piece: where it is in the bytes, and which string of the input it is from. */
typedef struct piece {
  size_t start;
  size_t size;
  size_t string;
} piece;

typedef struct pieces {
  piece *data;
  size_t count;
  size_t room;
} pieces;

static bool append_bytes(bytes *to, const char *data, size_t size)
{
  char *moved = <%= p %>_rule_grown(to->data, to->size, size, &to->room, 1);
  if (moved == NULL) {
    return false;
  }
  to->data = moved;
  if (size > 0) {
    memcpy(to->data + to->size, data, size);
  }
  to->size += size;
  return true;
}

static bool append_piece(pieces *to, piece one)
{
  piece *moved = <%= p %>_rule_grown(to->data, to->count, 1, &to->room, sizeof *moved);
  if (moved == NULL) {
    return false;
  }
  to->data = moved;
  to->data[to->count++] = one;
  return true;
}

static bool is_stripped(const <%= p %>_string *strip, const char *character, size_t size)
{
  for (size_t i = 0, known; i < strip->size; i += known) {
    known = <%= p %>_character_size(strip->text + i, strip->size - i);
    if (known == size && memcmp(strip->text + i, character, size) == 0) {
      return true;
    }
  }
  return false;
}

static bool append_standard(bytes *to, const <%= p %>_rule *rule, <%= p %>_string one)
{
  bool fits = append_bytes(to, NULL, 0);
  for (size_t i = 0, size; fits && i < one.size; i += size) {
    const char *character = one.text + i;
    size = <%= p %>_character_size(character, one.size - i);
    char small = (char)(*character + ('a' - 'A'));
    if (rule->lower && *character >= 'A' && *character <= 'Z') {
      character = &small;
    }
    fits = is_stripped(&rule->strip, character, size) || append_bytes(to, character, size);
  }
  return fits;
}

<%= p %>_code <%= p %>_text_look_up(const <%= p %>_rule *rule, <%= p %>_string one, size_t number,
    int64_t *id, <%= p %>_error *error)
{
  bytes row = { NULL, 0, 0 };
  <%= p %>_code code = append_standard(&row, rule, one)
      ? <%= p %>_look_up(rule, (<%= p %>_string){ row.data, row.size }, number, id, error)
      : <%= p %>_rule_no_memory(<%= p %>_given_specs[rule->sources[0]].name, error);
  free(row.data);
  return code;
}

static bool is_space(char byte)
{
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Append the pieces of the bytes from `start` on. */
static bool append_pieces(pieces *to, const bytes *row, size_t start, <%= p %>_split split,
    size_t string)
{
  if (split == <%= P %>_SPLIT_NONE) {
    return append_piece(to, (piece){ start, row->size - start, string });
  }
  for (size_t i = start, size; i < row->size; i += size) {
    size = <%= p %>_character_size(row->data + i, row->size - i);
    if (split == <%= P %>_SPLIT_WHITESPACE) {
      if (is_space(row->data[i])) {
        continue;
      }
      for (; i + size < row->size && !is_space(row->data[i + size]); size++) {
      }
    }
    if (!append_piece(to, (piece){ i, size, string })) {
      return false;
    }
  }
  return true;
}

/* Make neighbours of each width one piece, whose bytes are behind the others. */
static bool join(pieces *to, const pieces *alone, bytes *row, const <%= p %>_rule *rule)
{
  for (size_t k = 0; k < rule->ngram_count; k++) {
    size_t width = rule->ngrams[k];
    for (size_t start = 0; start + width <= alone->count; start++) {
      piece one = { row->size, 0, alone->data[start].string };
      for (size_t i = start; i < start + width; i++) {
        /* Room first: what is copied may move with what it is copied to. */
        piece next = alone->data[i];
        char *moved = <%= p %>_rule_grown(row->data, row->size, next.size + 1, &row->room, 1);
        if (moved == NULL) {
          return false;
        }
        row->data = moved;
        if ((i > start && !append_bytes(row, " ", 1))
            || !append_bytes(row, row->data + next.start, next.size)) {
          return false;
        }
      }
      one.size = row->size - one.start;
      if (!append_piece(to, one)) {
        return false;
      }
    }
  }
  return true;
}

/* Append the ids of one row: of `count` strings from the place `first` on. */
static <%= p %>_code append_row(<%= p %>_ids *to, const <%= p %>_rule *rule, const <%= p %>_array *array,
    const size_t *sizes, size_t first, size_t count, <%= p %>_error *error)
{
  bytes row = { NULL, 0, 0 };
  pieces alone = { NULL, 0, 0 }, joined = { NULL, 0, 0 };
  bool fits = true;
  for (size_t i = first; fits && i < first + count; i++) {
    size_t start = row.size;
    fits = append_standard(&row, rule, <%= p %>_string_at(array, sizes, i))
        && append_pieces(&alone, &row, start, rule->split, i);
  }
  fits = fits && (rule->ngrams == NULL || join(&joined, &alone, &row, rule));
  const pieces *found = rule->ngrams == NULL ? &alone : &joined;
  <%= p %>_code code = <%= P %>_OK;
  for (size_t i = 0; fits && code == <%= P %>_OK && i < found->count; i++) {
    piece one = found->data[i];
    int64_t id = 0;
    code = <%= p %>_look_up(rule, (<%= p %>_string){ row.data + one.start, one.size }, one.string, &id, error);
    fits = <%= p %>_ids_append(to, id, 1);
  }
  free(row.data);
  free(alone.data);
  free(joined.data);
  return fits ? code : <%= p %>_rule_no_memory(<%= p %>_given_specs[rule->sources[0]].name, error);
}

/* Give each row of ids one length: cut, or with what counts for nothing behind it. */
static bool align(<%= p %>_ids *to, const <%= p %>_ids *from, const size_t *ends, size_t rows,
    const <%= p %>_rule *rule)
{
  /* Without any row every length is right, and 1 is one that every model takes. */
  size_t longest = rows == 0 ? 1 : 0;
  for (size_t row = 0; row < rows; row++) {
    size_t size = ends[row] - (row > 0 ? ends[row - 1] : 0);
    longest = size > longest ? size : longest;
  }
  longest = rule->length < 0 ? longest : (size_t)rule->length;
  bool fits = <%= p %>_ids_append(to, 0, 0);
  for (size_t row = 0; fits && row < rows; row++) {
    size_t start = row > 0 ? ends[row - 1] : 0, size = ends[row] - start;
    size_t kept = size < longest ? size : longest;
    for (size_t i = 0; fits && i < kept; i++) {
      fits = <%= p %>_ids_append(to, from->data[start + i], 1);
    }
    fits = fits && <%= p %>_ids_append(to, rule->mode == <%= P %>_MODE_INT ? 0 : nothing, longest - kept);
  }
  to->shape[to->rank++] = longest;
  return fits;
}

<%= p %>_code <%= p %>_ids_of_texts(<%= p %>_ids *to, const <%= p %>_rule *rule,
    const <%= p %>_array *array, const size_t *sizes, <%= p %>_error *error)
{
  const <%= p %>_spec *spec = &<%= p %>_given_specs[rule->sources[0]];
  const bool alone = rule->split == <%= P %>_SPLIT_NONE;
  const size_t last = array->shape[spec->rank - 1];
  const size_t width = alone && spec->rank > 1 ? last : 1;
  const size_t rows = width > 0 ? array->count / width : 0;
  size_t *ends = calloc(rows + 1, sizeof *ends);
  <%= p %>_ids raw = { 0 };
  <%= p %>_code code = ends == NULL ? <%= p %>_rule_no_memory(spec->name, error) : <%= P %>_OK;
  for (size_t row = 0; code == <%= P %>_OK && row < rows; row++) {
    code = append_row(&raw, rule, array, sizes, row * width, width, error);
    ends[row] = raw.count;
  }
  to->rank = spec->rank > 1 ? spec->rank - 1 : 1;
  memcpy(to->shape, array->shape, to->rank * sizeof to->shape[0]);
  if (code == <%= P %>_OK && !align(to, &raw, ends, rows, rule)) {
    code = <%= p %>_rule_no_memory(spec->name, error);
  }
  free(ends);
  free(raw.data);
  return code;
}
