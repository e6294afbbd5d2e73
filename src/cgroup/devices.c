/* Which device nodes the processes of the cgroup may open and make. */
#include "cgroup/devices.h"

#include "base/own.h"
#include "cgroup/write.h"
#include "plan/devfilter.h"
#include "sys/bpf.h"

static int apply_v1(const struct cgroup *cg, const struct plan_cgroup *plan, struct arena *a, struct err *e)
{
	size_t n;
	const struct plan_write *v = devfilter_writes(plan->devices.v, plan->devices.n, a, &n);

	return write_all(cg, v, n, e);
}

static int apply_v2(const struct plan_cgroup *plan, int cgroup2_fd, struct arena *a, struct err *e)
{
	size_t n;
	const struct bpf_insn *insns = devfilter_program(plan->devices.v, plan->devices.n, a, &n);
	own_fd prog = FD_NONE;

	TRY(sys_bpf_load_device(insns, n, &prog, e));
	int r = sys_bpf_attach_device(cgroup2_fd, prog);
	return r < 0 ? err_set(e, -r, "attach the device filter to cgroup %s", plan->path) : 0;
}

int devices_apply(const struct cgroup *cg, const struct plan_cgroup *plan, int cgroup2_fd, struct err *e)
{
	const struct cgroup_mount *v1 = host_cgroup_find(cg->host, "devices");
	own_arena a = arena_new();

	if (plan->devices.n == 0)
		return 0;
	/* in the unified layout "devices" is no controller, so a hierarchy that is named by it is v1 */
	if (v1 && !v1->v2)
		return apply_v1(cg, plan, a, e);
	if (cgroup2_fd >= 0)
		return apply_v2(plan, cgroup2_fd, a, e);
	return err_say(
		e, ENOTSUP,
		"cgroup: device rules need cgroup2 or the devices controller, and this host has neither");
}
