/* The plan in words: one decision per line, in the order of the container's life. */
#include "plan/parts.h"

#include "base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

struct page {
	struct strbuf text;
	struct arena *arena;
	size_t start; /* of the current line */
};

enum { LABEL = 12, WIDE = LABEL + 12, NODE = LABEL + 16 }; /* columns */

#define put(p, ...) strbuf_printf(&(p)->text, __VA_ARGS__)

/* Go to a column; what is there already is set off by two spaces. */
static void column(struct page *p, size_t n)
{
	size_t at = p->text.len - p->start;

	put(p, "%*s", (int)(at + 2 <= n ? n - at : 2), "");
}

/* A line starts with its label, padded. */
static void line(struct page *p, const char *label)
{
	if (p->text.len)
		strbuf_puts(&p->text, "\n");
	p->start = p->text.len;
	put(p, "%-*s", LABEL, label);
}

/* A string of the config, quoted as soon as it could be taken for two words. */
static void word(struct page *p, const char *s)
{
	if (p->text.len - p->start > LABEL && p->text.text[p->text.len - 1] != ' ')
		strbuf_puts(&p->text, " ");
	for (const char *c = s; *c; c++)
		if (*c <= ' ' || *c == '"' || *c == '\\' || *c > '~') {
			strbuf_json(&p->text, s);
			return;
		}
	strbuf_puts(&p->text, *s ? s : "\"\"");
}

/* Before the next group of words, unless it is the first of its line. */
static void set_off(struct page *p)
{
	if (p->text.len - p->start > LABEL)
		strbuf_puts(&p->text, "  ");
}

static void named(struct page *p, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	set_off(p);
	put(p, "%s", name);
	word(p, value);
}

static void words(struct page *p, const struct oci_strv *s)
{
	for (size_t i = 0; i < s->n; i++)
		word(p, s->v[i]);
}

static void maps(struct page *p, const char *what, const struct plan_map *v, size_t n)
{
	if (n == 0)
		return;
	set_off(p);
	put(p, "%s", what);
	for (size_t i = 0; i < n; i++)
		put(p, " %" PRIu32 ":%" PRIu32 ":%" PRIu32, v[i].inside, v[i].outside, v[i].count);
}

/* -- namespaces */

static void print_steps(struct page *p, const struct plan_ns *ns)
{
	line(p, "steps");
	named(p, "clone", plan_words_ns(ns->clone_flags, p->arena));
	for (size_t i = 0; i < ns->join.n; i++) {
		named(p, "join", plan_words_ns(ns->join.v[i].flag, p->arena));
		word(p, ns->join.v[i].path);
	}
	named(p, "unshare", plan_words_ns(ns->unshare_user, p->arena));
	set_off(p);
	put(p, "maps");
	named(p, "unshare", plan_words_ns(ns->unshare_rest, p->arena));
	if (ns->refork)
		put(p, "  fork");
}

static void print_ns(struct page *p, const struct plan_ns *ns)
{
	line(p, "namespaces");
	named(p, "new", plan_words_ns(ns->new_flags, p->arena));
	named(p, "joined", plan_words_ns(ns->join_flags, p->arena));
	print_steps(p, ns);
	if (ns->uid_map.n) {
		line(p, "maps");
		maps(p, "uid", ns->uid_map.v, ns->uid_map.n);
		maps(p, "gid", ns->gid_map.v, ns->gid_map.n);
		put(p, "%s%s", ns->map_with_helpers ? "  by newuidmap" : "",
		    ns->deny_setgroups ? "  setgroups denied" : "");
	}
	for (size_t i = 0; i < ns->clocks.n; i++) {
		line(p, "clock");
		put(p, "%s %+" PRId64 ".%09" PRIu32,
		    ns->clocks.v[i].clock == CLOCK_MONOTONIC ? "monotonic" : "boottime", ns->clocks.v[i].secs,
		    ns->clocks.v[i].nanosecs);
	}
	if (ns->hostname || ns->domainname) {
		line(p, "names");
		named(p, "host", ns->hostname);
		named(p, "domain", ns->domainname);
	}
	if (ns->loopback) {
		line(p, "network");
		put(p, "lo up");
	}
	for (size_t i = 0; i < ns->netdevs.n; i++) {
		line(p, "netdevice");
		word(p, ns->netdevs.v[i].name);
		named(p, "as", ns->netdevs.v[i].as);
	}
	for (size_t i = 0; i < ns->sysctl.n; i++) {
		line(p, "sysctl");
		word(p, ns->sysctl.v[i].key);
		put(p, " =");
		word(p, ns->sysctl.v[i].value);
	}
}

