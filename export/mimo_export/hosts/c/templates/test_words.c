<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* The words and ids of the bundle's examples are Python's; what is refused is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "<%= p %>_words.h"

typedef struct example {
  const char *text;
  size_t size;
  /* Each with a line break behind it. */
  const char *words;
<% for t in model.texts %>
  /* Without the padding behind them, which 0 is. */
  int32_t ids_<%= t.identifier %>[<%= t.dimensions[1].size %>];
<% endfor %>
} example;

static const example examples[] = {
<% for one in model.vocabulary.examples %>
  { <%= one.text | text %>, <%= one.text.encode("utf-8") | length %>,
    <%= ((one.words | join("\n")) ~ ("\n" if one.words else "")) | text %>,
<% for t in model.texts %>
    { <%= one.ids[t.name] | join(", ") %> },
<% endfor %>
  },
<% endfor %>
};

static int failures;

static void check(bool holds, const char *what, size_t number)
{
  if (!holds) {
    printf("FAILED: %s, example %zu\n", what, number);
    failures++;
  }
}

static void test_examples(void)
{
  for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
    const example *one = &examples[i];
    char *words = NULL;
    check(<%= p %>_words(one->text, one->size, &words, NULL) == <%= P %>_OK, "the code", i);
    check(words != NULL && strcmp(words, one->words) == 0, "the words", i);
    free(words);
<% for t in model.texts %>
    <%= t.type.c %> ids_<%= t.identifier %>[<%= P %>_<%= t.spelling.constant %>_IDS];
    check(<%= p %>_<%= t.identifier %>_ids(&one->text, &one->size, 1, ids_<%= t.identifier %>, NULL) == <%= P %>_OK, "the code", i);
    for (size_t place = 0; place < <%= P %>_<%= t.spelling.constant %>_IDS; place++) {
      check((int64_t)ids_<%= t.identifier %>[place] == one->ids_<%= t.identifier %>[place], "the ids", i);
    }
<% endfor %>
  }
}

static void test_bytes_that_are_no_text(void)
{
  static const char *const broken[] = { "\200", "\300\200", "\340\200\200", "\355\240\200",
    "\364\220\200\200", "\377", "\303", "\342\202", "\360\237\230" };
  for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
    char text[16], *words = NULL;
    snprintf(text, sizeof text, "a%sb", broken[i]);
    check(<%= p %>_words(text, strlen(text), &words, NULL) == <%= P %>_OK, "the code", i);
    check(words != NULL && strcmp(words, "a\nb\n") == 0, "bytes that are no UTF-8 separate", i);
    free(words);
    check(<%= p %>_words(broken[i], strlen(broken[i]), &words, NULL) == <%= P %>_OK, "the code", i);
    check(words != NULL && words[0] == '\0', "the end of a text in a character", i);
    free(words);
  }
}

static void test_refusals(void)
{
  <%= p %>_error error;
  char *words;
  check(<%= p %>_words(NULL, 1, &words, &error) == <%= P %>_NAME_MISSING, "no text", 0);
  check(<%= p %>_words("a", 1, NULL, &error) == <%= P %>_NAME_MISSING, "no place", 0);
<% for t in model.texts %>
  {
    const char *none = NULL, *text = "a";
    <%= t.type.c %> ids[<%= P %>_<%= t.spelling.constant %>_IDS];
    check(<%= p %>_<%= t.identifier %>_ids(&none, NULL, 1, ids, &error) == <%= P %>_NAME_MISSING, "no text", 0);
    check(strcmp(error.input, <%= t.name | text %>) == 0, "the input's name", 0);
    printf("name-missing: %s\n", error.message);
    check(<%= p %>_<%= t.identifier %>_ids(NULL, NULL, 1, ids, NULL) == <%= P %>_NAME_MISSING, "no texts", 0);
    check(<%= p %>_<%= t.identifier %>_ids(&text, NULL, 1, NULL, NULL) == <%= P %>_NAME_MISSING, "no place", 0);
    check(<%= p %>_<%= t.identifier %>_ids(NULL, NULL, 0, NULL, NULL) == <%= P %>_OK, "no rows", 0);
    check(<%= p %>_<%= t.identifier %>_ids(&text, NULL, 1, ids, &error) == <%= P %>_OK, "the next call", 0);
  }
<% endfor %>
}

int main(void)
{
  test_examples();
  test_bytes_that_are_no_text();
  test_refusals();
  puts(failures ? "FAILED" : "the words and ids are Python's");
  return failures ? 1 : 0;
}
