<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/**
 * The model '<%= model.name | comment(" * ") %>' in C++17, by the names of its contract.
 *
 * Everything is checked, loaded and run by the C functions of <%= p %>_client.h; here they get types, owners
 * and exceptions.
 */
#ifndef <%= P %>_CLIENT_HPP
#define <%= P %>_CLIENT_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
<% if model.vocabulary %>
#include <cstdlib>
<% endif %>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "<%= p %>_client.h"
<% if model.preprocessing %>
#include "<%= p %>_prepare.h"
<% endif %>
<% if model.vocabulary %>
#include "<%= p %>_words.h"
<% endif %>

namespace <%= p %>_client {

/** Why something failed: `<%= P %>_TOKEN` and the like, which <%= p %>_client.h explains. */
using Code = <%= p %>_code;

/** Choices; all zero are the defaults. */
using Options = <%= p %>_options;

/** What the client throws. */
class Error : public std::runtime_error {
 public:
  explicit Error(const <%= p %>_error &error)
      : std::runtime_error(error.message), code_(error.code), input_(error.input)
  {
  }

  /** What kind of failure it is. */
  Code code() const noexcept { return code_; }

  /** The input's name in the contract; empty where it is about none. */
  const std::string &input() const noexcept { return input_; }

 private:
  Code code_;
  std::string input_;
};

/** Elements that somebody else owns, row after row. They must live through the call. */
template <typename T>
class View {
 public:
  constexpr View() noexcept = default;
  constexpr View(const T *data, std::size_t size) noexcept : data_(data), size_(size) {}
  View(const std::vector<T> &elements) noexcept : View(elements.data(), elements.size()) {}
  template <std::size_t N>
  constexpr View(const std::array<T, N> &elements) noexcept : View(elements.data(), N)
  {
  }
  template <std::size_t N>
  constexpr View(const T (&elements)[N]) noexcept : View(elements, N)
  {
  }

  constexpr const T *data() const noexcept { return data_; }
  constexpr std::size_t size() const noexcept { return size_; }

