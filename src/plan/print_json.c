/* The plan as JSON, for programs: the same facts as print.c, member names as in plan.h. */
#include "plan/parts.h"

#include "base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/personality.h>
#include <sys/stat.h>

/* A writer that knows when a comma is due. */
struct json {
	struct strbuf text;
	struct arena *arena;
};

static void key(struct json *j, const char *name)
{
	char last = j->text.len ? j->text.text[j->text.len - 1] : '{';

	if (last != '{' && last != '[')
		strbuf_puts(&j->text, ",");
	if (name) {
		strbuf_json(&j->text, name);
		strbuf_puts(&j->text, ":");
	}
}

static void open_(struct json *j, const char *name, const char *bracket)
{
	key(j, name);
	strbuf_puts(&j->text, bracket);
}

static void close_(struct json *j, const char *bracket)
{
	strbuf_puts(&j->text, bracket);
}

/* NULL and "" leave the member out. */
static void str(struct json *j, const char *name, const char *value)
{
	if (!value || (name && !*value))
		return;
	key(j, name);
	strbuf_json(&j->text, value);
}

static void num(struct json *j, const char *name, int64_t value)
{
	key(j, name);
	strbuf_printf(&j->text, "%" PRId64, value);
}

static void unum(struct json *j, const char *name, uint64_t value)
{
	key(j, name);
	strbuf_printf(&j->text, "%" PRIu64, value);
}

static void yes(struct json *j, const char *name, bool value)
{
	key(j, name);
	strbuf_puts(&j->text, value ? "true" : "false");
}

static void strv(struct json *j, const char *name, const char *const *v, size_t n)
{
	open_(j, name, "[");
	for (size_t i = 0; i < n; i++)
		str(j, NULL, v[i]);
	close_(j, "]");
}

static void oci_strings(struct json *j, const char *name, const struct oci_strv *s)
{
	open_(j, name, "[");
	for (size_t i = 0; i < s->n; i++)
		str(j, NULL, s->v[i]);
	close_(j, "]");
}

static void maps(struct json *j, const char *name, const struct plan_map *v, size_t n)
{
	open_(j, name, "[");
	for (size_t i = 0; i < n; i++) {
		open_(j, NULL, "{");
		unum(j, "inside", v[i].inside);
		unum(j, "outside", v[i].outside);
		unum(j, "count", v[i].count);
		close_(j, "}");
	}
	close_(j, "]");
}

static void json_ns(struct json *j, const struct plan_ns *ns)
{
	open_(j, "namespaces", "{");
	str(j, "new", plan_words_ns(ns->new_flags, j->arena));
	str(j, "clone", plan_words_ns(ns->clone_flags, j->arena));
	open_(j, "join", "[");
	for (size_t i = 0; i < ns->join.n; i++) {
		open_(j, NULL, "{");
		str(j, "type", plan_words_ns(ns->join.v[i].flag, j->arena));
		str(j, "path", ns->join.v[i].path);
		close_(j, "}");
	}
	close_(j, "]");
	str(j, "unshare_user", plan_words_ns(ns->unshare_user, j->arena));
	str(j, "unshare_rest", plan_words_ns(ns->unshare_rest, j->arena));
	yes(j, "refork", ns->refork);
	maps(j, "uid_map", ns->uid_map.v, ns->uid_map.n);
	maps(j, "gid_map", ns->gid_map.v, ns->gid_map.n);
	yes(j, "map_with_helpers", ns->map_with_helpers);
	yes(j, "deny_setgroups", ns->deny_setgroups);
	open_(j, "clocks", "[");
	for (size_t i = 0; i < ns->clocks.n; i++) {
		open_(j, NULL, "{");
		num(j, "clock", ns->clocks.v[i].clock);
		num(j, "secs", ns->clocks.v[i].secs);
		unum(j, "nanosecs", ns->clocks.v[i].nanosecs);
		close_(j, "}");
	}
	close_(j, "]");
	yes(j, "parent_opens", ns->parent_opens);
	yes(j, "loopback", ns->loopback);
	open_(j, "netdevs", "[");
	for (size_t i = 0; i < ns->netdevs.n; i++) {
		open_(j, NULL, "{");
		str(j, "name", ns->netdevs.v[i].name);
		str(j, "as", ns->netdevs.v[i].as);
		close_(j, "}");
	}
	close_(j, "]");
	str(j, "hostname", ns->hostname);
	str(j, "domainname", ns->domainname);
	open_(j, "sysctl", "{");
	for (size_t i = 0; i < ns->sysctl.n; i++) {
		key(j, ns->sysctl.v[i].key);
		strbuf_json(&j->text, ns->sysctl.v[i].value);
	}
	close_(j, "}");
	close_(j, "}");
}

