/* The second half of run: let a created container go. */
#pragma once

#include "life/container.h"

/* Open the gate of a container in the created state and run the poststart hooks. *ret_over: a hook failed, so
 * the container must end (start_give_up). `config`: NULL to read the frozen one. */
int start_container(struct container *c, const struct oci_config *config, bool *ret_over, struct err *e);

/* Kill and destroy; what fails on the way is a warning. */
void start_give_up(struct container *c);
