/* Numbers of the plan back into the words of the config. */
#include "plan/parts.h"

#include "base/names.h"
#include "base/str.h"

#include <linux/mount.h>
#include <sched.h>

static void add(struct strbuf *b, const char *word)
{
	if (b->len)
		strbuf_puts(b, ",");
	strbuf_puts(b, word);
}

static const char *done(struct strbuf *b)
{
	return b->text ? b->text : "";
}

static void add_flags(struct strbuf *b, const struct name *table, uint64_t flags)
{
	for (; table->name; table++)
		if (flags & (uint64_t)table->value)
			add(b, table->name);
}

const char *plan_words_ns(int flags, struct arena *a)
{
	static const struct name table[] = {
		{ "user", CLONE_NEWUSER },     { "mount", CLONE_NEWNS },  { "pid", CLONE_NEWPID },
		{ "network", CLONE_NEWNET },   { "ipc", CLONE_NEWIPC },   { "uts", CLONE_NEWUTS },
		{ "cgroup", CLONE_NEWCGROUP }, { "time", CLONE_NEWTIME }, { NULL, 0 },
	};
	struct strbuf b = STRBUF(a);

	add_flags(&b, table, (uint32_t)flags);
	return done(&b);
}

/* set and clear are one list here: "ro,nosuid,dev,noatime"; `r` is put before each word of a tree. */
static void add_attrs(struct strbuf *b, uint64_t set, uint64_t clear, const char *r)
{
	static const struct {
		uint64_t flag;
		const char *set, *clear;
	} table[] = {
		{ MOUNT_ATTR_RDONLY, "ro", "rw" },
		{ MOUNT_ATTR_NOSUID, "nosuid", "suid" },
		{ MOUNT_ATTR_NODEV, "nodev", "dev" },
		{ MOUNT_ATTR_NOEXEC, "noexec", "exec" },
		{ MOUNT_ATTR_NODIRATIME, "nodiratime", "diratime" },
		{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow", "symfollow" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (!((set | clear) & table[i].flag))
			continue;
		add(b, r);
		strbuf_puts(b, set & table[i].flag ? table[i].set : table[i].clear);
	}
	if (clear & MOUNT_ATTR__ATIME) {
		add(b, r);
		strbuf_puts(b, set & MOUNT_ATTR_NOATIME       ? "noatime"
			       : set & MOUNT_ATTR_STRICTATIME ? "strictatime"
							      : "relatime");
	}
}

const char *plan_word_propagation(unsigned long flags)
{
	static const struct name table[] = {
		{ "shared", MS_SHARED },
		{ "rshared", MS_SHARED | MS_REC },
		{ "slave", MS_SLAVE },
		{ "rslave", MS_SLAVE | MS_REC },
		{ "private", MS_PRIVATE },
		{ "rprivate", MS_PRIVATE | MS_REC },
		{ "unbindable", MS_UNBINDABLE },
		{ "runbindable", MS_UNBINDABLE | MS_REC },
		{ NULL, 0 },
	};

	return names_name(table, (int64_t)flags);
}

const char *plan_words_mount(const struct plan_mount *m, struct arena *a)
{
	static const struct name sb_table[] = {
		{ "sync", MS_SYNCHRONOUS },   { "dirsync", MS_DIRSYNC },
		{ "mand", MS_MANDLOCK },      { "silent", MS_SILENT },
		{ "iversion", MS_I_VERSION }, { "lazytime", MS_LAZYTIME },
		{ "device-ro", MS_RDONLY },   { NULL, 0 },
	};
	struct strbuf b = STRBUF(a);

	if (m->kind == PLAN_MOUNT_BIND)
		add(&b, m->recursive ? "rbind" : "bind");
	add_attrs(&b, m->attr_set, m->attr_clear, "");
	add_attrs(&b, m->rec_set, m->rec_clear, "r");
	add_flags(&b, sb_table, m->sb_flags);
	for (size_t i = 0; m->propagation[i]; i++)
		add(&b, plan_word_propagation(m->propagation[i]));
	if (m->idmap)
		add(&b, m->idmap_recursive ? "ridmap" : "idmap");
	if (m->tmpcopyup)
		add(&b, "tmpcopyup");
	if (m->copy_symlink)
		add(&b, "copy-symlink");
	if (m->source_nofollow)
		add(&b, "src-nofollow");
	if (m->dest_nofollow)
		add(&b, "dest-nofollow");
	return done(&b);
}

const char *plan_words_caps(uint64_t mask, struct arena *a)
{
	struct strbuf b = STRBUF(a);
	struct oci_strv names = plan_cap_names(a);

	for (size_t i = 0; i < names.n; i++)
		if (mask & (UINT64_C(1) << i))
			add(&b, names.v[i]);
	return done(&b);
}

const char *plan_word_kind(enum plan_mount_kind kind)
{
	static const char *const words[] = {
		[PLAN_MOUNT_FS] = "fs",
		[PLAN_MOUNT_BIND] = "bind",
		[PLAN_MOUNT_REMOUNT] = "remount",
		[PLAN_MOUNT_CGROUP] = "cgroup",
		[PLAN_MOUNT_PROPAGATION] = "propagation",
	};

	return words[kind];
}

const char *plan_word_manager(enum cgroup_manager manager)
{
	static const char *const words[] = {
		[CGROUP_MANAGER_FS] = "cgroupfs",
		[CGROUP_MANAGER_SYSTEMD] = "systemd",
		[CGROUP_MANAGER_DISABLED] = "disabled",
	};

	return words[manager];
}

const char *plan_word_layout(enum cgroup_layout layout)
{
	static const char *const words[] = {
		[CGROUP_NONE] = "none",
		[CGROUP_UNIFIED] = "unified",
		[CGROUP_HYBRID] = "hybrid",
		[CGROUP_LEGACY] = "legacy",
	};

	return words[layout];
}

const char *plan_word_stage(enum hook_stage stage)
{
	static const char *const words[HOOK_STAGES] = {
		[HOOK_PRESTART] = "prestart",
		[HOOK_CREATE_RUNTIME] = "createRuntime",
		[HOOK_CREATE_CONTAINER] = "createContainer",
		[HOOK_START_CONTAINER] = "startContainer",
		[HOOK_POSTSTART] = "poststart",
		[HOOK_POSTSTOP] = "poststop",
	};

	return words[stage];
}
