/* Set the five capability sets, with as few system calls as the wanted sets allow. */
#include "confine/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct sets {
	uint64_t effective, permitted, inheritable;
};

static const struct plan_caps none = { 0 };

static uint64_t bit(int cap)
{
	return UINT64_C(1) << cap;
}

static int sets_get(struct sets *ret, struct err *e)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &header, d) < 0)
		return err_set(e, errno, "read my capabilities");
	ret->effective = d[0].effective | (uint64_t)d[1].effective << 32;
	ret->permitted = d[0].permitted | (uint64_t)d[1].permitted << 32;
	ret->inheritable = d[0].inheritable | (uint64_t)d[1].inheritable << 32;
	return 0;
}

static int sets_put(const struct sets *s, struct err *e)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct d[2] = {
		{ (uint32_t)s->effective, (uint32_t)s->permitted, (uint32_t)s->inheritable },
		{ (uint32_t)(s->effective >> 32), (uint32_t)(s->permitted >> 32),
		  (uint32_t)(s->inheritable >> 32) },
	};

	if (syscall(SYS_capset, &header, d) < 0)
		return err_set(e, errno, "set capabilities");
	return 0;
}

/* `have` & `want`, with a warning that lists the rest by number. */
static uint64_t granted(const char *set, uint64_t want, uint64_t have, const struct log *log)
{
	if (want & ~have)
		log_warn(log, "capabilities that cannot be granted are left out of the %s set: mask 0x%llx",
			 set, (unsigned long long)(want & ~have));
	return want & have;
}

/* The members of `caps` that are in the bounding set. */
static uint64_t bounded(uint64_t caps)
{
	uint64_t in = 0;

	for (int cap = 0; cap < 64; cap++)
		if (caps & bit(cap) && prctl(PR_CAPBSET_READ, (unsigned long)cap, 0UL, 0UL, 0UL) == 1)
			in |= bit(cap);
	return in;
}

/* 1: gone; 0: past the kernel's last capability. */
static int bound_drop(int cap, struct err *e)
{
	if (prctl(PR_CAPBSET_DROP, (unsigned long)cap, 0UL, 0UL, 0UL) == 0)
		return 1;
	if (errno == EINVAL)
		return 0;
	/* Without CAP_SETPCAP nothing can be dropped, and the kernel says so before it looks at the number;
	 * that is fine where nothing is left to drop. */
	int code = errno, there = prctl(PR_CAPBSET_READ, (unsigned long)cap, 0UL, 0UL, 0UL);
	if (code == EPERM && there <= 0)
		return there == 0;
	return err_set(e, code, "drop capability %d from the bounding set", cap);
}

int caps_bound(const struct plan_caps *want, const struct log *log, struct err *e)
{
	const struct plan_caps *w = want->set ? want : &none;
	struct sets mine;

	/* What is permitted is in the bounding set but for odd callers, so only the rest has to be asked for.
	 */
	TRY(sets_get(&mine, e));
	uint64_t doubtful = w->bounding & ~mine.permitted;
	(void)granted("bounding", doubtful, doubtful ? bounded(doubtful) : 0, log);

	for (int cap = 0; cap < 64; cap++)
		if (!(w->bounding & bit(cap)) && TRY(bound_drop(cap, e)) == 0)
			break;
	return 0;
}

int caps_keep(struct err *e)
{
	if (prctl(PR_SET_KEEPCAPS, 1UL, 0UL, 0UL, 0UL) < 0)
		return err_set(e, errno, "keep capabilities over the change of user");
	return 0;
}

int caps_raise(struct err *e)
{
	struct sets s;

	TRY(sets_get(&s, e));
	s.effective = s.permitted;
	return sets_put(&s, e);
}

/* The ambient set can only hold what is permitted and inheritable; the kernel lowers it with them. */
static int ambient_apply(uint64_t ambient, struct err *e)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL) < 0)
		return err_set(e, errno, "clear the ambient capabilities");
	for (int cap = 0; cap < 64; cap++)
		if (ambient & bit(cap) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (unsigned long)cap, 0UL, 0UL) < 0)
			return err_set(e, errno, "raise ambient capability %d", cap);
	return 0;
}

int caps_apply(const struct plan_caps *want, const struct log *log, struct err *e)
{
	const struct plan_caps *w = want->set ? want : &none;
	struct sets mine, s;

	TRY(sets_get(&mine, e));
	s.permitted = granted("permitted", w->permitted, mine.permitted, log);
	s.effective = granted("effective", w->effective, s.permitted, log);
	/* capset() lets into the inheritable set only what is there, or permitted and bounding. */
	s.inheritable = granted("inheritable", w->inheritable,
				mine.inheritable | (mine.permitted & w->bounding), log);
	TRY(sets_put(&s, e));

	uint64_t ambient = granted("ambient", w->ambient, s.permitted & s.inheritable, log);
	/* Nothing inheritable, nothing ambient: the common case needs no further call (CVE-2022-29162). */
	return s.inheritable ? ambient_apply(ambient, e) : 0;
}
