/* Which network devices move into the container, and what they are called there. */
#include "plan/parts.h"

#include "base/str.h"

#include <errno.h>
#include <linux/if.h>
#include <sched.h>

/* What the kernel takes for a name (dev_valid_name), and at most one %d. */
static bool valid_name(const char *s, bool template)
{
	const char *percent = strchr(s, '%');

	if (!*s || strlen(s) >= IFNAMSIZ || str_eq(s, ".") || str_eq(s, "..") || strpbrk(s, "/: \t\n\v\f\r"))
		return false;
	return !percent || (template && percent[1] == 'd' && !strchr(percent + 1, '%'));
}

static int check_clash(const struct plan_netdev *v, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i].as, v[n].as) && !strchr(v[n].as, '%'))
			return err_say(e, EINVAL, "linux.netDevices: %s and %s would both be called %s",
				       v[i].name, v[n].name, v[n].as);
	if (str_eq(v[n].as, "lo"))
		return err_say(e, EEXIST, "linux.netDevices.%s: the name lo is taken in the container",
			       v[n].name);
	return 0;
}

int plan_netdevs_build(const struct plan_in *in, struct plan_ns *ns, struct err *e)
{
	const struct oci_linux *l = in->config->linux_;
	struct plan_netdev *v = arena_array(in->arena, l->net_devices.n, sizeof *v);

	if (l->net_devices.n == 0)
		return 0;
	if (!((ns->new_flags | ns->join_flags) & CLONE_NEWNET))
		return err_say(e, EINVAL, "linux.netDevices: needs a network namespace of the container's");
	if (!in->host->privileged)
		return err_say(e, EPERM, "linux.netDevices: only root can move network devices");
	for (size_t i = 0; i < l->net_devices.n; i++) {
		const struct oci_net_device *d = &l->net_devices.v[i];

		v[i].name = d->host_name;
		v[i].as = str_empty(d->name) ? d->host_name : d->name;
		if (!valid_name(v[i].name, false) || !valid_name(v[i].as, true))
			return err_say(e, EINVAL,
				       "linux.netDevices.%.64s: '%.64s' is no name of a network device",
				       v[i].name, valid_name(v[i].name, false) ? v[i].as : v[i].name);
		TRY(check_clash(v, i, e));
	}
	ns->netdevs.v = v;
	ns->netdevs.n = l->net_devices.n;
	return 0;
}
