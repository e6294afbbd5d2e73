/* Where the container's cgroup is, what is written into it, and to whom it belongs. */
#include "plan/parts.h"

#include "base/str.h"
#include "plan/devfilter.h"
#include "plan/resources.h"

#include <errno.h>
#include <sched.h>

/* The name of a container's cgroup that asks for no place of its own: no parent to make and to tidy up. */
#define OWN_NAME "husk-%s"

/* `base` and `path` as one clean absolute path. The top itself and ".." are refused: neither is the
 * container's. */
static int join(const char *base, const char *path, struct arena *a, const char **ret, struct err *e)
{
	struct strbuf s = STRBUF(a);
	size_t named = 0;

	if (!str_eq(base, "/"))
		strbuf_puts(&s, base);
	for (size_t n; *path; path += n) {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 0 || (n == 1 && *path == '.'))
			continue;
		if (n == 2 && strncmp(path, "..", 2) == 0)
			return err_say(e, EINVAL, "linux.cgroupsPath must not contain '..'");
		strbuf_puts(&s, "/");
		strbuf_add(&s, path, n);
		named++;
	}
	if (!named)
		return err_say(e, EINVAL, "linux.cgroupsPath names no cgroup below the top");
	*ret = s.text;
	return 0;
}

/* Root's containers live below the top; other users' below the cgroup that was delegated to them. */
static const char *base_of(const struct host *host)
{
	const struct cgroup_mount *m = host->cgroups.n ? &host->cgroups.v[host->cgroups.n - 1] : NULL;

	return host->privileged || !m ? "/" : m->own;
}

static bool is_systemd_name(const char *path)
{
	const char *colon = strchr(path, ':');

	return *path != '/' && colon && strchr(colon + 1, ':');
}

static int build_path(const char *path, const char *id, const struct host *host, struct arena *a,
		      const char **ret, struct err *e)
{
	if (str_empty(path))
		return join(base_of(host), arena_printf(a, OWN_NAME, id), a, ret, e);
	if (is_systemd_name(path))
		return err_say(e, EINVAL,
			       "linux.cgroupsPath '%s' is a name for systemd (slice:prefix:name): "
			       "use --systemd-cgroup, or give a path",
			       path);
	return join(*path == '/' ? "/" : base_of(host), path, a, ret, e);
}

/* The rest of config-linux.md, Cgroup ownership: a new cgroup namespace, and the file system mounted
 * read-write. */
static bool may_own(const struct oci_config *config)
{
	bool new_ns = false, writable = false;

	for (size_t i = 0; i < config->linux_->namespaces.n; i++) {
		const struct oci_namespace *ns = &config->linux_->namespaces.v[i];

		new_ns = new_ns || (ns->type == OCI_NS_CGROUP && str_empty(ns->path));
	}
	for (size_t i = 0; i < config->mounts.n; i++) {
		const struct oci_mount *m = &config->mounts.v[i];

		if (!m->source || !str_eq(m->source, "cgroup") || !str_eq(m->destination, "/sys/fs/cgroup"))
			continue;
		writable = true;
		for (size_t k = 0; k < m->options.n; k++)
			writable = writable && !str_eq(m->options.v[k], "ro");
	}
	return new_ns && writable;
}

/* Only cgroup2 delegates safely, and only with an id map is the container's user somebody else than root. */
static void build_owner(const struct oci_config *config, const struct host *host, struct plan_cgroup *ret)
{
	uint32_t uid = config->process && config->process->user ? config->process->user->uid : 0;

	if (host->layout != CGROUP_UNIFIED || !host->privileged || !may_own(config))
		return;
	for (size_t i = 0; i < config->linux_->uid_mappings.n; i++) {
		const struct oci_id_mapping *m = &config->linux_->uid_mappings.v[i];

		if (uid >= m->container_id && uid - m->container_id < m->size) {
			ret->own = true;
			ret->owner_uid = m->host_id + (uid - m->container_id);
		}
	}
}

static bool asks_nothing(const struct plan_cgroup *c)
{
	for (size_t i = 0; i < c->writes.n; i++)
		if (!c->writes.v[i].asks_nothing)
			return false;
	return true;
}

static int build_devices(const struct oci_resources *r, const struct host *host, struct arena *a,
			 struct plan_cgroup *ret, struct err *e)
{
	struct plan_device_rule *v;
	size_t n;

	TRY(devfilter_rules(r, a, &v, &n, e));
	/* loading a filter takes privilege over the host; a user's own devices are no danger to it */
	if (host->privileged) {
		ret->devices.v = v;
		ret->devices.n = n;
	}
	return 0;
}

int plan_cgroup_build(const struct oci_config *config, const struct plan_opts *opts, const struct host *host,
		      struct arena *a, struct plan_cgroup *ret, struct plan_warnings *warnings, struct err *e)
{
	const struct oci_resources *r = config->linux_ ? config->linux_->resources : NULL;
	const char *path = config->linux_ ? config->linux_->cgroups_path : NULL;
	struct plan_cgroup c = { .manager = CGROUP_MANAGER_FS };

	if (opts->cgroup_disabled) {
		if (r && r->has)
			plan_warn(warnings, a, "linux.resources is ignored: cgroups are disabled");
		ret->manager = CGROUP_MANAGER_DISABLED;
		return 0;
	}
	TRY(resources_build(r, host, a, &c, warnings, e));
	TRY(build_devices(r, host, a, &c, e));
	if (opts->systemd_cgroup) {
		c.manager = CGROUP_MANAGER_SYSTEMD;
		c.path = path; /* slice:prefix:name, taken apart by the driver */
	} else {
		TRY(build_path(path, opts->id, host, a, &c.path, e));
	}
	if (config->linux_)
		build_owner(config, host, &c);
	c.may_be_absent = !host->privileged && asks_nothing(&c);
	*ret = c;
	return 0;
}
