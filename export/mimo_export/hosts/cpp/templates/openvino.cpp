<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* The runtime: OpenVINO on the ONNX file, on the CPU. */
#include <openvino/openvino.hpp>

#include <array>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "core.h"

namespace {

/* In the order of <%= p %>_dtype. */
const std::array<ov::element::Type, 13> types = {
  ov::element::f16, ov::element::bf16, ov::element::f32, ov::element::f64,
  ov::element::i8, ov::element::i16, ov::element::i32, ov::element::i64,
  ov::element::u8, ov::element::u16, ov::element::u32, ov::element::u64,
  ov::element::boolean,
};

/* Run something that may throw; no exception leaves for C. */
template <typename Work>
<%= p %>_code guarded(<%= p %>_code code, <%= p %>_error *error, const Work &work)
{
  try {
    return work();
  } catch (const std::bad_alloc &) {
    return <%= p %>_fail(error, <%= P %>_MEMORY, "",
        "there is no memory for OpenVINO; free some, or give fewer rows at a time");
  } catch (const std::exception &failure) {
    return <%= p %>_fail(error, code, "", "OpenVINO: %s", failure.what());
  }
}

/* The inputs' shapes; a free dimension is at least 1, for no other comes here. Told so, OpenVINO drops
   the part of a model that is for an empty batch: it takes a constant of no elements for a scalar, and
   cannot compile the If in which one stands. */
std::map<std::string, ov::PartialShape> shapes()
{
  std::map<std::string, ov::PartialShape> found;
  for (const <%= p %>_spec &spec : <%= p %>_input_specs) {
    ov::PartialShape shape;
    for (std::size_t axis = 0; axis < spec.rank; axis++) {
      const int64_t size = spec.dimensions[axis];
      shape.push_back(size >= 0 ? ov::Dimension(size) : ov::Dimension(1, -1));
    }
    found[spec.name] = shape;
  }
  return found;
}

ov::Tensor wrap(const <%= p %>_spec &spec, const <%= p %>_array &array)
{
  /* The API takes a pointer to what could be changed, and changes no input. */
  return ov::Tensor(types[spec.dtype], ov::Shape(array.shape, array.shape + spec.rank),
      const_cast<void *>(array.data));
}

<%= p %>_code copy(const ov::Tensor &tensor, const <%= p %>_spec &spec, <%= p %>_result *result,
    <%= p %>_error *error)
{
  if (tensor.get_element_type() != types[spec.dtype]) {
    return <%= p %>_fail(error, <%= P %>_RUNTIME, "",
        "the runtime gave output '%s' another type than the contract says; make this client "
        "again from the bundle", spec.name);
  }
  const ov::Shape sizes = tensor.get_shape();
  const std::vector<int64_t> shape(sizes.begin(), sizes.end());
  const <%= p %>_code code
      = <%= p %>_result_make(result, &spec, shape.size(), shape.data(), error);
  if (code == <%= P %>_OK && result->count > 0) {
    std::memcpy(result->data, tensor.data(), result->count * <%= p %>_element_size(spec.dtype));
  }
  return code;
}

}  // namespace

const char <%= p %>_runtime_format[] = "onnx";

struct <%= p %>_runtime {
  ov::Core core;
  ov::CompiledModel model;
};

const char *<%= p %>_runtime_name(void)
{
  return "openvino";
}

const char *<%= p %>_runtime_version(void)
{
  return ov::get_openvino_version().buildNumber;
}

<%= p %>_code <%= p %>_runtime_open(const char *folder, const <%= p %>_options *options,
    <%= p %>_runtime **runtime, <%= p %>_error *error)
{
  return guarded(<%= P %>_MODEL_INVALID, error, [&] {
    auto made = std::make_unique<<%= p %>_runtime>();
    /* On some processors it would compute in bfloat16, and be off by 0.01. */
    ov::AnyMap choices{ ov::hint::inference_precision(ov::element::f32) };
    if (options->threads > 0) {
      choices.emplace(ov::inference_num_threads(options->threads));
    }
    const auto read = made->core.read_model(std::string(folder) + "/model.onnx");
    read->reshape(shapes());
    made->model = made->core.compile_model(read, "CPU", choices);
    for (const auto &spec : <%= p %>_input_specs) {
      made->model.input(spec.name);
    }
    for (const auto &spec : <%= p %>_output_specs) {
      made->model.output(spec.name);
    }
    *runtime = made.release();
    return <%= P %>_OK;
  });
}

<%= p %>_code <%= p %>_runtime_run(<%= p %>_runtime *runtime, const <%= p %>_array *inputs,
    <%= p %>_result *results, <%= p %>_error *error)
{
  return guarded(<%= P %>_RUNTIME, error, [&] {
    /* One for each call, so that several threads can call. */
    ov::InferRequest request = runtime->model.create_infer_request();
    for (std::size_t i = 0; i < <%= P %>_INPUTS; i++) {
      const <%= p %>_spec &spec = <%= p %>_input_specs[i];
      request.set_tensor(runtime->model.input(spec.name), wrap(spec, inputs[i]));
    }
    request.infer();
    <%= p %>_code code = <%= P %>_OK;
    for (std::size_t i = 0; i < <%= P %>_OUTPUTS && code == <%= P %>_OK; i++) {
      const <%= p %>_spec &spec = <%= p %>_output_specs[i];
      code = copy(request.get_tensor(runtime->model.output(spec.name)), spec, &results[i], error);
    }
    return code;
  });
}

void <%= p %>_runtime_close(<%= p %>_runtime *runtime)
{
  delete runtime;
}
