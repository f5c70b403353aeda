<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* The runtime: TensorFlow on the SavedModel, through its C API. */
#include <tensorflow/c/c_api.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

const char <%= p %>_runtime_format[] = "saved_model";

static const char endpoint[] = "serving_default";

/* In the order of <%= p %>_dtype. */
static const TF_DataType types[] = {
  TF_HALF,
  TF_BFLOAT16,
  TF_FLOAT,
  TF_DOUBLE,
  TF_INT8,
  TF_INT16,
  TF_INT32,
  TF_INT64,
  TF_UINT8,
  TF_UINT16,
  TF_UINT32,
  TF_UINT64,
  TF_BOOL,
};

struct <%= p %>_runtime {
  TF_Graph *graph;
  TF_Session *session;
  TF_Output inputs[<%= P %>_INPUTS];
  TF_Output outputs[<%= P %>_OUTPUTS];
};

const char *<%= p %>_runtime_name(void)
{
  return "tensorflow";
}

const char *<%= p %>_runtime_version(void)
{
  return TF_Version();
}

/* === Which tensor of the graph a name of the endpoint stands for === */

/* The answer is in the MetaGraphDef, a Protobuf message; only this much of its format is read. */
typedef struct message {
  const uint8_t *at;
  const uint8_t *end;
} message;

static bool read_varint(message *rest, uint64_t *value)
{
  *value = 0;
  for (unsigned shift = 0; shift < 64 && rest->at < rest->end; shift += 7) {
    uint8_t byte = *rest->at++;
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) {
      return true;
    }
  }
  return false;
}

/* Read one field; its content stays empty where it is a number. */
static bool read_field(message *rest, uint64_t *number, message *content)
{
  uint64_t tag, skipped;
  if (!read_varint(rest, &tag)) {
    return false;
  }
  *number = tag >> 3;
  *content = (message){ rest->at, rest->at };
  switch (tag & 7) {
    case 0: return read_varint(rest, &skipped);
    case 1: skipped = 8; break;
    case 2:
      if (!read_varint(rest, &skipped)) {
        return false;
      }
      break;
    case 5: skipped = 4; break;
    default: return false;
  }
  if (skipped > (uint64_t)(rest->end - rest->at)) {
    return false;
  }
  if ((tag & 7) == 2) {
    *content = (message){ rest->at, rest->at + skipped };
  }
  rest->at += skipped;
  return true;
}

/* Return the first field of a number. */
static bool find_field(message whole, uint64_t wanted, message *content)
{
  uint64_t number;
  while (read_field(&whole, &number, content)) {
    if (number == wanted) {
      return true;
    }
  }
  return false;
}

/* Return the value under a key of a map. */
static bool find_entry(message whole, uint64_t map, const char *key, message *value)
{
  message entry, name;
  uint64_t number;
  while (read_field(&whole, &number, &entry)) {
    if (number != map || !find_field(entry, 1, &name)) {
      continue;
    }
    size_t length = (size_t)(name.end - name.at);
    if (length == strlen(key) && memcmp(name.at, key, length) == 0) {
      return find_field(entry, 2, value);
    }
  }
  return false;
}

/* Return the operation and the place that text such as "StatefulPartitionedCall:1" names. */
static TF_Output find_output(TF_Graph *graph, message text)
{
  TF_Output found = { NULL, 0 };
  char name[512];
  size_t length = (size_t)(text.end - text.at);
  if (length >= sizeof name) {
    return found;
  }
  memcpy(name, text.at, length);
  name[length] = '\0';
  char *colon = strrchr(name, ':');
  if (colon != NULL) {
    *colon = '\0';
    found.index = (int)strtol(colon + 1, NULL, 10);
  }
  found.oper = TF_GraphOperationByName(graph, name);
  return found;
}

