/* Rules across fields: what the config asks must be something husk does, in a place where it can be done. */
#include "plan/parts.h"

#include "base/str.h"

#include <errno.h>
#include <sched.h>

int plan_check(const struct plan_in *in, struct err *e)
{
	const struct oci_config *c = in->config;
	const struct oci_linux *l = c->linux_;

	/* config.md, Specification version: one major version is compatible within itself. */
	if (!str_after(c->oci_version, "1."))
		return err_say(e, EINVAL, "ociVersion: unsupported version '%s'", c->oci_version);
	if (!c->root)
		return err_say(e, EINVAL, "root: is required");
	if (!l)
		return err_say(e, EINVAL, "linux: is required");
	if (l->personality && l->personality->flags.n)
		plan_warn(in->warnings, in->arena, "linux.personality.flags: no flag is defined; ignored");
	return 0;
}

int plan_check_ns(const struct plan_in *in, const struct plan_ns *ns, struct err *e)
{
	int own = ns->new_flags | ns->join_flags;

	if (ns->hostname && !(own & CLONE_NEWUTS))
		return err_say(e, EINVAL, "hostname: unable to set hostname without a private UTS namespace");
	if (ns->domainname && !(own & CLONE_NEWUTS))
		return err_say(e, EINVAL,
			       "domainname: unable to set domainname without a private UTS namespace");
	for (size_t i = 0; i < in->config->annotations.n; i++)
		if (!*in->config->annotations.v[i].key)
			return err_say(e, EINVAL, "annotations: a key must not be empty");
	return 0;
}
