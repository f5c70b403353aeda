<% set p = model.spelling.snake %>
<% set P = model.spelling.constant %>
/* The golden vectors: Keras's own answers, held against a runtime's. */
#ifndef <%= P %>_REPLAY_H
#define <%= P %>_REPLAY_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Run the model on inputs in the contract's order, and fill in what comes out, its data from malloc.
 * Returns false with a message where it fails.
 */
typedef bool (*<%= p %>_call)(void *context, const <%= p %>_array *inputs, <%= p %>_result *results,
    char *message, size_t size);

/*
 * Run every golden vector and print one JSON document.
 *
 * host: what the program was compiled for, such as "c".
 * folder: where the model's files are.
 * Returns the program's exit code: 0 all agree, 1 something differs, 2 it could not be run.
 */
int <%= p %>_replay(const char *host, const char *folder, <%= p %>_call call, void *context);

#ifdef __cplusplus
}
#endif

#endif
