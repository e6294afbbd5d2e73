/* bpf(2), the few commands that a device filter needs. */
#include "sys/bpf.h"

#include "base/err.h"
#include "base/own.h"

#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

/*
 * Some kernels (6.17 up to before 7.2) write results past the size we name, into fields that are newer than
 * our headers: the buffer is larger than any kernel's union, and every byte of it is zero.
 */
union attr {
	union bpf_attr bpf;
	char room[512];
};

static int call(int cmd, union attr *attr)
{
	int r = (int)syscall(__NR_bpf, cmd, attr, sizeof *attr);

	/* a kernel that knows fewer bytes takes a longer attr as long as the rest is zero */
	return r < 0 ? -errno : r;
}

static union attr attr_new(void)
{
	union attr a;

	memset(&a, 0, sizeof a);
	return a;
}

int sys_bpf_load_device(const struct bpf_insn *insns, size_t n, int *ret_fd, struct err *e)
{
	char why[512] = "";
	union attr a = attr_new();

	a.bpf.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	a.bpf.insns = (uintptr_t)insns;
	a.bpf.insn_cnt = (uint32_t)n;
	a.bpf.license = (uintptr_t) "GPL";
	memcpy(a.bpf.prog_name, "husk_devices", sizeof "husk_devices");
	int fd = call(BPF_PROG_LOAD, &a);
	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}
	int code = -fd;
	/* once more for the verifier's reason */
	a.bpf.log_level = 1;
	a.bpf.log_buf = (uintptr_t)why;
	a.bpf.log_size = sizeof why;
	own_fd second = code == EINVAL || code == EACCES ? call(BPF_PROG_LOAD, &a) : FD_NONE;
	if (second >= 0) {
		*ret_fd = TAKE_FD(second);
		return 0;
	}
	why[sizeof why - 1] = '\0';
	return err_set(e, code, "load the device filter%s%s%s",
		       code == EPERM ? " (before Linux 5.11 it counts as locked memory)" : "",
		       *why ? ": " : "", why);
}

int sys_bpf_attach_device(int cgroup_fd, int prog_fd)
{
	union attr a = attr_new();

	a.bpf.target_fd = (uint32_t)cgroup_fd;
	a.bpf.attach_bpf_fd = (uint32_t)prog_fd;
	a.bpf.attach_type = BPF_CGROUP_DEVICE;
	a.bpf.attach_flags = BPF_F_ALLOW_MULTI;
	return call(BPF_PROG_ATTACH, &a);
}