/* -- the file system */

static void print_mount(struct page *p, const struct plan_mount *m)
{
	line(p, "mount");
	put(p, "%s", plan_word_kind(m->kind));
	column(p, WIDE);
	word(p, m->cpath);
	named(p, "type", m->kind == PLAN_MOUNT_BIND ? NULL : m->fstype);
	named(p, "from", m->source);
	named(p, "options", plan_words_mount(m, p->arena));
	named(p, "data", m->data);
	maps(p, "uid", m->uid_map.v, m->uid_map.n);
	maps(p, "gid", m->gid_map.v, m->gid_map.n);
	named(p, m->selinux_option ? m->selinux_option : "context", m->selinux_context);
}

static void print_device(struct page *p, const struct plan_device *d)
{
	line(p, "device");
	word(p, d->cpath);
	column(p, NODE);
	if (S_ISFIFO(d->type))
		put(p, "p");
	else
		put(p, "%c %" PRIu32 ":%" PRIu32, S_ISBLK(d->type) ? 'b' : 'c', d->major, d->minor);
	put(p, "  %04o  %" PRIu32 ":%" PRIu32 "%s%s", d->mode, d->uid, d->gid, d->bind ? "  bind" : "",
	    d->is_default ? "" : "  asked for");
}

static void print_rootfs(struct page *p, const struct plan_rootfs *r, bool parent_opens)
{
	line(p, "root");
	word(p, r->path);
	put(p, "%s  %s  propagation %s  host tree %s%s", r->readonly ? "  readonly" : "",
	    r->in_host_ns || r->no_pivot ? "chroot" : "pivot_root", plan_word_propagation(r->propagation),
	    r->in_host_ns ? "shared with the container" : plan_word_propagation(r->host_propagation),
	    parent_opens ? "  sources opened by the parent" : "");
	named(p, "label", r->mount_label);
	for (size_t i = 0; i < r->mounts.n; i++)
		print_mount(p, &r->mounts.v[i]);
	for (size_t i = 0; i < r->devices.n; i++)
		print_device(p, &r->devices.v[i]);
	for (size_t i = 0; i < r->links.n; i++) {
		line(p, "link");
		word(p, r->links.v[i].cpath);
		put(p, " ->");
		word(p, r->links.v[i].target);
		named(p, "if", r->links.v[i].only_if);
	}
	if (r->console) {
		line(p, "console");
		put(p, "/dev/console");
	}
	for (size_t i = 0; i < r->masked.n; i++) {
		line(p, "hide");
		word(p, r->masked.v[i]);
	}
	for (size_t i = 0; i < r->readonly_paths.n; i++) {
		line(p, "readonly");
		word(p, r->readonly_paths.v[i]);
	}
}

/* -- cgroup */

static void device_number(struct page *p, char before, int64_t number)
{
	if (number < 0)
		put(p, "%c*", before);
	else
		put(p, "%c%" PRId64, before, number);
}

