<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* The runtime: onnxruntime, through its C API. */
#include <onnxruntime_c_api.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

/* The oldest version has all that is called here, so that any header goes with any library. */
enum { API_VERSION = 1 };

const char <%= p %>_runtime_format[] = "onnx";

static const char *const input_names[<%= P %>_INPUTS] = {
<% for t in model.inputs %>
  <%= t.name | text %>,
<% endfor %>
};

static const char *const output_names[<%= P %>_OUTPUTS] = {
<% for t in model.outputs %>
  <%= t.name | text %>,
<% endfor %>
};

/* In the order of <%= p %>_dtype. */
static const ONNXTensorElementDataType types[] = {
  ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64,
  ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL,
};

struct <%= p %>_runtime {
  const OrtApi *api;
  OrtEnv *environment;
  OrtSession *session;
  OrtMemoryInfo *memory;
};

const char *<%= p %>_runtime_name(void)
{
  return "onnxruntime";
}

const char *<%= p %>_runtime_version(void)
{
  return OrtGetApiBase()->GetVersionString();
}

/* Turn a status, which is released, into a code. */
static <%= p %>_code check(const OrtApi *api, OrtStatus *status, <%= p %>_code code,
    <%= p %>_error *error)
{
  if (status == NULL) {
    return <%= P %>_OK;
  }
  <%= p %>_fail(error, code, "", "onnxruntime: %s", api->GetErrorMessage(status));
  api->ReleaseStatus(status);
  return code;
}

static <%= p %>_code open_session(<%= p %>_runtime *runtime, const char *path,
    const <%= p %>_options *options, <%= p %>_error *error)
{
  const OrtApi *api = runtime->api;
  OrtSessionOptions *made = NULL;
  <%= p %>_code code = check(api, api->CreateSessionOptions(&made), <%= P %>_RUNTIME, error);
  if (code == <%= P %>_OK && options->threads > 0) {
    code = check(api, api->SetIntraOpNumThreads(made, options->threads), <%= P %>_RUNTIME, error);
  }
  if (code == <%= P %>_OK) {
    code = check(api, api->CreateSession(runtime->environment, path, made, &runtime->session),
        <%= P %>_MODEL_INVALID, error);
  }
  if (made != NULL) {
    api->ReleaseSessionOptions(made);
  }
  return code;
}

static <%= p %>_code open_runtime(<%= p %>_runtime *runtime, const char *path,
    const <%= p %>_options *options, <%= p %>_error *error)
{
  const OrtApi *api = OrtGetApiBase()->GetApi(API_VERSION);
  if (api == NULL) {
    return <%= p %>_fail(error, <%= P %>_RUNTIME, "",
        "onnxruntime %s has no API of version %d; install another version",
        <%= p %>_runtime_version(), API_VERSION);
  }
  runtime->api = api;
  <%= p %>_code code = check(api, api->CreateEnv(ORT_LOGGING_LEVEL_ERROR,
      <%= model.name | text %>, &runtime->environment), <%= P %>_RUNTIME, error);
  if (code == <%= P %>_OK) {
    code = open_session(runtime, path, options, error);
  }
  if (code == <%= P %>_OK) {
    code = check(api, api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault,
        &runtime->memory), <%= P %>_RUNTIME, error);
  }
  return code;
}

<%= p %>_code <%= p %>_runtime_open(const char *folder, const <%= p %>_options *options,
    <%= p %>_runtime **runtime, <%= p %>_error *error)
{
  size_t size = strlen(folder) + sizeof "/model.onnx";
  char *path = malloc(size);
  <%= p %>_runtime *made = calloc(1, sizeof *made);
  <%= p %>_code code;
  if (path == NULL || made == NULL) {
    code = <%= p %>_fail(error, <%= P %>_MEMORY, "", "there is no memory for a model; free some");
  } else {
    snprintf(path, size, "%s/model.onnx", folder);
    code = open_runtime(made, path, options, error);
  }
  free(path);
  if (code == <%= P %>_OK) {
    *runtime = made;
  } else {
    <%= p %>_runtime_close(made);
  }
  return code;
}

