/* The second half of run: let a created container go. */
#pragma once

#include "life/container.h"

/* Open the gate of a container in the created state and run the poststart hooks. `config`: NULL to read the
 * frozen one. */
int start_container(struct container *c, const struct oci_config *config, struct err *e);
