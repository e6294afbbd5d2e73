/* A new file system instance: fsopen, its options one by one, fsmount, move_mount. */
#include "rootfs/fs.h"

#include "base/own.h"
#include "base/str.h"
#include "rootfs/idmapped.h"
#include "rootfs/mount_legacy.h"
#include "sys/beneath.h"
#include "sys/mountapi.h"

#include <string.h>
#include <sys/mount.h>

/* What fsconfig() takes as a string value (Linux copies 256 bytes with the NUL). */
#define VALUE_MAX 255

/* Superblock flags that fsconfig() knows by name. MS_SILENT only quiets the kernel log. */
static const struct {
	unsigned long flag;
	const char *key;
} sb_keys[] = {
	{ MS_RDONLY, "ro" },         { MS_SYNCHRONOUS, "sync" }, { MS_DIRSYNC, "dirsync" },
	{ MS_LAZYTIME, "lazytime" }, { MS_MANDLOCK, "mand" },
};

#define SB_KEYS (sizeof sb_keys / sizeof *sb_keys)

/* Length of the option at s: up to a comma that is not inside quotes. */
static size_t option_length(const char *s)
{
	bool quoted = false;
	size_t n = 0;

	for (; s[n] && (quoted || s[n] != ','); n++)
		if (s[n] == '"')
			quoted = !quoted;
	return n;
}

/* Can fsconfig() say all of it? Long values (overlay's lowerdir) and odd flags go through mount(2). */
static bool fits_fsconfig(const struct plan_mount *m)
{
	unsigned long known = MS_SILENT;

	for (size_t i = 0; i < SB_KEYS; i++)
		known |= sb_keys[i].flag;
	if (m->sb_flags & ~known)
		return false;
	for (const char *s = m->data ? m->data : ""; *s;) {
		size_t n = option_length(s);

		if (n > VALUE_MAX)
			return false;
		s += n + (s[n] == ',');
	}
	return !m->source || strlen(m->source) <= VALUE_MAX;
}

/* The kernel's message about what went wrong ("e tmpfs: Bad value for 'size'"), else errno's. */
static int explain(int fs_fd, const struct plan_mount *m, int code, struct err *e)
{
	char line[256];
	ssize_t n;

	while ((n = read(fs_fd, line, sizeof line - 1)) > 0) {
		line[n] = '\0';
		if (n > 2 && line[0] == 'e') {
			line[strcspn(line, "\n")] = '\0';
			const char *text = line + 2;
			const char *rest = str_after(text, m->fstype);
			return rest && *rest == ':' ? err_say(e, code, "%s", text)
						    : err_say(e, code, "%s: %s", m->fstype, text);
		}
	}
	return err_set(e, code, "%s", m->fstype);
}

/* One "key=value" or "flag". Quotes around a value protect its commas and are not part of it. */
static int set_option(int fs_fd, const char *option, size_t n)
{
	char text[VALUE_MAX + 1];

	memcpy(text, option, n);
	text[n] = '\0';
	char *value = strchr(text, '=');
	if (!value)
		return sys_fsconfig(fs_fd, FSCONFIG_SET_FLAG, text, NULL, 0);
	*value++ = '\0';
	size_t len = strlen(value);
	if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
		value[len - 1] = '\0';
		value++;
	}
	return sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, text, value, 0);
}

static int configure(int fs_fd, const struct plan_mount *m)
{
	int r = 0;

	if (m->source)
		r = sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, "source", m->source, 0);
	for (size_t i = 0; r >= 0 && i < SB_KEYS; i++)
		if (m->sb_flags & sb_keys[i].flag)
			r = sys_fsconfig(fs_fd, FSCONFIG_SET_FLAG, sb_keys[i].key, NULL, 0);
	for (const char *s = m->data ? m->data : ""; r >= 0 && *s;) {
		size_t n = option_length(s);

		if (n)
			r = set_option(fs_fd, s, n);
		s += n + (s[n] == ',');
	}
	if (r >= 0 && m->selinux_context)
		r = sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, m->selinux_option, m->selinux_context, 0);
	return r < 0 ? r : sys_fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

int fs_new(const struct plan_mount *m, uint64_t attrs, struct err *e)
{
	if (!fits_fsconfig(m))
		return -ENOSYS;
	own_fd fs = sys_fsopen(m->fstype);
	if (fs == -ENODEV)
		return err_say(e, ENODEV, "unknown file system type '%s'", m->fstype);
	if (fs == -ENOSYS || fs == -EPERM) /* an old seccomp profile around us says EPERM */
		return -ENOSYS;
	if (fs < 0)
		return err_set(e, -fs, "%s", m->fstype);
	int r = configure(fs, m);
	if (r < 0)
		return explain(fs, m, -r, e);
	r = sys_fsmount(fs, attrs);
	return r < 0 ? explain(fs, m, -r, e) : r;
}

int fs_move(int tree_fd, int target_fd, struct err *e)
{
	int r = sys_move_mount(tree_fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);

	return r < 0 ? err_set(e, -r, "move mount") : 0;
}

static int attach_legacy(struct rootfs *r, const struct plan_mount *m, uint64_t attrs, int target_fd,
			 struct err *e)
{
	own_arena a = arena_new();
	struct strbuf data = STRBUF(a);

	strbuf_puts(&data, m->data ? m->data : "");
	if (m->selinux_context)
		strbuf_printf(&data, "%s%s=\"%s\"", data.len ? "," : "", m->selinux_option,
			      m->selinux_context);
	int res = legacy_mount(m->source, target_fd, m->fstype, m->sb_flags | legacy_flags(attrs), data.text);
	if (res == -ENODEV)
		return err_say(e, ENODEV, "unknown file system type '%s'", m->fstype);
	if (res < 0)
		return err_set(e, -res, "%s", m->fstype);
	return beneath_open(r->root_fd, m->cpath, O_PATH, e);
}

int fs_attach(struct rootfs *r, const struct plan_mount *m, uint64_t attrs, int target_fd, struct err *e)
{
	own_fd tree = fs_new(m, attrs, e);

	if (tree == -ENOSYS)
		return attach_legacy(r, m, attrs, target_fd, e);
	if (tree < 0)
		return tree;
	if (m->idmap)
		TRY(idmapped_apply(tree, m, e));
	TRY(fs_move(tree, target_fd, e));
	return TAKE_FD(tree);
}
