/* A filter that comes ready-made: base64 of classic BPF instructions. */
#pragma once

#include "base/arena.h"
#include "confine/confine.h"

/* Decode `text` (RFC 4648, section 4; padding may be missing) into code and len of *ret. EINVAL: not base64,
 * or no whole number of instructions; E2BIG: more than the kernel takes. What it does is for the kernel to
 * check. */
int seccomp_data_decode(const char *text, struct arena *a, struct seccomp_filter *ret, struct err *e);
