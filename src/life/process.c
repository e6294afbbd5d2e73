/* What an exec runs. */
#include "life/process.h"

#include "base/file.h"
#include "base/num.h"
#include "base/str.h"
#include "life/root.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int from_file(const char *file, struct arena *a, struct oci_process **ret, struct err *e)
{
	char *text;
	size_t len;
	void *process;

	if (str_eq(file, "-"))
		TRY(file_read_fd(STDIN_FILENO, "standard input", ROOT_CONFIG_LIMIT, a, &text, &len, e));
	else
		TRY(file_read(AT_FDCWD, file, ROOT_CONFIG_LIMIT, a, &text, &len, e));
	TRY_IN(oci_parse(&oci_type_process, text, len, a, &process, e), e, "%s", file);
	*ret = process;
	return 0;
}

static struct oci_strv join_lists(const struct oci_strv *base, char *const *more, struct arena *a)
{
	size_t n = 0, extra = 0;

	while (more && more[extra])
		extra++;
	char **v = arena_array(a, base->n + extra + 1, sizeof *v);
	for (size_t i = 0; i < base->n; i++)
		v[n++] = base->v[i];
	for (size_t i = 0; i < extra; i++)
		v[n++] = more[i];
	return (struct oci_strv){ .v = v, .n = n };
}

/* The variable in v[0..n) that `entry` (NAME=VALUE) sets; n if there is none. */
static size_t find_variable(char *const *v, size_t n, const char *entry)
{
	size_t name = strcspn(entry, "=");

	for (size_t i = 0; i < n; i++)
		if (strncmp(v[i], entry, name) == 0 && (v[i][name] == '=' || v[i][name] == '\0'))
			return i;
	return n;
}

/* The container's variables with `more` over them: a program that meets one twice would take the first. */
static struct oci_strv join_env(const struct oci_strv *base, char *const *more, struct arena *a)
{
	struct oci_strv env = join_lists(base, more, a);
	size_t n = base->n;

	for (size_t i = base->n; i < env.n; i++) {
		size_t at = find_variable(env.v, n, env.v[i]);

		env.v[at] = env.v[i];
		n += at == n;
	}
	env.v[n] = NULL;
	env.n = n;
	return env;
}

/* UID[:GID], strictly: "1x", "-1" and 4294967295 are refused (CVE-2026-30892). */
static int parse_user(const char *text, struct oci_user *user, struct arena *a, struct err *e)
{
	char *copy = arena_strdup(a, text);
	char *colon = strchr(copy, ':');
	uint32_t uid, gid = user->gid;

	if (colon)
		*colon = '\0';
	if (!num_id(copy, &uid) || (colon && !num_id(colon + 1, &gid)))
		return err_say(e, EINVAL, "user \"%.64s\": expected UID[:GID] as numbers", text);
	SET(user, oci_user, uid, uid);
	SET(user, oci_user, gid, gid);
	return 0;
}

/* A capability given to the process must not be lost at once: it goes into every set but the inheritable and
 * ambient ones. */
static struct oci_capabilities *add_caps(const struct oci_capabilities *base, char *const *more,
					 struct arena *a)
{
	struct oci_capabilities *c = NEW(a, struct oci_capabilities);

	if (base)
		*c = *base;
	SET(c, oci_capabilities, bounding, join_lists(&c->bounding, more, a));
	SET(c, oci_capabilities, permitted, join_lists(&c->permitted, more, a));
	SET(c, oci_capabilities, effective, join_lists(&c->effective, more, a));
	return c;
}

static int from_options(const struct husk_exec *o, const struct oci_process *base, struct arena *a,
			struct oci_process *p, struct err *e)
{
	struct oci_user *user = NEW(a, struct oci_user);

	*p = *base;
	SET(p, oci_process, args, join_lists(&(struct oci_strv){ 0 }, o->args, a));
	if (o->env && o->env[0])
		SET(p, oci_process, env, join_env(&base->env, o->env, a));
	if (o->cwd)
		SET(p, oci_process, cwd, arena_strdup(a, o->cwd));
	if (o->caps && o->caps[0])
		SET(p, oci_process, capabilities, add_caps(base->capabilities, o->caps, a));
	if (base->user)
		*user = *base->user;
	if (o->user)
		TRY(parse_user(o->user, user, a, e));
	if (o->n_groups) {
		uint32_t *v = arena_array(a, user->additional_gids.n + o->n_groups, sizeof *v);
		size_t n = user->additional_gids.n;

		if (n)
			memcpy(v, user->additional_gids.v, n * sizeof *v);
		memcpy(v + n, o->groups, o->n_groups * sizeof *v);
		SET(user, oci_user, additional_gids, (struct oci_u32v){ .v = v, .n = n + o->n_groups });
	}
	SET(p, oci_process, user, user);
	SET(p, oci_process, terminal, o->tty);
	p->console_size = NULL;
	if (o->no_new_privs >= 0)
		SET(p, oci_process, no_new_privileges, o->no_new_privs > 0);
	return 0;
}

/* What confines the container's process confines a process file that does not speak of it, too. Its user is
 * its own affair: absent, it is root, as in a config. */
static void inherit(struct oci_process *p, const struct oci_process *base, struct arena *a)
{
	if (!p->capabilities)
		p->capabilities = base->capabilities;
	if (!HAS(p, oci_process, no_new_privileges))
		SET(p, oci_process, no_new_privileges, base->no_new_privileges);
	if (str_empty(p->apparmor_profile))
		SET(p, oci_process, apparmor_profile, base->apparmor_profile);
	if (str_empty(p->selinux_label))
		SET(p, oci_process, selinux_label, base->selinux_label);
	if (!p->exec_cpu_affinity)
		p->exec_cpu_affinity = base->exec_cpu_affinity;
	if (!p->rlimits.n)
		p->rlimits = base->rlimits;
	if (!HAS(p, oci_process, oom_score_adj) && HAS(base, oci_process, oom_score_adj))
		SET(p, oci_process, oom_score_adj, base->oom_score_adj);
	if (!p->user)
		p->user = NEW(a, struct oci_user);
	if (!HAS(p->user, oci_user, umask) && base->user && HAS(base->user, oci_user, umask))
		SET(p->user, oci_user, umask, base->user->umask);
}

int process_request(const struct husk_exec *o, const struct oci_config *config, struct arena *a,
		    struct oci_process **ret, struct err *e)
{
	struct oci_process *p = NEW(a, struct oci_process);
	const struct oci_process *base = config->process ? config->process : NEW(a, struct oci_process);

	if (o->process_file)
		TRY(from_file(o->process_file, a, &p, e));
	else
		TRY(from_options(o, base, a, p, e));
	inherit(p, base, a);
	if (o->apparmor)
		SET(p, oci_process, apparmor_profile, arena_strdup(a, o->apparmor));
	if (o->process_label)
		SET(p, oci_process, selinux_label, arena_strdup(a, o->process_label));
	if (!p->cwd)
		SET(p, oci_process, cwd, arena_strdup(a, "/"));
	*ret = p;
	return 0;
}