static <%= p %>_code find_outputs(<%= p %>_runtime *runtime, message signature, uint64_t map,
    const <%= p %>_spec *specs, size_t count, <%= p %>_error *error)
{
  TF_Output *found = map == 1 ? runtime->inputs : runtime->outputs;
  for (size_t i = 0; i < count; i++) {
    message tensor, name;
    if (find_entry(signature, map, specs[i].name, &tensor) && find_field(tensor, 1, &name)) {
      found[i] = find_output(runtime->graph, name);
    }
    if (found[i].oper == NULL) {
      return <%= p %>_fail(error, <%= P %>_MODEL_INVALID, map == 1 ? specs[i].name : "",
          "the SavedModel's %s knows no '%s'; make this client again from the bundle", endpoint,
          specs[i].name);
    }
  }
  return <%= P %>_OK;
}

static <%= p %>_code find_endpoint(<%= p %>_runtime *runtime, const TF_Buffer *graph,
    <%= p %>_error *error)
{
  const uint8_t *bytes = graph->data;
  message signature;
  if (!find_entry((message){ bytes, bytes + graph->length }, 5, endpoint, &signature)) {
    return <%= p %>_fail(error, <%= P %>_MODEL_INVALID, "",
        "the SavedModel has no %s; make this client again from the bundle", endpoint);
  }
  <%= p %>_code code = find_outputs(runtime, signature, 1, <%= p %>_input_specs, <%= P %>_INPUTS,
      error);
  if (code == <%= P %>_OK) {
    code = find_outputs(runtime, signature, 2, <%= p %>_output_specs, <%= P %>_OUTPUTS, error);
  }
  return code;
}

/* === Open === */

static <%= p %>_code check(const TF_Status *status, <%= p %>_code code, <%= p %>_error *error)
{
  if (TF_GetCode(status) == TF_OK) {
    return <%= P %>_OK;
  }
  return <%= p %>_fail(error, code, "", "TensorFlow: %s", TF_Message(status));
}

static TF_SessionOptions *session_options(uint8_t threads, TF_Status *status)
{
  TF_SessionOptions *made = TF_NewSessionOptions();
  if (threads > 0) {
    /* ConfigProto: fields 2 and 5, threads within an operation and between operations. */
    uint8_t many = threads < 127 ? threads : 127;
    const uint8_t config[] = { 2 << 3, many, 5 << 3, many };
    TF_SetConfig(made, config, sizeof config, status);
  }
  return made;
}

static <%= p %>_code open_session(<%= p %>_runtime *runtime, const char *path,
    const <%= p %>_options *options, TF_Status *status, <%= p %>_error *error)
{
  TF_SessionOptions *made = session_options(options->threads, status);
  <%= p %>_code code = check(status, <%= P %>_RUNTIME, error);
  TF_Buffer *graph = TF_NewBuffer();
  if (code == <%= P %>_OK) {
    const char *const tags[] = { "serve" };
    runtime->graph = TF_NewGraph();
    runtime->session = TF_LoadSessionFromSavedModel(made, NULL, path, tags, 1, runtime->graph,
        graph, status);
    code = check(status, <%= P %>_MODEL_INVALID, error);
  }
  if (code == <%= P %>_OK) {
    code = find_endpoint(runtime, graph, error);
  }
  TF_DeleteBuffer(graph);
  TF_DeleteSessionOptions(made);
  return code;
}

<%= p %>_code <%= p %>_runtime_open(const char *folder, const <%= p %>_options *options,
    <%= p %>_runtime **runtime, <%= p %>_error *error)
{
  size_t size = strlen(folder) + sizeof "/saved_model";
  char *path = malloc(size);
  <%= p %>_runtime *made = calloc(1, sizeof *made);
  <%= p %>_code code;
  if (path == NULL || made == NULL) {
    code = <%= p %>_fail(error, <%= P %>_MEMORY, "", "there is no memory for a model; free some");
  } else {
    snprintf(path, size, "%s/saved_model", folder);
    TF_Status *status = TF_NewStatus();
    code = open_session(made, path, options, status, error);
    TF_DeleteStatus(status);
  }
  free(path);
  if (code == <%= P %>_OK) {
    *runtime = made;
  } else {
    <%= p %>_runtime_close(made);
  }
  return code;
}

/* === Run === */

/* The caller's arrays are the caller's. */
static void keep(void *data, size_t length, void *argument)
{
  (void)data;
  (void)length;
  (void)argument;
}

