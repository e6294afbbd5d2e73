/* The host's user names, from /etc/passwd by hand: a static program has no name service. */
#pragma once

#include "base/arena.h"

#include <stdint.h>

/* Name of the host's uid; "" when it has none or the file cannot be read. */
char *passwd_name(struct arena *a, uint32_t uid);
