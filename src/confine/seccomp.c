/* Get the seccomp filter, from the cache where it is there, and load it into the kernel. */
#include "base/own.h"
#include "base/str.h"
#include "confine/confine.h"
#include "confine/seccomp_cache.h"
#include "confine/seccomp_data.h"
#include "confine/seccomp_rules.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

/* seccomp(2) without libseccomp: it would compile again, and adds flags of its own. */
static unsigned flags_of(const struct plan_seccomp *plan)
{
	static const unsigned bits[] = {
		[OCI_SECCOMP_FLAG_TSYNC] = SECCOMP_FILTER_FLAG_TSYNC,
		[OCI_SECCOMP_FLAG_LOG] = SECCOMP_FILTER_FLAG_LOG,
		[OCI_SECCOMP_FLAG_SPEC_ALLOW] = SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		[OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV] = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
	};
	const struct oci_enumv *v = &plan->config->flags;
	unsigned flags = 0;

	/* Without a word from the config: no store-bypass mitigation, whose price most programs need not pay
	 * (as runc). */
	if (!HAS(plan->config, oci_seccomp, flags))
		flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	for (size_t i = 0; i < v->n; i++)
		flags |= bits[v->v[i]];
	if (!plan->notify)
		return flags & ~SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV; /* only of meaning with a listener */
	/* With a listener the kernel wants thread errors told apart from descriptors. */
	if (flags & SECCOMP_FILTER_FLAG_TSYNC)
		flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
	return flags | SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

/* Between loading the filter and handing its listener over nobody answers: what husk calls meanwhile must not
 * wait. */
static int notify_check(const struct plan_seccomp *plan, struct err *e)
{
	const struct oci_seccomp *s = plan->config;
	/* capset only where the filter is loaded before it, see confine.c */
	const char *const needed[] = { "sendmsg", "write", plan->late ? "sendmsg" : "capset" };

	if (s->default_action == OCI_SECCOMP_NOTIFY)
		return err_say(e, EINVAL, "seccomp: SCMP_ACT_NOTIFY cannot be the default action");
	for (size_t i = 0; i < s->syscalls.n; i++) {
		const struct oci_seccomp_syscall *c = &s->syscalls.v[i];
		if (c->action != OCI_SECCOMP_NOTIFY)
			continue;
		for (size_t k = 0; k < c->names.n; k++)
			for (size_t n = 0; n < 3; n++)
				if (str_eq(c->names.v[k], needed[n]))
					return err_say(e, EINVAL,
						       "seccomp: SCMP_ACT_NOTIFY cannot be used for %s",
						       needed[n]);
	}
	return 0;
}

int seccomp_compile(const struct plan_seccomp *plan, int cache_fd, struct arena *a,
		    struct seccomp_filter *ret, const struct log *log, struct err *e)
{
	struct seccomp_filter f = { 0 };
	struct seccomp_key key;
	struct err cache_err = ERR_INIT;

	if (!plan->config) {
		*ret = f;
		return 0;
	}
	if (plan->notify)
		TRY(notify_check(plan, e));
	f.flags = flags_of(plan);
	if (plan->bpf_data) {
		TRY_IN(seccomp_data_decode(plan->bpf_data, a, &f, e), e, "seccomp_bpf_data");
		*ret = f;
		return 0;
	}
	if (plan->fail_unknown)
		cache_fd = FD_NONE; /* its key does not tell who was asked to be strict */
	if (cache_fd >= 0) {
		seccomp_key_make(plan, a, &key);
		if (seccomp_cache_load(cache_fd, &key, a, &f)) {
			*ret = f;
			return 0;
		}
	}
	TRY(seccomp_rules_compile(plan, a, &f, log, e));
	/* A cache that cannot be written costs time, nothing else. */
	if (cache_fd >= 0 && seccomp_cache_store(cache_fd, &key, &f, &cache_err) < 0)
		log_debug(log, "seccomp cache: %s", cache_err.text);
	*ret = f;
	return 0;
}

static long filter_set(const struct seccomp_filter *f, unsigned flags)
{
	struct sock_fprog program = { .len = f->len, .filter = f->code };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

int seccomp_install(const struct seccomp_filter *f, int *ret_notify_fd, struct err *e)
{
	int notify_fd = FD_NONE;

	if (f->len > 0) {
		long r = filter_set(f, f->flags);
		/* SPEC_ALLOW, from 4.17, asks for less protection: doing without it is always right. */
		if (r < 0 && errno == EINVAL && f->flags & SECCOMP_FILTER_FLAG_SPEC_ALLOW)
			r = filter_set(f, f->flags & ~SECCOMP_FILTER_FLAG_SPEC_ALLOW);
		if (r < 0)
			return err_set(e, errno, "load the seccomp filter");
		if (f->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
			notify_fd = (int)r; /* CLOEXEC from birth */
	}
	*ret_notify_fd = notify_fd;
	return 0;
}
