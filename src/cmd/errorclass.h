/* A few stable words for what kind of error it was, for callers that should not have to read sentences. */
#pragma once

#include "base/err.h"

/* "not-found", "invalid-config" and so on, see docs/errors.md. `verb`: the command that failed, NULL when the
 * command line itself was wrong. */
const char *errorclass_of(const struct err *e, const char *verb);
