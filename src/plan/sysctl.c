/* Kernel parameters of the container: only such as belong to one of its own namespaces. */
#include "plan/parts.h"

#include "base/str.h"

#include <errno.h>
#include <sched.h>

static const struct owner {
	const char *prefix; /* in slash form; ends in '/' when it stands for everything below */
	int flag;
} owners[] = {
	{ "net/", CLONE_NEWNET },
	{ "fs/mqueue/", CLONE_NEWIPC },
	{ "user/", CLONE_NEWUSER },
	{ "kernel/msgmax", CLONE_NEWIPC },
	{ "kernel/msgmnb", CLONE_NEWIPC },
	{ "kernel/msgmni", CLONE_NEWIPC },
	{ "kernel/sem", CLONE_NEWIPC },
	{ "kernel/shmall", CLONE_NEWIPC },
	{ "kernel/shmmax", CLONE_NEWIPC },
	{ "kernel/shmmni", CLONE_NEWIPC },
	{ "kernel/shm_rmid_forced", CLONE_NEWIPC },
	{ "kernel/domainname", CLONE_NEWUTS },
};

/* As sysctl(8): the first separator tells the form; in dot form a slash stands for a dot of the name. */
static char *slash_form(const char *key, struct arena *a)
{
	char *path = arena_strdup(a, key);
	size_t first = strcspn(path, "./");

	if (path[first] == '.')
		for (char *p = path; *p; p++)
			*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
	return path;
}

/* The value goes to a file named by the key: no element may lead elsewhere. */
static bool is_clean(const char *path)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:@+";

	for (const char *p = path;; p++) {
		size_t n = strcspn(p, "/");

		if (n == 0 || strspn(p, allowed) != n || (n <= 2 && strspn(p, ".") == n))
			return false;
		p += n;
		if (!*p)
			return true;
	}
}

static int flag_for(const char *path)
{
	for (size_t i = 0; i < sizeof owners / sizeof *owners; i++) {
		const char *rest = str_after(path, owners[i].prefix);

		if (rest && (*rest == '\0') != (rest[-1] == '/'))
			return owners[i].flag;
	}
	return 0;
}

int plan_sysctl_build(const struct plan_in *in, struct plan_ns *ns, struct err *e)
{
	const struct oci_smap *s = &in->config->linux_->sysctl;
	struct oci_kv *v = arena_array(in->arena, s->n, sizeof *v);
	int own = ns->new_flags | ns->join_flags;

	for (size_t i = 0; i < s->n; i++) {
		char *path = slash_form(s->v[i].key, in->arena);

		if (!is_clean(path))
			return err_say(e, EINVAL, "linux.sysctl: '%s' is not the name of a kernel parameter",
				       s->v[i].key);
		if (str_eq(path, "kernel/hostname"))
			return err_say(
				e, EINVAL,
				"linux.sysctl: sysctl \"%s\" conflicts with the hostname field; use that",
				s->v[i].key);
		if (!(flag_for(path) & own))
			return err_say(e, EINVAL,
				       "linux.sysctl: sysctl \"%s\" is not in a separate kernel namespace",
				       s->v[i].key);
		v[i] = (struct oci_kv){ path, s->v[i].value };
	}
	ns->sysctl.v = v;
	ns->sysctl.n = s->n;
	return 0;
}