 private:
  const T *data_ = nullptr;
  std::size_t size_ = 0;
};

<% if model.vocabulary %>
/**
 * Return the words of a text in UTF-8, before they are looked up.
 *
 * @throws Error There is not enough memory.
 */
inline std::vector<std::string> words(std::string_view text)
{
  <%= p %>_error error;
  char *found = nullptr;
  if (<%= p %>_words(text.data(), text.size(), &found, &error) != <%= P %>_OK) {
    throw Error(error);
  }
  const std::unique_ptr<char, decltype(&std::free)> owner(found, &std::free);
  std::vector<std::string> words;
  for (std::string_view left = found; !left.empty();) {
    const std::size_t size = left.find('\n');
    words.emplace_back(left.substr(0, size));
    left.remove_prefix(size + 1);
  }
  return words;
}

<% for t in model.texts %>
/**
 * Return the ids of texts in UTF-8 for input '<%= t.name | comment(" * ") %>': <%= t.dimensions[1].size %> for each.
 *
 * @throws Error There is not enough memory.
 */
inline std::vector<<%= t.type.c %>> <%= t.identifier %>_ids(const std::vector<std::string> &texts)
{
  std::vector<const char *> starts;
  std::vector<std::size_t> sizes;
  for (const std::string &text : texts) {
    starts.push_back(text.data());
    sizes.push_back(text.size());
  }
  std::vector<<%= t.type.c %>> ids(texts.size() * <%= P %>_<%= t.spelling.constant %>_IDS);
  <%= p %>_error error;
  if (<%= p %>_<%= t.identifier %>_ids(starts.data(), sizes.data(), texts.size(), ids.data(), &error) != <%= P %>_OK) {
    throw Error(error);
  }
  return ids;
}

<% endfor %>
<% endif %>
/** What goes in. */
struct Inputs {
<% for t in model.inputs %>
  /**
   * '<%= t.name | comment("   * ") %>', <%= t.dtype %><%= t.shape_text | comment("   * ") %>
<%- if t.meaning %>: <%= (t.meaning ~ (", in " ~ t.unit if t.unit else "")) | comment("   * ") %><% endif %>.
<% if t.ids is not none %>
   * Ids from 0 to <%= t.ids - 1 %>.
<% endif %>
   */
  struct <%= t.spelling.pascal %> {
    View<<%= t.type.c %>> data;
    /** How many rows these are. */
    std::size_t batch = 0;
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
    /** The size of '<%= d.symbol | comment("     * ") %>'. */
    std::size_t dim_<%= loop.index %> = 0;
<% endif %>
<% endfor %>
  };
  <%= t.spelling.pascal %> <%= t.identifier %>;
<% endfor %>
};

<% if model.preprocessing %>
<% include "prepared.hpp" %>

<% endif %>
/** What comes out. */
struct Outputs {
<% for t in model.outputs %>
  /**
   * '<%= t.name | comment("   * ") %>', <%= t.dtype %><%= t.shape_text | comment("   * ") %>
<%- if t.meaning %>: <%= (t.meaning ~ (", in " ~ t.unit if t.unit else "")) | comment("   * ") %><% endif %>.
   */
  struct <%= t.spelling.pascal %> {
<% if t.labels %>
    /** What each number along the last axis is called. */
    static constexpr std::array<std::string_view, <%= t.labels | length %>> labels = {
<% for label in t.labels %>
      <%= label | text %>,
<% endfor %>
    };
<% endif %>
    std::vector<<%= t.type.c %>> data;
    /** The size of every dimension, the batch first. */
    std::array<std::size_t, <%= t.rank %>> shape{};
  };
  <%= t.spelling.pascal %> <%= t.identifier %>;
<% endfor %>
};

/** A loaded model; several threads may call `predict` at once. */
class Model {
 public:
  /**
   * Load the model.
   *
   * @param folder Where the model's files are: the project's `model` folder.
   * @throws Error A file is missing or altered, or the runtime refuses the model.
   */
  explicit Model(const std::string &folder = "model", const Options &options = {})
  {
    <%= p %>_error error;
    <%= p %>_model *opened = nullptr;
    if (<%= p %>_open(folder.c_str(), &options, &opened, &error) != <%= P %>_OK) {
      throw Error(error);
    }
    model_.reset(opened);
  }

  /**
   * Check the inputs and run the model on them; a batch of 0 is answered without running it.
   * The arrays are read where they are, without a copy: nothing may write to them before this returns.
   *
   * @throws Error The inputs do not fit the contract, or the runtime failed; the next call works.
   */
  Outputs predict(const Inputs &inputs) const
  {
    <%= p %>_inputs given{};
<% for t in model.inputs %>
    given.<%= t.identifier %>.data = inputs.<%= t.identifier %>.data.data();
    given.<%= t.identifier %>.count = inputs.<%= t.identifier %>.data.size();
    given.<%= t.identifier %>.batch = inputs.<%= t.identifier %>.batch;
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
    given.<%= t.identifier %>.dim_<%= loop.index %> = inputs.<%= t.identifier %>.dim_<%= loop.index %>;
<% endif %>
<% endfor %>
<% endfor %>
    <%= p %>_error error;
    <%= p %>_outputs answered{};
    if (<%= p %>_predict(model_.get(), &given, &answered, &error) != <%= P %>_OK) {
      throw Error(error);
    }
    const std::unique_ptr<<%= p %>_outputs, Free> owner(&answered);
    Outputs outputs;
<% for t in model.outputs %>
    outputs.<%= t.identifier %>.data.assign(
        answered.<%= t.identifier %>.data, answered.<%= t.identifier %>.data + answered.<%= t.identifier %>.count);
    std::copy_n(answered.<%= t.identifier %>.shape, <%= t.rank %>, outputs.<%= t.identifier %>.shape.begin());
<% endfor %>
    return outputs;
  }

 private:
  struct Close {
    void operator()(<%= p %>_model *model) const noexcept { <%= p %>_close(&model); }
  };
  struct Free {
    void operator()(<%= p %>_outputs *outputs) const noexcept { <%= p %>_outputs_free(outputs); }
  };

  std::unique_ptr<<%= p %>_model, Close> model_;
};

}  // namespace <%= p %>_client

#endif