static void json_mount(struct json *j, const struct plan_mount *m)
{
	open_(j, NULL, "{");
	str(j, "kind", plan_word_kind(m->kind));
	str(j, "cpath", m->cpath);
	str(j, "source", m->source);
	str(j, "fstype", m->fstype);
	str(j, "options", plan_words_mount(m, j->arena));
	str(j, "data", m->data);
	if (m->uid_map.n) {
		maps(j, "uid_map", m->uid_map.v, m->uid_map.n);
		maps(j, "gid_map", m->gid_map.v, m->gid_map.n);
	}
	str(j, "selinux_context", m->selinux_context);
	str(j, "selinux_option", m->selinux_context ? m->selinux_option : NULL);
	close_(j, "}");
}

static void json_device(struct json *j, const struct plan_device *d)
{
	open_(j, NULL, "{");
	str(j, "cpath", d->cpath);
	str(j, "type", S_ISFIFO(d->type) ? "p" : S_ISBLK(d->type) ? "b" : "c");
	unum(j, "mode", d->mode);
	unum(j, "major", d->major);
	unum(j, "minor", d->minor);
	unum(j, "uid", d->uid);
	unum(j, "gid", d->gid);
	yes(j, "bind", d->bind);
	yes(j, "is_default", d->is_default);
	close_(j, "}");
}

static void json_rootfs(struct json *j, const struct plan_rootfs *r)
{
	open_(j, "rootfs", "{");
	str(j, "path", r->path);
	yes(j, "readonly", r->readonly);
	yes(j, "no_pivot", r->no_pivot);
	yes(j, "in_host_ns", r->in_host_ns);
	str(j, "propagation", plan_word_propagation(r->propagation));
	str(j, "host_propagation", plan_word_propagation(r->host_propagation));
	open_(j, "mounts", "[");
	for (size_t i = 0; i < r->mounts.n; i++)
		json_mount(j, &r->mounts.v[i]);
	close_(j, "]");
	open_(j, "devices", "[");
	for (size_t i = 0; i < r->devices.n; i++)
		json_device(j, &r->devices.v[i]);
	close_(j, "]");
	open_(j, "links", "[");
	for (size_t i = 0; i < r->links.n; i++) {
		open_(j, NULL, "{");
		str(j, "cpath", r->links.v[i].cpath);
		str(j, "target", r->links.v[i].target);
		str(j, "only_if", r->links.v[i].only_if);
		close_(j, "}");
	}
	close_(j, "]");
	strv(j, "masked", r->masked.v, r->masked.n);
	strv(j, "readonly_paths", r->readonly_paths.v, r->readonly_paths.n);
	yes(j, "console", r->console);
	str(j, "cgroup_layout", plan_word_layout(r->cgroup_layout));
	yes(j, "cgroup_ns", r->cgroup_ns);
	str(j, "mount_label", r->mount_label);
	close_(j, "}");
}

static void json_rdt(struct json *j, const struct plan_rdt *r)
{
	if (!r->root)
		return;
	open_(j, "rdt", "{");
	str(j, "root", r->root);
	str(j, "group", r->group);
	open_(j, "schemata", "[");
	for (size_t i = 0; i < r->schemata.n; i++)
		str(j, NULL, r->schemata.v[i]);
	close_(j, "]");
	yes(j, "may_create", r->may_create);
	yes(j, "remove", r->remove);
	str(j, "monitor", r->monitor);
	close_(j, "}");
}

static void json_cgroup(struct json *j, const struct plan_cgroup *c)
{
	open_(j, "cgroup", "{");
	str(j, "manager", plan_word_manager(c->manager));
	str(j, "path", c->path);
	yes(j, "may_be_absent", c->may_be_absent);
	open_(j, "writes", "[");
	for (size_t i = 0; i < c->writes.n; i++) {
		const struct plan_write *w = &c->writes.v[i];

		open_(j, NULL, "{");
		str(j, "controller", w->controller);
		str(j, "file", w->file);
		str(j, "value", w->value);
		yes(j, "optional", w->optional);
		yes(j, "otherwise", w->otherwise);
		str(j, "usage", w->usage);
		yes(j, "asks_nothing", w->asks_nothing);
		close_(j, "}");
	}
	close_(j, "]");
	open_(j, "devices", "[");
	for (size_t i = 0; i < c->devices.n; i++) {
		const struct plan_device_rule *d = &c->devices.v[i];

		open_(j, NULL, "{");
		yes(j, "allow", d->allow);
		str(j, "type", (char[]){ d->type, '\0' });
		num(j, "major", d->major);
		num(j, "minor", d->minor);
		yes(j, "read", d->read);
		yes(j, "write", d->write);
		yes(j, "mknod", d->mknod);
		close_(j, "}");
	}
	close_(j, "]");
	if (c->own)
		unum(j, "owner_uid", c->owner_uid);
	close_(j, "}");
}

