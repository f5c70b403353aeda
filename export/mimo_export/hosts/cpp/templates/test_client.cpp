<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
<% macro row(t) -%>
<% for size in model.cases[0].inputs[t.index].shape[1:] %><%= size %> * <% endfor %>1
<%- endmacro %>
/* The C++ side of the client: errors are exceptions, models move, threads share one. */
#include <iostream>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "<%= p %>_client.hpp"

namespace {

int failures = 0;

void check(bool holds, const char *what)
{
  if (!holds) {
    std::cout << "FAILED: " << what << "\n";
    failures++;
  }
}

/* Zeros, in the sizes of a golden vector, and who owns them. */
struct Rows {
  explicit Rows(std::size_t batch)
      : owner{ <% for t in model.inputs %>std::vector<<%= t.type.c %>>(batch * <%= row(t) %>)<%= ", " if not loop.last %><% endfor %> }
  {
<% for t in model.inputs %>
    inputs.<%= t.identifier %>.data = std::get<<%= t.index %>>(owner);
    inputs.<%= t.identifier %>.batch = batch;
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
    inputs.<%= t.identifier %>.dim_<%= loop.index %> = <%= model.cases[0].inputs[t.index].shape[loop.index] %>;
<% endif %>
<% endfor %>
<% endfor %>
  }

  std::tuple<<% for t in model.inputs %>std::vector<<%= t.type.c %>><%= ", " if not loop.last %><% endfor %>> owner;
  <%= p %>_client::Inputs inputs;
};

template <typename Work>
void throws(<%= p %>_client::Code code, const std::string &input, const Work &work)
{
  try {
    work();
    check(false, "nothing was thrown");
  } catch (const <%= p %>_client::Error &error) {
    std::cout << <%= p %>_code_name(error.code()) << ": " << error.what() << "\n";
    check(error.code() == code, "the code");
    check(error.input() == input, "the input");
  }
}

void test_errors(const <%= p %>_client::Model &model)
{
  const Rows rows(2);
<% for t in model.inputs %>
  {
    <%= p %>_client::Inputs inputs = rows.inputs;
    inputs.<%= t.identifier %>.data = {};
    throws(<%= P %>_NAME_MISSING, <%= t.name | text %>, [&] { model.predict(inputs); });
    inputs.<%= t.identifier %>.data = { rows.inputs.<%= t.identifier %>.data.data(), 1 };
    inputs.<%= t.identifier %>.batch = 3;
    throws(<%= P %>_COUNT, <%= t.name | text %>, [&] { model.predict(inputs); });
  }
<% endfor %>
  throws(<%= P %>_MODEL_MISSING, "", [] { <%= p %>_client::Model("there is no such folder"); });
}

void test_empty(const <%= p %>_client::Model &model)
{
  const <%= p %>_client::Outputs outputs = model.predict(Rows(0).inputs);
<% for t in model.outputs %>
  check(outputs.<%= t.identifier %>.data.empty() && outputs.<%= t.identifier %>.shape[0] == 0, "a batch of 0");
<% endfor %>
}

void test_moves(<%= p %>_client::Model &model)
{
  static_assert(!std::is_copy_constructible_v<<%= p %>_client::Model>);
  const Rows rows(1);
  <%= p %>_client::Model taken = std::move(model);
  throws(<%= P %>_RELEASED, "", [&] { model.predict(rows.inputs); });
  taken.predict(rows.inputs);
  model = std::move(taken);
  model.predict(rows.inputs);
}

void test_threads(const <%= p %>_client::Model &model)
{
  const Rows rows(3);
  const auto expected = model.predict(rows.inputs);
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (int &count : wrong) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; i++) {
        const auto got = model.predict(rows.inputs);
<% for t in model.outputs %>
        count += got.<%= t.identifier %>.data != expected.<%= t.identifier %>.data;
<% endfor %>
      }
    });
  }
  for (std::thread &thread : threads) {
    thread.join();
  }
  check(wrong == std::vector<int>(4), "four threads get what one gets");
}

<% if model.vocabulary %>
void test_texts(const <%= p %>_client::Model &model)
{
  using <%= p %>_client::words;
  check(words("Ina \304\230auna_ki, DON'T\n") == std::vector<std::string>{ "ina", "\304\231auna", "ki", "don't" }, "words");
  check(words("").empty() && words(std::string(3, '\0')).empty(), "no words");
  Rows rows(2);
<% for t in model.texts %>
  const auto ids_<%= t.identifier %> = <%= p %>_client::<%= t.identifier %>_ids({ "a b", "" });
  check(ids_<%= t.identifier %>.size() == 2 * <%= P %>_<%= t.spelling.constant %>_IDS, "two rows of ids");
  check(ids_<%= t.identifier %>[<%= P %>_<%= t.spelling.constant %>_IDS] == 1, "no word is one unknown word");
  check(<%= p %>_client::<%= t.identifier %>_ids({}).empty(), "no texts");
  rows.inputs.<%= t.identifier %>.data = ids_<%= t.identifier %>;
<% endfor %>
  model.predict(rows.inputs);
}

<% endif %>
<% if model.preprocessing %>
<%# That the rules are right is tested in C. %>
void test_prepared(const <%= p %>_client::Model &model)
{
  using <%= p %>_client::Prepared;
  static_assert(std::is_nothrow_move_constructible_v<Prepared>);
  static_assert(!std::is_copy_constructible_v<Prepared>);
<% include "example_given.cpp" %>
<% for t in model.sources %>
  {
    <%= p %>_client::Given wrong = given;
    wrong.<%= t.identifier %>.data = {};
    throws(<%= P %>_NAME_MISSING, <%= t.name | text %>, [&] { Prepared{ wrong }; });
    wrong = given;
    wrong.<%= t.identifier %>.batch = 2;
    throws(<%= P %>_COUNT, <%= t.name | text %>, [&] { Prepared{ wrong }; });
<% if t.dtype == "string" %>
    const std::vector<std::string> broken(given_<%= t.identifier %>.size(), "\377");
    wrong = given;
    wrong.<%= t.identifier %>.data = broken;
    throws(<%= P %>_DTYPE, <%= t.name | text %>, [&] { Prepared{ wrong }; });
<% endif %>
  }
<% endfor %>
  Rows rows(1);
  {
    Prepared made(given);
    const Prepared kept = std::move(made);
    kept.set(rows.inputs);
<% for t in model.prepared %>
    check(rows.inputs.<%= t.identifier %>.batch == 1, "one row is prepared");
<% endfor %>
    model.predict(rows.inputs);
  }
<% for t in model.sources %>
  given.<%= t.identifier %>.data = { given_<%= t.identifier %>.data(), 0 };
  given.<%= t.identifier %>.batch = 0;
<% endfor %>
  rows = Rows(0);
  const Prepared nothing(given);
  nothing.set(rows.inputs);
  check(model.predict(rows.inputs).<%= model.outputs[0].identifier %>.data.empty(), "no rows are prepared");
}

<% endif %>
}  // namespace

int main(int argc, char **argv)
{
  <%= p %>_client::Model model(argc > 1 ? argv[1] : "model");
  test_errors(model);
  test_empty(model);
  test_moves(model);
  test_threads(model);
<% if model.vocabulary %>
  test_texts(model);
<% endif %>
<% if model.preprocessing %>
  test_prepared(model);
<% endif %>
  std::cout << (failures ? "FAILED" : "all thrown, and the next call worked") << "\n";
  return failures ? 1 : 0;
}
