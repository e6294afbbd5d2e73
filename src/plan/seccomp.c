/* When the seccomp filter is loaded, and who hears from it. The rules themselves are compiled by confine/. */
#include "plan/parts.h"

#include "base/str.h"

static bool names(const struct oci_seccomp_syscall *rule, const char *call)
{
	for (size_t i = 0; i < rule->names.n; i++)
		if (str_eq(rule->names.v[i], call))
			return true;
	return false;
}

/* Allowed whatever its arguments, and by every rule that speaks of it. */
static bool allows(const struct oci_seccomp *s, const char *call)
{
	bool allowed = s->default_action == OCI_SECCOMP_ALLOW;

	for (size_t i = 0; i < s->syscalls.n; i++) {
		const struct oci_seccomp_syscall *rule = &s->syscalls.v[i];

		if (!names(rule, call))
			continue;
		if (rule->action != OCI_SECCOMP_ALLOW)
			return false;
		allowed |= rule->args.n == 0;
	}
	return allowed;
}

/*
 * Whether init can wait at the gate and execute the program beneath the filter. Loading it takes the kernel a
 * good part of a `start`, so it is done before whoever can bear it, while nobody waits.
 */
static bool passes_gate(const struct oci_config *c, const struct oci_seccomp *s)
{
	static const char *const calls[] = { "read", "close", "write", "execve", "exit_group" };

	if (c->hooks && c->hooks->start_container.n)
		return false;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (!allows(s, calls[i]))
			return false;
	return true;
}

void plan_seccomp_build(const struct plan_in *in, struct plan_seccomp *ret)
{
	static const struct oci_seccomp empty;
	const struct oci_config *c = in->config;
	const struct oci_seccomp *s = c->linux_->seccomp;

	ret->bpf_data = plan_annotation(c, "run.oci.seccomp_bpf_data");
	if (!s && !ret->bpf_data)
		return;
	if (!s)
		s = &empty;
	ret->fail_unknown = plan_annotation_on(c, "run.oci.seccomp_fail_unknown_syscall");
	ret->listener = s->listener_path;
	if (!ret->listener)
		ret->listener = plan_annotation(c, "run.oci.seccomp.receiver");
	if (!ret->listener)
		ret->listener = in->opts->seccomp_receiver;
	ret->config = s;
	ret->late = c->process && c->process->no_new_privileges;
	if (ret->bpf_data)
		return;
	ret->notify = s->default_action == OCI_SECCOMP_NOTIFY;
	for (size_t i = 0; i < s->syscalls.n && !ret->notify; i++)
		ret->notify = s->syscalls.v[i].action == OCI_SECCOMP_NOTIFY;
	ret->before_gate = ret->late && !ret->notify && passes_gate(c, s);
}
