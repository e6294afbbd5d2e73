/* Device access rules: what a container gets by default, and the two forms the kernel takes them in. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "plan/plan.h"

struct bpf_insn;

/*
 * The rules in force for a config: everything denied, then the devices that every container may use, then the
 * config's own rules, in order; the last one that matches wins. *n = 0: everything is allowed and there is
 * nothing to filter. (config-linux.md, Allowed Device list.)
 */
int devfilter_rules(const struct oci_resources *r, struct arena *a, struct plan_device_rule **ret,
		    size_t *ret_n, struct err *e);

/* The same as a BPF_PROG_TYPE_CGROUP_DEVICE program. */
struct bpf_insn *devfilter_program(const struct plan_device_rule *v, size_t n, struct arena *a,
				   size_t *ret_n);

/* The same as writes to devices.allow and devices.deny of cgroup v1. */
struct plan_write *devfilter_writes(const struct plan_device_rule *v, size_t n, struct arena *a,
				    size_t *ret_n);
