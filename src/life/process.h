/* What an exec runs: the options of the command line, or a process file, on top of the container's own
 * process. */
#pragma once

#include "husk.h"

/* *ret is complete: what the request leaves open is the container's (capabilities, labels, limits, umask,
 * no_new_privs). */
int process_request(const struct husk_exec *o, const struct oci_config *config, struct arena *a,
		    struct oci_process **ret, struct err *e);
