/* bpf(2), the few commands that a device filter needs. */
#pragma once

#include <linux/bpf.h>
#include <stddef.h>

struct err;

/* Load a BPF_PROG_TYPE_CGROUP_DEVICE program. *ret_fd is CLOEXEC. */
int sys_bpf_load_device(const struct bpf_insn *insns, size_t n, int *ret_fd, struct err *e);

/* Attach it to a cgroup2 directory, beside what others attached there (all have to agree). 0 or -errno. */
int sys_bpf_attach_device(int cgroup_fd, int prog_fd);
