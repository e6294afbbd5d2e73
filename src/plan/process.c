/* Who the process is, what it runs and what it may do. */
#include "plan/parts.h"

#include "base/str.h"

#include <errno.h>
#include <sys/personality.h>

/* An array for execve(2), NULL-terminated even when the config has none. */
static struct oci_strv terminated(const struct oci_strv *s, struct arena *a)
{
	if (s->v)
		return *s;
	return (struct oci_strv){ arena_array(a, 1, sizeof *s->v), 0 };
}

/* The service manager's socket has another name inside. */
static struct oci_strv with_notify(const struct oci_strv *env, struct arena *a)
{
	struct oci_strv ret = { arena_array(a, env->n + 2, sizeof *ret.v), 0 };

	for (size_t i = 0; i < env->n; i++)
		if (!str_after(env->v[i], "NOTIFY_SOCKET="))
			ret.v[ret.n++] = env->v[i];
	ret.v[ret.n++] = arena_strdup(a, "NOTIFY_SOCKET=/run/notify/notify.sock");
	return ret;
}

static bool has_home(const struct oci_strv *env)
{
	for (size_t i = 0; i < env->n; i++)
		if (str_after(env->v[i], "HOME="))
			return true;
	return false;
}

static int check_id(const char *what, uint32_t id, const struct plan_map *map, size_t n, struct err *e)
{
	if (id == UINT32_MAX) /* the kernel's "leave it" */
		return err_say(e, EINVAL, "process.user.%s: %u is not an id", what, id);
	if (!plan_idmap_has(map, n, id))
		return err_say(e, EINVAL, "process.user.%s: %u is not mapped in the user namespace", what,
			       id);
	return 0;
}

static int set_user(const struct oci_process *p, const struct plan_in *in, const struct plan_ns *ns,
		    struct plan_process *ret, struct err *e)
{
	static const struct oci_user root;
	const struct oci_user *u = p->user ? p->user : &root;
	uint32_t *groups = arena_array(in->arena, u->additional_gids.n, sizeof *groups);

	TRY(check_id("uid", u->uid, ns->uid_map.v, ns->uid_map.n, e));
	TRY(check_id("gid", u->gid, ns->gid_map.v, ns->gid_map.n, e));
	ret->uid = u->uid;
	ret->gid = u->gid;
	ret->keep_groups =
		ns->deny_setgroups || plan_annotation_on(in->config, "run.oci.keep_original_groups");
	if (ns->deny_setgroups && u->additional_gids.n)
		return err_say(
			e, EPERM,
			"process.user.additionalGids: groups cannot be set in a user namespace that maps "
			"only the caller");
	for (size_t i = 0; i < u->additional_gids.n; i++) {
		groups[i] = u->additional_gids.v[i];
		TRY(check_id("additionalGids", groups[i], ns->gid_map.v, ns->gid_map.n, e));
	}
	ret->groups.v = groups;
	ret->groups.n = ret->keep_groups ? 0 : u->additional_gids.n;
	if (HAS(u, oci_user, umask) && u->umask > 0777)
		return err_say(e, EINVAL, "process.user.umask: 0%o is more than 0777", u->umask);
	ret->umask = HAS(u, oci_user, umask) ? (int)u->umask : -1;
	return 0;
}

static int set_terminal(const struct oci_process *p, struct plan_process *ret, struct err *e)
{
	ret->terminal = p->terminal;
	if (!p->terminal || !p->console_size) /* config.md: the size is ignored without a terminal */
		return 0;
	if (p->console_size->height > UINT16_MAX || p->console_size->width > UINT16_MAX)
		return err_say(e, EINVAL, "process.consoleSize: more than %d rows or columns", UINT16_MAX);
	ret->rows = (uint16_t)p->console_size->height;
	ret->columns = (uint16_t)p->console_size->width;
	return 0;
}

/* A label that is asked for and cannot be given is never left out in silence. */
static int set_labels(const struct oci_process *p, const struct host *host, struct plan_process *ret,
		      struct err *e)
{
	ret->apparmor = str_empty(p->apparmor_profile) ? NULL : p->apparmor_profile;
	ret->selinux = str_empty(p->selinux_label) ? NULL : p->selinux_label;
	if (ret->apparmor && !host->apparmor)
		return err_say(e, ENOTSUP,
			       "process.apparmorProfile: AppArmor is not enabled on this machine");
	if (ret->selinux && !host->selinux)
		return err_say(e, ENOTSUP, "process.selinuxLabel: SELinux is not enabled on this machine");
	return 0;
}

static int set_scheduling(const struct oci_process *p, struct plan_process *ret, struct err *e)
{
	ret->scheduler = p->scheduler;
	ret->io_priority = p->io_priority;
	ret->affinity = p->exec_cpu_affinity;
	ret->set_oom_score_adj = HAS(p, oci_process, oom_score_adj);
	ret->oom_score_adj = p->oom_score_adj;
	if (p->oom_score_adj < -1000 || p->oom_score_adj > 1000)
		return err_say(e, EINVAL, "process.oomScoreAdj: %d is not within -1000 to 1000",
			       p->oom_score_adj);
	return 0;
}

int plan_process_build(const struct oci_process *p, const struct plan_in *in, const struct plan_ns *ns,
		       struct plan_process *ret, struct err *e)
{
	const struct oci_linux *l = in->config->linux_;

	if (p->args.n == 0)
		return err_say(e, EINVAL, "process.args: at least one entry is required");
	ret->args = p->args;
	ret->env = in->opts->notify_dir ? with_notify(&p->env, in->arena) : terminated(&p->env, in->arena);
	ret->add_home = !has_home(&p->env);
	ret->cwd = p->cwd;
	TRY(set_terminal(p, ret, e));
	TRY(set_user(p, in, ns, ret, e));
	TRY(plan_limits_build(p, in->arena, ret, e));
	TRY(set_scheduling(p, ret, e));
	TRY(set_labels(p, in->host, ret, e));
	plan_caps_build(p->capabilities, in->arena, &ret->caps, in->warnings);
	ret->no_new_privs = p->no_new_privileges;
	ret->memory_policy = l ? l->memory_policy : NULL;
	ret->personality = -1;
	if (l && l->personality)
		ret->personality =
			l->personality->domain == OCI_PERSONALITY_LINUX32 ? PER_LINUX32 : PER_LINUX;
	if (!in->opts->no_new_keyring)
		ret->keyring = arena_printf(in->arena, "_ses.%s", in->opts->id);
	return 0;
}