/* Wrap an input, without a copy. */
static <%= p %>_code wrap(<%= p %>_runtime *runtime, const <%= p %>_spec *spec,
    const <%= p %>_array *array, OrtValue **value, <%= p %>_error *error)
{
  int64_t shape[<%= P %>_MAX_RANK];
  for (size_t axis = 0; axis < spec->rank; axis++) {
    shape[axis] = (int64_t)array->shape[axis];
  }
  /* The API takes a pointer to what could be changed, and changes no input. */
  union { const void *given; void *wanted; } data = { array->data };
  return check(runtime->api, runtime->api->CreateTensorWithDataAsOrtValue(runtime->memory,
      data.wanted, array->count * <%= p %>_element_size(spec->dtype), shape, spec->rank,
      types[spec->dtype], value), <%= P %>_RUNTIME, error);
}

static <%= p %>_code copy_shaped(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info,
    const <%= p %>_spec *spec, <%= p %>_result *result, <%= p %>_error *error)
{
  ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  size_t rank = 0;
  int64_t shape[<%= P %>_MAX_RANK] = { 0 };
  <%= p %>_code code = check(api, api->GetTensorElementType(info, &type), <%= P %>_RUNTIME, error);
  if (code == <%= P %>_OK) {
    code = check(api, api->GetDimensionsCount(info, &rank), <%= P %>_RUNTIME, error);
  }
  if (code == <%= P %>_OK && rank <= <%= P %>_MAX_RANK) {
    code = check(api, api->GetDimensions(info, shape, rank), <%= P %>_RUNTIME, error);
  }
  if (code == <%= P %>_OK && type != types[spec->dtype]) {
    code = <%= p %>_fail(error, <%= P %>_RUNTIME, "",
        "the runtime gave output '%s' another type than the contract says; make this client "
        "again from the bundle", spec->name);
  }
  if (code == <%= P %>_OK) {
    code = <%= p %>_result_make(result, spec, rank, shape, error);
  }
  return code;
}

/* Copy an output to a result of ours. */
static <%= p %>_code copy(const OrtApi *api, OrtValue *value, const <%= p %>_spec *spec,
    <%= p %>_result *result, <%= p %>_error *error)
{
  OrtTensorTypeAndShapeInfo *info = NULL;
  <%= p %>_code code
      = check(api, api->GetTensorTypeAndShape(value, &info), <%= P %>_RUNTIME, error);
  if (code != <%= P %>_OK) {
    return code;
  }
  code = copy_shaped(api, info, spec, result, error);
  api->ReleaseTensorTypeAndShapeInfo(info);
  if (code != <%= P %>_OK) {
    return code;
  }
  void *data = NULL;
  code = check(api, api->GetTensorMutableData(value, &data), <%= P %>_RUNTIME, error);
  if (code == <%= P %>_OK && result->count > 0) {
    memcpy(result->data, data, result->count * <%= p %>_element_size(spec->dtype));
  }
  return code;
}

<%= p %>_code <%= p %>_runtime_run(<%= p %>_runtime *runtime, const <%= p %>_array *inputs,
    <%= p %>_result *results, <%= p %>_error *error)
{
  const OrtApi *api = runtime->api;
  OrtValue *given[<%= P %>_INPUTS] = { NULL };
  OrtValue *answered[<%= P %>_OUTPUTS] = { NULL };
  <%= p %>_code code = <%= P %>_OK;
  for (size_t i = 0; i < <%= P %>_INPUTS && code == <%= P %>_OK; i++) {
    code = wrap(runtime, &<%= p %>_input_specs[i], &inputs[i], &given[i], error);
  }
  if (code == <%= P %>_OK) {
    code = check(api, api->Run(runtime->session, NULL, input_names,
        (const OrtValue *const *)given, <%= P %>_INPUTS, output_names, <%= P %>_OUTPUTS, answered),
        <%= P %>_RUNTIME, error);
  }
  for (size_t i = 0; i < <%= P %>_OUTPUTS && code == <%= P %>_OK; i++) {
    code = copy(api, answered[i], &<%= p %>_output_specs[i], &results[i], error);
  }
  for (size_t i = 0; i < <%= P %>_INPUTS; i++) {
    api->ReleaseValue(given[i]);
  }
  for (size_t i = 0; i < <%= P %>_OUTPUTS; i++) {
    api->ReleaseValue(answered[i]);
  }
  return code;
}

void <%= p %>_runtime_close(<%= p %>_runtime *runtime)
{
  if (runtime == NULL) {
    return;
  }
  if (runtime->api != NULL) {
    runtime->api->ReleaseMemoryInfo(runtime->memory);
    runtime->api->ReleaseSession(runtime->session);
    runtime->api->ReleaseEnv(runtime->environment);
  }
  free(runtime);
}
