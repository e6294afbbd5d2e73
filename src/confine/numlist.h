/* Lists of CPUs and memory nodes: "0-3,7" (cpuset(7), List format). */
#pragma once

#include "base/err.h"

#include <stddef.h>

#define NUMLIST_BITS  8192 /* Linux' largest NR_CPUS */
#define NUMLIST_WORDS (NUMLIST_BITS / (8 * sizeof(unsigned long)))

/* Set the bits that `list` names. An empty list names none. EINVAL: not such a list, or a number beyond the
 * last bit. */
int numlist_parse(const char *list, unsigned long bits[NUMLIST_WORDS], struct err *e);