/* Wrap an input; TensorFlow copies it where it is not aligned as it likes. */
static TF_Tensor *wrap(const <%= p %>_spec *spec, const <%= p %>_array *array)
{
  int64_t shape[<%= P %>_MAX_RANK];
  for (size_t axis = 0; axis < spec->rank; axis++) {
    shape[axis] = (int64_t)array->shape[axis];
  }
  /* The API takes a pointer to what could be changed, and changes no input. */
  union { const void *given; void *wanted; } data = { array->data };
  return TF_NewTensor(types[spec->dtype], shape, (int)spec->rank, data.wanted,
      array->count * <%= p %>_element_size(spec->dtype), keep, NULL);
}

/* Copy an output to a result of ours. */
static <%= p %>_code copy(const TF_Tensor *tensor, const <%= p %>_spec *spec,
    <%= p %>_result *result, <%= p %>_error *error)
{
  int64_t shape[<%= P %>_MAX_RANK] = { 0 };
  int rank = TF_NumDims(tensor);
  for (int axis = 0; axis < rank && axis < <%= P %>_MAX_RANK; axis++) {
    shape[axis] = TF_Dim(tensor, axis);
  }
  if (TF_TensorType(tensor) != types[spec->dtype]) {
    return <%= p %>_fail(error, <%= P %>_RUNTIME, "",
        "the runtime gave output '%s' another type than the contract says; make this client "
        "again from the bundle", spec->name);
  }
  <%= p %>_code code = <%= p %>_result_make(result, spec, (size_t)rank, shape, error);
  if (code == <%= P %>_OK && result->count > 0) {
    memcpy(result->data, TF_TensorData(tensor),
        result->count * <%= p %>_element_size(spec->dtype));
  }
  return code;
}

<%= p %>_code <%= p %>_runtime_run(<%= p %>_runtime *runtime, const <%= p %>_array *inputs,
    <%= p %>_result *results, <%= p %>_error *error)
{
  TF_Tensor *given[<%= P %>_INPUTS] = { NULL };
  TF_Tensor *answered[<%= P %>_OUTPUTS] = { NULL };
  <%= p %>_code code = <%= P %>_OK;
  for (size_t i = 0; i < <%= P %>_INPUTS && code == <%= P %>_OK; i++) {
    given[i] = wrap(&<%= p %>_input_specs[i], &inputs[i]);
    if (given[i] == NULL) {
      code = <%= p %>_fail(error, <%= P %>_RUNTIME, <%= p %>_input_specs[i].name,
          "TensorFlow takes no input '%s' of this size; give fewer rows at a time",
          <%= p %>_input_specs[i].name);
    }
  }
  if (code == <%= P %>_OK) {
    TF_Status *status = TF_NewStatus();
    TF_SessionRun(runtime->session, NULL, runtime->inputs, given, <%= P %>_INPUTS,
        runtime->outputs, answered, <%= P %>_OUTPUTS, NULL, 0, NULL, status);
    code = check(status, <%= P %>_RUNTIME, error);
    TF_DeleteStatus(status);
  }
  for (size_t i = 0; i < <%= P %>_OUTPUTS && code == <%= P %>_OK; i++) {
    code = copy(answered[i], &<%= p %>_output_specs[i], &results[i], error);
  }
  for (size_t i = 0; i < <%= P %>_INPUTS; i++) {
    TF_DeleteTensor(given[i]);
  }
  for (size_t i = 0; i < <%= P %>_OUTPUTS; i++) {
    TF_DeleteTensor(answered[i]);
  }
  return code;
}

void <%= p %>_runtime_close(<%= p %>_runtime *runtime)
{
  if (runtime == NULL) {
    return;
  }
  TF_Status *status = TF_NewStatus();
  if (runtime->session != NULL) {
    TF_CloseSession(runtime->session, status);
    TF_DeleteSession(runtime->session, status);
  }
  if (runtime->graph != NULL) {
    TF_DeleteGraph(runtime->graph);
  }
  TF_DeleteStatus(status);
  free(runtime);
}
