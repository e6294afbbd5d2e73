/* What has to be done for each mount of the config. */
#include "plan/parts.h"

#include "base/str.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>

enum { WHERE = 32 };

static bool is_none(const char *type)
{
	return str_empty(type) || str_eq(type, "none");
}

/* Nothing but a change of propagation: no type, no source, no flag. */
static bool only_propagation(const struct oci_mount *o, const struct plan_mount *m)
{
	return is_none(o->type) && m->propagation[0] && !m->data && !m->idmap &&
	       !(m->attr_set | m->attr_clear | m->rec_set | m->rec_clear | m->sb_flags);
}

static int set_kind(const struct oci_mount *o, const struct plan_in *in, const char *where,
		    struct plan_mount *m, struct err *e)
{
	if (m->kind != PLAN_MOUNT_FS)
		return 0;
	if (!str_empty(o->type) && str_eq(o->type, "bind"))
		m->kind = PLAN_MOUNT_BIND;
	else if (!is_none(o->type) && (str_eq(o->type, "cgroup") ||
				       (str_eq(o->type, "cgroup2") && in->host->layout == CGROUP_UNIFIED)))
		m->kind = PLAN_MOUNT_CGROUP;
	else if (only_propagation(o, m))
		m->kind = PLAN_MOUNT_PROPAGATION;
	else if (is_none(o->type))
		return err_say(e, EINVAL, "%s.type: is required, because it is no bind mount", where);
	return 0;
}

/* config.md, Mounts: a bind source is absolute or relative to the bundle. */
static int set_source(const struct oci_mount *o, const struct plan_in *in, const char *where,
		      struct plan_mount *m, struct err *e)
{
	m->source = str_empty(o->source) ? NULL : o->source;
	if (m->kind != PLAN_MOUNT_BIND)
		return 0;
	if (!m->source)
		return err_say(e, EINVAL, "%s.source: is required for a bind mount", where);
	if (*m->source != '/')
		m->source = arena_printf(in->arena, "%s/%s", in->opts->bundle, m->source);
	if (m->data) {
		plan_warn(in->warnings, in->arena, "%s.options: '%s' means nothing to a bind mount; ignored",
			  where, m->data);
		m->data = NULL;
	}
	return 0;
}

static int set_idmap(const struct oci_mount *o, const struct plan_ns *ns, const char *where, struct arena *a,
		     struct plan_mount *m, struct err *e)
{
	char what[WHERE + sizeof ".uidMappings"];

	if (o->uid_mappings.n || o->gid_mappings.n) {
		m->uid_map.v = plan_idmap_copy(o->uid_mappings.v, o->uid_mappings.n, a);
		m->uid_map.n = o->uid_mappings.n;
		m->gid_map.v = plan_idmap_copy(o->gid_mappings.v, o->gid_mappings.n, a);
		m->gid_map.n = o->gid_mappings.n;
		m->idmap = true;
		snprintf(what, sizeof what, "%s.uidMappings", where);
		TRY(plan_idmap_check(what, m->uid_map.v, m->uid_map.n, e));
		snprintf(what, sizeof what, "%s.gidMappings", where);
		TRY(plan_idmap_check(what, m->gid_map.v, m->gid_map.n, e));
	}
	if (!m->idmap)
		return 0;
	if (!m->uid_map.n != !m->gid_map.n)
		return err_say(e, EINVAL, "%s: uidMappings and gidMappings are required together", where);
	if (!m->uid_map.n && !ns->is_user)
		return err_say(e, EINVAL, "%s.options: idmap needs uidMappings or a user namespace", where);
	if (!m->uid_map.n) {
		m->uid_map.v = ns->uid_map.v;
		m->uid_map.n = ns->uid_map.n;
		m->gid_map.v = ns->gid_map.v;
		m->gid_map.n = ns->gid_map.n;
	}
	return 0;
}

/* config-linux.md, Mount Label. Some kernel file systems refuse a context. */
static const char *context_for(const struct plan_mount *m, const char *label)
{
	static const char *const refusing[] = { "proc", "sysfs", "mqueue", "cgroup2" };

	if (m->kind != PLAN_MOUNT_FS || (m->data && strstr(m->data, "context=")))
		return NULL;
	for (size_t i = 0; i < sizeof refusing / sizeof *refusing; i++)
		if (str_eq(m->fstype, refusing[i]))
			return NULL;
	return label;
}

static int one(const struct oci_mount *o, const char *where, const struct plan_in *in,
	       const struct plan_ns *ns, const struct plan_rootfs *r, struct plan_mount *m, struct err *e)
{
	m->cpath = *o->destination == '/' ? o->destination : arena_printf(in->arena, "/%s", o->destination);
	TRY(plan_mountopts_parse(&o->options, where, in->arena, m, e));
	TRY(set_kind(o, in, where, m, e));
	TRY(set_source(o, in, where, m, e));
	TRY(set_idmap(o, ns, where, in->arena, m, e));
	m->fstype = is_none(o->type) ? NULL : o->type;
	/* A file system on a device must not even open it for writing. Others may be shared with a second
	 * mount, or have yet to be filled: there the mount alone is read-only. */
	if (m->kind == PLAN_MOUNT_FS && m->source && *m->source == '/' && (m->attr_set & MOUNT_ATTR_RDONLY))
		m->sb_flags |= MS_RDONLY;
	if (m->tmpcopyup && (m->kind != PLAN_MOUNT_FS || !str_eq(m->fstype, "tmpfs")))
		return err_say(e, EINVAL, "%s.options: tmpcopyup is for tmpfs only", where);
	m->selinux_context = context_for(m, r->mount_label);
	m->selinux_option = r->label_option;
	return 0;
}

int plan_mounts_build(const struct plan_in *in, const struct plan_ns *ns, struct plan_rootfs *ret,
		      struct err *e)
{
	const struct oci_config *c = in->config;
	size_t n = c->mounts.n;
	struct plan_mount *v = arena_array(in->arena, n + 1, sizeof *v);

	for (size_t i = 0; i < c->mounts.n; i++) {
		char where[WHERE];

		snprintf(where, sizeof where, "mounts[%zu]", i);
		TRY(one(&c->mounts.v[i], where, in, ns, ret, &v[i], e));
	}
	if (in->opts->notify_dir) /* read-only: one can write to a socket, but not fill the host's /run */
		v[n++] = (struct plan_mount){
			.kind = PLAN_MOUNT_BIND,
			.cpath = "/run/notify",
			.source = in->opts->notify_dir,
			.attr_set =
				MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		};
	ret->mounts.v = v;
	ret->mounts.n = n;
	return 0;
}