static void print_cgroup(struct page *p, const struct plan_cgroup *c, const struct plan_rootfs *r)
{
	line(p, "cgroup");
	put(p, "%s", plan_word_manager(c->manager));
	named(p, "path", c->path);
	put(p, "  layout %s%s%s", plan_word_layout(r->cgroup_layout), r->cgroup_ns ? "  own namespace" : "",
	    c->may_be_absent ? "  may be absent" : "");
	if (c->own)
		put(p, "  owner %" PRIu32, c->owner_uid);
	for (size_t i = 0; i < c->writes.n; i++) {
		const struct plan_write *w = &c->writes.v[i];

		line(p, "limit");
		word(p, w->file);
		put(p, " =");
		word(p, w->value);
		named(p, "controller", w->controller);
		put(p, "%s%s%s", w->optional ? "  optional" : "", w->otherwise ? "  otherwise" : "",
		    w->asks_nothing ? "  asks nothing" : "");
		named(p, "not below", w->usage);
	}
	for (size_t i = 0; i < c->devices.n; i++) {
		const struct plan_device_rule *d = &c->devices.v[i];

		line(p, d->allow ? "allow" : "deny");
		put(p, "%c", d->type);
		device_number(p, ' ', d->major);
		device_number(p, ':', d->minor);
		put(p, " %s%s%s", d->read ? "r" : "", d->write ? "w" : "", d->mknod ? "m" : "");
	}
}

/* -- the process */

static void rlimit_value(struct page *p, uint64_t value)
{
	if (value == RLIM_INFINITY)
		put(p, " unlimited");
	else
		put(p, " %" PRIu64, value);
}

static void print_caps(struct page *p, const struct plan_caps *c)
{
	const struct {
		const char *name;
		uint64_t mask;
	} sets[] = {
		{ "bounding", c->bounding },       { "effective", c->effective },
		{ "inheritable", c->inheritable }, { "permitted", c->permitted },
		{ "ambient", c->ambient },
	};

	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		const char *list = plan_words_caps(sets[i].mask, p->arena);

		line(p, "caps");
		put(p, "%-*s%s", WIDE - LABEL, sets[i].name, *list ? list : "none");
	}
}

static void print_scheduling(struct page *p, const struct plan_process *c)
{
	if (c->scheduler) {
		const struct oci_scheduler *s = c->scheduler;

		line(p, "scheduler");
		word(p, oci_word(&oci_enum_sched_policy, s->policy));
		put(p,
		    "  nice %" PRId32 "  priority %" PRId32 "  runtime %" PRIu64 "  deadline %" PRIu64
		    "  period %" PRIu64,
		    s->nice, s->priority, s->runtime, s->deadline, s->period);
		for (size_t i = 0; i < s->flags.n; i++)
			word(p, oci_word(&oci_enum_sched_flag, s->flags.v[i]));
	}
	if (c->io_priority) {
		line(p, "io");
		word(p, oci_word(&oci_enum_io_class, c->io_priority->class));
		put(p, " %" PRId32, c->io_priority->priority);
	}
	if (c->memory_policy) {
		const struct oci_memory_policy *m = c->memory_policy;

		line(p, "numa");
		word(p, oci_word(&oci_enum_mempolicy_mode, m->mode));
		named(p, "nodes", m->nodes);
		for (size_t i = 0; i < m->flags.n; i++)
			word(p, oci_word(&oci_enum_mempolicy_flag, m->flags.v[i]));
	}
	if (c->affinity) {
		line(p, "cpus");
		named(p, "initial", c->affinity->initial);
		named(p, "final", c->affinity->final);
	}
}

static void print_user(struct page *p, const struct plan_process *c)
{
	line(p, "user");
	put(p, "uid %" PRIu32 "  gid %" PRIu32, c->uid, c->gid);
	if (c->groups.n)
		put(p, "  groups");
	for (size_t i = 0; i < c->groups.n; i++)
		put(p, " %" PRIu32, c->groups.v[i]);
	put(p, "%s", c->keep_groups ? "  groups kept" : "");
	if (c->umask >= 0)
		put(p, "  umask %04o", (unsigned)c->umask);
}

