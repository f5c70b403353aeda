<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* Replay the golden vectors through the C++ client; prints one JSON document. */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <new>
#include <string>

#include "<%= p %>_client.hpp"
#include "replay.h"

namespace {

template <typename Output>
void give(const Output &output, <%= p %>_result *result)
{
  const std::size_t bytes = output.data.size() * sizeof output.data[0];
  result->data = std::malloc(bytes + 1);
  if (result->data == nullptr) {
    throw std::bad_alloc();
  }
  std::memcpy(result->data, output.data.data(), bytes);
  result->count = output.data.size();
  std::copy(output.shape.begin(), output.shape.end(), result->shape);
}

bool call(void *context, const <%= p %>_array *arrays, <%= p %>_result *results, char *message,
    std::size_t size)
{
  try {
    <%= p %>_client::Inputs inputs;
<% for t in model.inputs %>
    inputs.<%= t.identifier %>.data = { static_cast<const <%= t.type.c %> *>(arrays[<%= t.index %>].data), arrays[<%= t.index %>].count };
    inputs.<%= t.identifier %>.batch = arrays[<%= t.index %>].shape[0];
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
    inputs.<%= t.identifier %>.dim_<%= loop.index %> = arrays[<%= t.index %>].shape[<%= loop.index %>];
<% endif %>
<% endfor %>
<% endfor %>
    const auto outputs = static_cast<const <%= p %>_client::Model *>(context)->predict(inputs);
<% for t in model.outputs %>
    give(outputs.<%= t.identifier %>, &results[<%= t.index %>]);
<% endfor %>
    return true;
  } catch (const std::exception &error) {
    std::snprintf(message, size, "%s", error.what());
    return false;
  }
}

}  // namespace

int main(int argc, char **argv)
{
  const std::string folder = argc > 1 ? argv[1] : "model";
  <%= p %>_client::Options options{};
  options.nan_pass = true;
  try {
    <%= p %>_client::Model model(folder, options);
    return <%= p %>_replay("cpp", folder.c_str(), call, &model);
  } catch (const <%= p %>_client::Error &error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}