static void json_user(struct json *j, const struct plan_process *c)
{
	unum(j, "uid", c->uid);
	unum(j, "gid", c->gid);
	open_(j, "groups", "[");
	for (size_t i = 0; i < c->groups.n; i++)
		unum(j, NULL, c->groups.v[i]);
	close_(j, "]");
	yes(j, "keep_groups", c->keep_groups);
	if (c->umask >= 0)
		num(j, "umask", c->umask);
}

static void json_limits(struct json *j, const struct plan_process *c)
{
	open_(j, "rlimits", "[");
	for (size_t i = 0; i < c->rlimits.n; i++) {
		open_(j, NULL, "{");
		str(j, "type", c->rlimits.v[i].name);
		unum(j, "soft", c->rlimits.v[i].soft);
		unum(j, "hard", c->rlimits.v[i].hard);
		close_(j, "}");
	}
	close_(j, "]");
	open_(j, "caps", "{");
	str(j, "bounding", plan_words_caps(c->caps.bounding, j->arena));
	str(j, "effective", plan_words_caps(c->caps.effective, j->arena));
	str(j, "inheritable", plan_words_caps(c->caps.inheritable, j->arena));
	str(j, "permitted", plan_words_caps(c->caps.permitted, j->arena));
	str(j, "ambient", plan_words_caps(c->caps.ambient, j->arena));
	close_(j, "}");
}

/* A part of the config that the plan hands on as it is. */
static void config_part(struct json *j, const char *name, const struct oci_type *type, const void *object)
{
	char *text;
	size_t len;

	if (!object || oci_write(type, object, 0, j->arena, &text, &len, NULL) < 0)
		return;
	key(j, name);
	strbuf_add(&j->text, text, len);
}

static void json_process(struct json *j, const struct plan_process *c)
{
	open_(j, "process", "{");
	oci_strings(j, "args", &c->args);
	oci_strings(j, "env", &c->env);
	yes(j, "add_home", c->add_home);
	str(j, "cwd", c->cwd);
	yes(j, "terminal", c->terminal);
	if (c->rows | c->columns) {
		unum(j, "rows", c->rows);
		unum(j, "columns", c->columns);
	}
	json_user(j, c);
	json_limits(j, c);
	if (c->set_oom_score_adj)
		num(j, "oom_score_adj", c->oom_score_adj);
	yes(j, "no_new_privs", c->no_new_privs);
	str(j, "apparmor", c->apparmor);
	str(j, "selinux", c->selinux);
	config_part(j, "scheduler", &oci_type_scheduler, c->scheduler);
	config_part(j, "io_priority", &oci_type_io_priority, c->io_priority);
	config_part(j, "memory_policy", &oci_type_memory_policy, c->memory_policy);
	config_part(j, "affinity", &oci_type_exec_cpu_affinity, c->affinity);
	if (c->personality >= 0)
		str(j, "personality", c->personality == PER_LINUX32 ? "LINUX32" : "LINUX");
	str(j, "keyring", c->keyring);
	close_(j, "}");
}

static void json_hooks(struct json *j, const struct plan *plan)
{
	open_(j, "hooks", "{");
	for (enum hook_stage s = 0; s < HOOK_STAGES; s++) {
		open_(j, plan_word_stage(s), "[");
		for (size_t i = 0; i < plan->hooks[s].n; i++) {
			const struct plan_hook *h = &plan->hooks[s].v[i];

			open_(j, NULL, "{");
			str(j, "path", h->path);
			oci_strings(j, "args", &h->args);
			if (h->env_set)
				oci_strings(j, "env", &h->env);
			num(j, "timeout", h->timeout);
			close_(j, "}");
		}
		close_(j, "]");
	}
	close_(j, "}");
}

char *plan_json(const struct plan *plan, struct arena *a)
{
	struct json j = { .text = STRBUF(a), .arena = a };

	open_(&j, NULL, "{");
	str(&j, "id", plan->id);
	str(&j, "bundle", plan->bundle);
	json_ns(&j, &plan->ns);
	json_rootfs(&j, &plan->rootfs);
	json_cgroup(&j, &plan->cgroup);
	json_rdt(&j, &plan->rdt);
	if (plan->has_process)
		json_process(&j, &plan->process);
	config_part(&j, "seccomp", &oci_type_seccomp, plan->seccomp.config);
	json_hooks(&j, plan);
	open_(&j, "warnings", "[");
	for (size_t i = 0; i < plan->warnings.n; i++)
		str(&j, NULL, plan->warnings.v[i]);
	close_(&j, "]");
	close_(&j, "}\n");
	return j.text.text;
}
