/* Capability names -> five masks that the kernel accepts together. */
#include "plan/parts.h"

#include "base/str.h"

#include <strings.h>

/* By number, capabilities(7); the last is of Linux 5.9. */
static const char *const names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

enum { NAMES = sizeof names / sizeof *names, PREFIX = sizeof "CAP_" - 1 };

int plan_cap_number(const char *name)
{
	if (strncasecmp(name, "CAP_", PREFIX) != 0)
		return -1;
	for (int i = 0; i < NAMES; i++)
		if ((name[PREFIX] | 0x20) == (names[i][PREFIX] | 0x20) && /* a config has scores of them */
		    strcasecmp(name + PREFIX, names[i] + PREFIX) == 0)
			return i;
	return -1;
}

struct oci_strv plan_cap_names(struct arena *a)
{
	struct oci_strv ret = { arena_array(a, NAMES + 1, sizeof *ret.v), NAMES };

	for (int i = 0; i < NAMES; i++)
		ret.v[i] = arena_strdup(a, names[i]);
	return ret;
}

/* config.md: what cannot be granted is a warning, never an error. */
static uint64_t mask_of(const struct oci_strv *s, const char *set, struct arena *a, struct plan_warnings *w)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < s->n; i++) {
		int cap = plan_cap_number(s->v[i]);

		if (cap < 0)
			plan_warn(w, a, "process.capabilities.%s: unknown capability '%s' is left out", set,
				  s->v[i]);
		else
			mask |= UINT64_C(1) << cap;
	}
	return mask;
}

static void keep(uint64_t *mask, uint64_t allowed, const char *set, const char *why, struct arena *a,
		 struct plan_warnings *w)
{
	for (int i = 0; i < NAMES; i++)
		if (*mask & ~allowed & (UINT64_C(1) << i))
			plan_warn(w, a, "process.capabilities.%s: %s is left out, because it is not %s", set,
				  names[i], why);
	*mask &= allowed;
}

/* capset(2) and prctl(2) refuse the whole set when one capability breaks these rules of capabilities(7). */
void plan_caps_build(const struct oci_capabilities *c, struct arena *a, struct plan_caps *ret,
		     struct plan_warnings *w)
{
	*ret = (struct plan_caps){ 0 };
	if (!c)
		return;
	ret->set = true;
	ret->bounding = mask_of(&c->bounding, "bounding", a, w);
	ret->effective = mask_of(&c->effective, "effective", a, w);
	ret->inheritable = mask_of(&c->inheritable, "inheritable", a, w);
	ret->permitted = mask_of(&c->permitted, "permitted", a, w);
	ret->ambient = mask_of(&c->ambient, "ambient", a, w);
	keep(&ret->effective, ret->permitted, "effective", "permitted", a, w);
	keep(&ret->inheritable, ret->bounding, "inheritable", "in the bounding set", a, w);
	keep(&ret->ambient, ret->permitted & ret->inheritable, "ambient", "both permitted and inheritable", a,
	     w);
}
