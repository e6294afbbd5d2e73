/* Who we are, as --version and features say it. */
#pragma once

#include "base/arena.h"

extern const char version_commit[]; /* of the source tree this was built from, "unknown" without one */

/* "2.5.4" */
char *version_libseccomp(struct arena *a);

/*
 * The text of --version. Callers look for their runtime's own name in front ("runc version "), so a husk that
 * is installed as runc or crun answers to that name; `argv0` says which.
 */
char *version_text(const char *argv0, struct arena *a);