static void print_process(struct page *p, const struct plan_process *c)
{
	print_user(p, c);
	for (size_t i = 0; i < c->rlimits.n; i++) {
		line(p, "rlimit");
		word(p, c->rlimits.v[i].name);
		rlimit_value(p, c->rlimits.v[i].soft);
		rlimit_value(p, c->rlimits.v[i].hard);
	}
	print_scheduling(p, c);
	print_caps(p, &c->caps);
	line(p, "confine");
	put(p, "%s", c->no_new_privs ? "no_new_privs" : "may gain privileges");
	named(p, "apparmor", c->apparmor);
	named(p, "selinux", c->selinux);
	named(p, "keyring", c->keyring);
	if (c->set_oom_score_adj)
		put(p, "  oom_score_adj %d", c->oom_score_adj);
	if (c->personality >= 0)
		put(p, "  personality %s", c->personality == PER_LINUX32 ? "LINUX32" : "LINUX");
}

static void print_seccomp(struct page *p, const struct plan_seccomp *s)
{
	if (!s->config)
		return;
	line(p, "seccomp");
	word(p, oci_word(&oci_enum_seccomp_action, s->config->default_action));
	put(p, " by default, %zu rules, loaded %s%s", s->config->syscalls.n,
	    s->late ? "last" : "before the capabilities go", s->notify ? ", notifies" : "");
	named(p, "listener", s->listener);
	put(p, "%s%s", s->fail_unknown ? "  unknown names fail" : "",
	    s->bpf_data ? "  replaced by an annotation" : "");
}

static void print_exec(struct page *p, const struct plan_process *c)
{
	line(p, "exec");
	words(p, &c->args);
	line(p, "cwd");
	word(p, c->cwd);
	if (c->terminal) {
		line(p, "terminal");
		if (c->rows | c->columns)
			put(p, "%" PRIu16 " rows  %" PRIu16 " columns", c->rows, c->columns);
		else
			put(p, "yes");
	}
	for (size_t i = 0; i < c->env.n; i++) {
		line(p, "env");
		word(p, c->env.v[i]);
	}
	if (c->add_home) {
		line(p, "env");
		put(p, "HOME of the user");
	}
}

static void print_hooks(struct page *p, const struct plan *plan)
{
	for (enum hook_stage s = 0; s < HOOK_STAGES; s++)
		for (size_t i = 0; i < plan->hooks[s].n; i++) {
			const struct plan_hook *h = &plan->hooks[s].v[i];

			line(p, "hook");
			put(p, "%s", plan_word_stage(s));
			column(p, WIDE);
			word(p, h->path);
			put(p, "  args");
			words(p, &h->args);
			put(p, h->env_set ? "  env" : "  env inherited");
			words(p, &h->env);
			if (h->timeout)
				put(p, "  timeout %d", h->timeout);
		}
}

static void print_rdt(struct page *p, const struct plan_rdt *r)
{
	if (!r->root)
		return;
	line(p, "resctrl");
	put(p, "%s", r->may_create ? "make or check" : "join");
	named(p, "group", *r->group ? r->group : "/");
	put(p, "%s", r->remove ? "  removed in the end" : "");
	named(p, "monitor", r->monitor);
	for (size_t i = 0; i < r->schemata.n; i++) {
		line(p, "schemata");
		word(p, r->schemata.v[i]);
	}
}

char *plan_text(const struct plan *plan, struct arena *a)
{
	struct page p = { .text = STRBUF(a), .arena = a };

	line(&p, "container");
	word(&p, plan->id);
	named(&p, "bundle", plan->bundle);
	print_ns(&p, &plan->ns);
	print_rootfs(&p, &plan->rootfs, plan->ns.parent_opens);
	print_cgroup(&p, &plan->cgroup, &plan->rootfs);
	print_rdt(&p, &plan->rdt);
	if (plan->has_process) {
		print_process(&p, &plan->process);
		print_seccomp(&p, &plan->seccomp);
		print_exec(&p, &plan->process);
	} else {
		print_seccomp(&p, &plan->seccomp);
		line(&p, "exec");
		put(&p, "nothing: the config has no process, start will fail");
	}
	print_hooks(&p, plan);
	for (size_t i = 0; i < plan->warnings.n; i++) {
		line(&p, "warning");
		put(&p, "%s", plan->warnings.v[i]);
	}
	strbuf_puts(&p.text, "\n");
	return p.text.text;
}
