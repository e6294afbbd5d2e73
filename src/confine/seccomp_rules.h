/* From the rules of a config to classic BPF, by way of libseccomp. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "confine/confine.h"

/* Compile without a cache: code and len of *ret. Names and architectures that this libseccomp does not know
 * are left out unless plan->fail_unknown: a profile is written for many kernels. (config-linux.md, Seccomp)
 */
int seccomp_rules_compile(const struct plan_seccomp *plan, struct arena *a, struct seccomp_filter *ret,
			  const struct log *log, struct err *e);
