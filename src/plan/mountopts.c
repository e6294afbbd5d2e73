/* Mount options: words -> flags, as mount(8) and config.md (Linux mount options) define them. */
#include "plan/parts.h"

#include "base/num.h"
#include "base/str.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>

enum effect {
	SET,     /* attribute of this mount */
	CLEAR,   /* its opposite */
	ATIME,   /* one of the values that share the atime field */
	REC_SET, /* the same three for the whole tree */
	REC_CLEAR,
	REC_ATIME,
	SB_SET, /* flag of the file system itself */
	SB_CLEAR,
	PROPAGATION, /* of the mount, when it is in place */
	WORD,        /* one of enum word */
};

enum word {
	WORD_IGNORE, /* for fstab(5) readers only */
	WORD_BIND,
	WORD_RBIND,
	WORD_REMOUNT,
	WORD_IDMAP,
	WORD_RIDMAP,
	WORD_TMPCOPYUP,
	WORD_COPY_SYMLINK,
	WORD_SRC_NOFOLLOW,
	WORD_DEST_NOFOLLOW,
};

/* Sorted by name, for bsearch(). */
static const struct option {
	const char *name;
	enum effect effect;
	uint64_t value;
} options[] = {
	{ "_netdev", WORD, WORD_IGNORE },
	{ "async", SB_CLEAR, MS_SYNCHRONOUS },
	{ "atime", ATIME, MOUNT_ATTR_RELATIME },
	{ "auto", WORD, WORD_IGNORE },
	{ "bind", WORD, WORD_BIND },
	{ "copy-symlink", WORD, WORD_COPY_SYMLINK },
	{ "defaults", WORD, WORD_IGNORE },
	{ "dest-nofollow", WORD, WORD_DEST_NOFOLLOW },
	{ "dev", CLEAR, MOUNT_ATTR_NODEV },
	{ "diratime", CLEAR, MOUNT_ATTR_NODIRATIME },
	{ "dirsync", SB_SET, MS_DIRSYNC },
	{ "exec", CLEAR, MOUNT_ATTR_NOEXEC },
	{ "idmap", WORD, WORD_IDMAP },
	{ "iversion", SB_SET, MS_I_VERSION },
	{ "lazytime", SB_SET, MS_LAZYTIME },
	{ "loud", SB_CLEAR, MS_SILENT },
	{ "mand", SB_SET, MS_MANDLOCK },
	{ "noatime", ATIME, MOUNT_ATTR_NOATIME },
	{ "noauto", WORD, WORD_IGNORE },
	{ "nodev", SET, MOUNT_ATTR_NODEV },
	{ "nodiratime", SET, MOUNT_ATTR_NODIRATIME },
	{ "noexec", SET, MOUNT_ATTR_NOEXEC },
	{ "nofail", WORD, WORD_IGNORE },
	{ "noiversion", SB_CLEAR, MS_I_VERSION },
	{ "nolazytime", SB_CLEAR, MS_LAZYTIME },
	{ "nomand", SB_CLEAR, MS_MANDLOCK },
	{ "norelatime", ATIME, MOUNT_ATTR_RELATIME }, /* the kernel's default is relatime all the same */
	{ "nostrictatime", ATIME, MOUNT_ATTR_RELATIME },
	{ "nosuid", SET, MOUNT_ATTR_NOSUID },
	{ "nosymfollow", SET, MOUNT_ATTR_NOSYMFOLLOW },
	{ "private", PROPAGATION, MS_PRIVATE },
	{ "ratime", REC_ATIME, MOUNT_ATTR_RELATIME },
	{ "rbind", WORD, WORD_RBIND },
	{ "rdev", REC_CLEAR, MOUNT_ATTR_NODEV },
	{ "rdiratime", REC_CLEAR, MOUNT_ATTR_NODIRATIME },
	{ "relatime", ATIME, MOUNT_ATTR_RELATIME },
	{ "remount", WORD, WORD_REMOUNT },
	{ "rexec", REC_CLEAR, MOUNT_ATTR_NOEXEC },
	{ "ridmap", WORD, WORD_RIDMAP },
	{ "rnoatime", REC_ATIME, MOUNT_ATTR_NOATIME },
	{ "rnodev", REC_SET, MOUNT_ATTR_NODEV },
	{ "rnodiratime", REC_SET, MOUNT_ATTR_NODIRATIME },
	{ "rnoexec", REC_SET, MOUNT_ATTR_NOEXEC },
	{ "rnorelatime", REC_ATIME, MOUNT_ATTR_RELATIME },
	{ "rnostrictatime", REC_ATIME, MOUNT_ATTR_RELATIME },
	{ "rnosuid", REC_SET, MOUNT_ATTR_NOSUID },
	{ "rnosymfollow", REC_SET, MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro", SET, MOUNT_ATTR_RDONLY },
	{ "rprivate", PROPAGATION, MS_PRIVATE | MS_REC },
	{ "rrelatime", REC_ATIME, MOUNT_ATTR_RELATIME },
	{ "rro", REC_SET, MOUNT_ATTR_RDONLY },
	{ "rrw", REC_CLEAR, MOUNT_ATTR_RDONLY },
	{ "rshared", PROPAGATION, MS_SHARED | MS_REC },
	{ "rslave", PROPAGATION, MS_SLAVE | MS_REC },
	{ "rstrictatime", REC_ATIME, MOUNT_ATTR_STRICTATIME },
	{ "rsuid", REC_CLEAR, MOUNT_ATTR_NOSUID },
	{ "rsymfollow", REC_CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable", PROPAGATION, MS_UNBINDABLE | MS_REC },
	{ "rw", CLEAR, MOUNT_ATTR_RDONLY },
	{ "shared", PROPAGATION, MS_SHARED },
	{ "silent", SB_SET, MS_SILENT },
	{ "slave", PROPAGATION, MS_SLAVE },
	{ "src-nofollow", WORD, WORD_SRC_NOFOLLOW },
	{ "strictatime", ATIME, MOUNT_ATTR_STRICTATIME },
	{ "suid", CLEAR, MOUNT_ATTR_NOSUID },
	{ "symfollow", CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync", SB_SET, MS_SYNCHRONOUS },
	{ "tmpcopyup", WORD, WORD_TMPCOPYUP },
	{ "unbindable", PROPAGATION, MS_UNBINDABLE },
};

enum { OPTIONS = sizeof options / sizeof *options };

static int by_name(const void *key, const void *entry)
{
	return strcmp(key, ((const struct option *)entry)->name);
}

struct oci_strv plan_mount_options(struct arena *a)
{
	struct oci_strv ret = { arena_array(a, OPTIONS + 1, sizeof *ret.v), 0 };

	for (size_t i = 0; i < OPTIONS; i++)
		if (options[i].effect != WORD || options[i].value != WORD_IGNORE ||
		    str_eq(options[i].name, "defaults"))
			ret.v[ret.n++] = arena_strdup(a, options[i].name);
	return ret;
}

/* The last word on an attribute wins. mount_setattr(2) wants a field cleared in which a value is set. */
static void attr(uint64_t *set, uint64_t *clear, enum effect effect, uint64_t value)
{
	uint64_t field = effect == ATIME ? MOUNT_ATTR__ATIME : value;

	*set &= ~field;
	*clear &= ~field;
	if (effect != CLEAR)
		*set |= value;
	if (effect != SET)
		*clear |= field;
}

static void word(enum word w, struct plan_mount *m)
{
	switch (w) {
	case WORD_RBIND:
		m->recursive = true;
		m->kind = PLAN_MOUNT_BIND;
		break;
	case WORD_BIND:
		m->kind = PLAN_MOUNT_BIND;
		break;
	case WORD_REMOUNT:
		m->kind = PLAN_MOUNT_REMOUNT;
		break;
	case WORD_RIDMAP:
		m->idmap_recursive = true;
		m->idmap = true;
		break;
	case WORD_IDMAP:
		m->idmap = true;
		break;
	case WORD_TMPCOPYUP:
		m->tmpcopyup = true;
		break;
	case WORD_COPY_SYMLINK:
		m->copy_symlink = true;
		break;
	case WORD_SRC_NOFOLLOW:
		m->source_nofollow = true;
		break;
	case WORD_DEST_NOFOLLOW:
		m->dest_nofollow = true;
		break;
	case WORD_IGNORE:
		break;
	}
}

static int propagation(struct plan_mount *m, uint64_t flags, const char *where, struct err *e)
{
	size_t max = sizeof m->propagation / sizeof *m->propagation - 1;

	for (size_t i = 0; i < max; i++) {
		if (m->propagation[i])
			continue;
		m->propagation[i] = flags;
		return 0;
	}
	return err_say(e, EINVAL, "%s.options: more than %zu propagation options", where, max);
}

static int apply(const struct option *o, const char *where, struct plan_mount *m, struct err *e)
{
	switch (o->effect) {
	case SET:
	case CLEAR:
	case ATIME:
		attr(&m->attr_set, &m->attr_clear, o->effect, o->value);
		return 0;
	case REC_SET:
	case REC_CLEAR:
	case REC_ATIME:
		attr(&m->rec_set, &m->rec_clear, o->effect - REC_SET + SET, o->value);
		return 0;
	case SB_SET:
		m->sb_flags |= o->value;
		return 0;
	case SB_CLEAR:
		m->sb_flags &= ~o->value;
		return 0;
	case PROPAGATION:
		return propagation(m, o->value, where, e);
	case WORD:
		/* "bind,remount" changes the flags of a mount, in either order */
		if (m->kind == PLAN_MOUNT_REMOUNT && (o->value == WORD_BIND || o->value == WORD_RBIND))
			m->recursive = o->value == WORD_RBIND;
		else
			word((enum word)o->value, m);
		return 0;
	}
	return 0;
}

/* "0-1000-1#1-100000-999": inside, outside, count, as in uid_map. */
static int triplets(char *list, const char *where, struct arena *a, struct plan_map **ret, size_t *ret_n,
		    struct err *e)
{
	struct plan_map *v = NULL;
	size_t n = 0, cap = 0;

	for (char *one = list, *next; one; one = next) {
		char *save = NULL, *part[3];

		next = strchr(one, '#');
		if (next)
			*next++ = '\0';
		for (int i = 0; i < 3; i++)
			part[i] = strtok_r(i ? NULL : one, "-", &save);
		v = arena_grow(a, v, &cap, n + 1, sizeof *v);
		if (!part[0] || !part[1] || !part[2] || *save || !num_u32(part[0], &v[n].inside) ||
		    !num_u32(part[1], &v[n].outside) || !num_u32(part[2], &v[n].count))
			return err_say(e, EINVAL, "%s.options: idmap wants FROM-TO-COUNT, joined by '#'",
				       where);
		n++;
	}
	*ret = v;
	*ret_n = n;
	return plan_idmap_check(where, v, n, e);
}

/* "uids=0-1-10#10-11-10;gids=0-100-10": a mapping in an option, as podman writes it. */
static int idmap_text(const char *text, const char *where, struct arena *a, struct plan_mount *m,
		      struct err *e)
{
	char *copy = arena_strdup(a, text), *save = NULL;

	for (char *part = strtok_r(copy, ";", &save); part; part = strtok_r(NULL, ";", &save)) {
		bool uids = str_after(part, "uids=");
		struct plan_map *v = NULL;
		size_t n = 0;

		if (!uids && !str_after(part, "gids="))
			return err_say(e, EINVAL, "%s.options: idmap knows uids= and gids=, not '%s'", where,
				       part);
		if (part[5] == '@')
			return err_say(e, ENOTSUP,
				       "%s.options: idmap relative to the container ('@') is not supported",
				       where);
		TRY(triplets(part + 5, where, a, &v, &n, e));
		if (uids) {
			m->uid_map.v = v;
			m->uid_map.n = n;
		} else {
			m->gid_map.v = v;
			m->gid_map.n = n;
		}
	}
	m->idmap = true;
	return 0;
}

int plan_mountopts_parse(const struct oci_strv *words, const char *where, struct arena *a,
			 struct plan_mount *ret, struct err *e)
{
	struct strbuf data = STRBUF(a);

	for (size_t i = 0; i < words->n; i++) {
		const char *w = words->v[i], *idmap = str_after(w, "idmap=");
		const struct option *o = bsearch(w, options, OPTIONS, sizeof *options, by_name);

		if (!idmap && (idmap = str_after(w, "ridmap=")))
			ret->idmap_recursive = true;
		if (o) {
			TRY(apply(o, where, ret, e));
		} else if (idmap) {
			TRY(idmap_text(idmap, where, a, ret, e));
		} else if (*w && !str_after(w, "x-") && !str_after(w, "X-")) {
			if (data.len)
				strbuf_puts(&data, ",");
			strbuf_puts(&data, w);
		}
	}
	ret->data = data.text;
	return 0;
}
