/* The order of decisions: from config, options and host facts to the plan. */
#include "plan/parts.h"

#include "base/str.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

static void set_propagation(const struct oci_linux *l, struct plan_rootfs *r)
{
	static const unsigned long type_of[] = {
		[OCI_PROPAGATION_SHARED] = MS_SHARED,         [OCI_PROPAGATION_RSHARED] = MS_SHARED,
		[OCI_PROPAGATION_SLAVE] = MS_SLAVE,           [OCI_PROPAGATION_RSLAVE] = MS_SLAVE,
		[OCI_PROPAGATION_PRIVATE] = MS_PRIVATE,       [OCI_PROPAGATION_RPRIVATE] = MS_PRIVATE,
		[OCI_PROPAGATION_UNBINDABLE] = MS_UNBINDABLE, [OCI_PROPAGATION_RUNBINDABLE] = MS_UNBINDABLE,
	};

	r->propagation = MS_PRIVATE;
	r->host_propagation = MS_SLAVE | MS_REC;
	if (!HAS(l, oci_linux, rootfs_propagation))
		return;
	r->propagation = type_of[l->rootfs_propagation];
	/* An unbindable host tree would leave nothing to bind. */
	r->host_propagation = (r->propagation == MS_UNBINDABLE ? MS_PRIVATE : r->propagation) | MS_REC;
}

static int set_label_option(const struct oci_config *c, struct plan_rootfs *ret, struct err *e)
{
	static const char key[] = "run.oci.mount_context_type";
	static const char *const known[] = { "context", "fscontext", "defcontext", "rootcontext" };
	const char *word = plan_annotation(c, key);

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!word || str_eq(word, known[i])) {
			ret->label_option = known[i];
			return 0;
		}
	return err_say(e, EINVAL,
		       "annotations: %s: '%.64s' is not context, fscontext, defcontext or rootcontext", key,
		       word);
}

static int build_rootfs(const struct plan_in *in, const struct plan_ns *ns, struct plan_rootfs *ret,
			struct err *e)
{
	const struct oci_config *c = in->config;

	ret->path = *c->root->path == '/' ? c->root->path
					  : arena_printf(in->arena, "%s/%s", in->opts->bundle, c->root->path);
	ret->readonly = c->root->readonly;
	ret->no_pivot = in->opts->no_pivot;
	ret->in_host_ns = !((ns->new_flags | ns->join_flags) & CLONE_NEWNS);
	ret->console = c->process && c->process->terminal;
	ret->cgroup_layout = in->host->layout;
	ret->cgroup_ns = (ns->new_flags | ns->join_flags) & CLONE_NEWCGROUP;
	ret->pid_ns = (ns->new_flags | ns->join_flags) & CLONE_NEWPID;
	if (in->host->selinux && !str_empty(c->linux_->mount_label))
		ret->mount_label = c->linux_->mount_label;
	TRY(set_label_option(c, ret, e));
	set_propagation(c->linux_, ret);
	TRY(plan_mounts_build(in, ns, ret, e));
	TRY(plan_devices_build(in, ns, ret, e));
	return plan_paths_build(in, ret, e);
}

int plan_build(const struct oci_config *config, const struct plan_opts *opts, const struct host *host,
	       struct arena *a, struct plan *ret, struct err *e)
{
	struct plan p = { .id = opts->id, .bundle = opts->bundle };
	const struct plan_in in = { config, opts, host, a, &p.warnings };

	TRY(plan_check(&in, e));
	TRY(plan_ns_build(&in, &p.ns, e));
	TRY(plan_check_ns(&in, &p.ns, e));
	TRY(plan_idmap_build(&in, &p.ns, e));
	TRY(plan_sysctl_build(&in, &p.ns, e));
	TRY(plan_netdevs_build(&in, &p.ns, e));
	TRY(build_rootfs(&in, &p.ns, &p.rootfs, e));
	TRY(plan_cgroup_build(config, opts, host, a, &p.cgroup, &p.warnings, e));
	TRY(plan_rdt_build(&in, &p.rdt, e));
	p.has_process = config->process;
	if (p.has_process) {
		TRY(plan_process_build(config->process, &in, &p.ns, &p.process, e));
		p.process.affinity = NULL; /* config.md: not for the container's own process */
	}
	plan_seccomp_build(&in, &p.seccomp);
	plan_hooks_build(&in, &p);
	p.hooks_stdout = plan_annotation(config, "run.oci.hooks.stdout");
	p.hooks_stderr = plan_annotation(config, "run.oci.hooks.stderr");
	p.pidfd_receiver = plan_annotation(config, "run.oci.pidfd_receiver");
	*ret = p;
	return 0;
}

int plan_process(const struct oci_process *process, const struct oci_config *config,
		 const struct plan_opts *opts, const struct host *host, struct arena *a,
		 struct plan_process *ret, struct plan_warnings *warnings, struct err *e)
{
	/* What the container's start warned of is old news. */
	struct plan_warnings ignored = { 0 };
	const struct plan_in then = { config, opts, host, a, &ignored };
	const struct plan_in now = { config, opts, host, a, warnings };
	struct plan_process p = { 0 };
	struct plan_ns ns = { 0 };

	TRY(plan_ns_build(&then, &ns, e));
	TRY(plan_idmap_build(&then, &ns, e));
	TRY(plan_process_build(process, &now, &ns, &p, e));
	p.memory_policy =
		NULL; /* config-linux.md: set in the container's own process, inherited by its children */
	*ret = p;
	return 0;
}
