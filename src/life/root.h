/* The state root of a struct husk, and limits that all verbs share. */
#pragma once

#include "husk.h"

enum { ROOT_CONFIG_LIMIT = 16 * 1024 * 1024 }; /* bytes of a config.json or process.json */

/* Open h->root, or the default one. Descriptor owned by the caller. */
int root_open(const struct husk *h, struct arena *a, struct err *e);
