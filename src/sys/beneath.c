/* Resolve paths of a config or an image inside a root directory. */
#include "sys/beneath.h"

#include "base/own.h"
#include "sys/compat.h"

#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum {
	MAX_TRIES = 128, /* against renames that race us */
	MAX_LINKS = 40,  /* as the kernel (path_resolution(7)) */
	MAX_DEPTH = 256,
	PROC_MAGIC = 0x9fa0,
};

/* What the last component shall become when it is missing. */
enum make { MAKE_NOTHING, MAKE_DIRECTORY, MAKE_FILE };

struct want {
	int flags; /* for open */
	enum make make;
	mode_t mode; /* of what is made last; parents get 0755 */
};

/* A cache of "the kernel said ENOSYS", which no later call can change. */
static atomic_bool no_openat2;

static int try_openat2(int root_fd, const char *cpath, int flags)
{
	struct sys_open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, root_fd, cpath, &how, sizeof how);

	return fd < 0 ? -errno : fd;
}

bool beneath_have_openat2(void)
{
	/* A size of 0 is EINVAL to every kernel that has the call. */
	if (syscall(SYS_openat2, FD_NONE, "", NULL, 0) < 0 && errno == ENOSYS)
		atomic_store(&no_openat2, true);
	return !atomic_load(&no_openat2);
}

/*
 * The walk. `dirs` holds a descriptor of every directory between the root and where we are, so ".." needs no
 * lookup: it goes back to a directory that we came through, whatever was renamed meanwhile. No component is
 * opened with its symlink followed; a link's text is put in front of what is left of the path.
 */
struct walk {
	int dirs[MAX_DEPTH]; /* dirs[0] is the root, borrowed; the others are owned */
	int depth;           /* index of the current directory */
	int links;
	char rest[PATH_MAX];
};

static void walk_up(struct walk *w, int depth)
{
	while (w->depth > depth)
		(void)close(w->dirs[w->depth--]);
}

static void walk_done(struct walk *w)
{
	walk_up(w, 0);
}

/* One component cut off w->rest. `last`: nothing but slashes follows; `slash`: at least one slash does. */
struct part {
	char name[NAME_MAX + 1];
	bool last, slash;
};

static int walk_next(struct walk *w, struct part *ret)
{
	const char *name = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(name, "/");
	const char *rest = name + len;
	const char *next = rest + strspn(rest, "/");

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(ret->name, name, len);
	ret->name[len] = '\0';
	ret->slash = next > rest;
	ret->last = !*next;
	memmove(w->rest, next, strlen(next) + 1);
	return 0;
}

/*
 * With openat2 a link that does not lead where its text says is refused by RESOLVE_NO_MAGICLINKS. The text
 * alone never leads out of the root; this keeps both ways equal. procfs' own plain links (self, mounts, net)
 * have relative texts without a colon.
 */
static bool is_magic(int link_fd, const char *text)
{
	struct statfs fs;

	return fstatfs(link_fd, &fs) == 0 && fs.f_type == PROC_MAGIC && (text[0] == '/' || strchr(text, ':'));
}

static int walk_link(struct walk *w, int link_fd, const struct part *part)
{
	char text[PATH_MAX];
	size_t rest_len = strlen(w->rest);
	ssize_t n = readlinkat(link_fd, "", text, sizeof text);

	if (n < 0)
		return -errno;
	if (n == 0)
		return -ENOENT;
	/* room for the text, a slash, the rest and the NUL */
	if ((size_t)n + 1 + rest_len + 1 > sizeof text)
		return -ENAMETOOLONG;
	text[n] = '\0';
	if (++w->links > MAX_LINKS || is_magic(link_fd, text))
		return -ELOOP;
	if (text[0] == '/')
		walk_up(w, 0);
	if (part->slash)
		text[n++] = '/';
	memmove(w->rest + n, w->rest, rest_len + 1);
	memcpy(w->rest, text, (size_t)n);
	return 0;
}

/* Make a missing component. What is there when we look again is judged afresh, whoever put it there. */
static int make_part(int dir_fd, const struct part *part, const struct want *want)
{
	bool directory = !part->last || want->make == MAKE_DIRECTORY;

	if (!directory && part->slash)
		return -EISDIR;
	mode_t mode = part->last ? want->mode : 0755;
	int r = directory ? mkdirat(dir_fd, part->name, mode)
			  : mknodat(dir_fd, part->name, S_IFREG | mode, 0);

	return r < 0 && errno != EEXIST ? -errno : 0;
}

static int open_part(int dir_fd, const struct part *part, const struct want *want)
{
	const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir_fd, part->name, flags);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT || want->make == MAKE_NOTHING)
		return -errno;
	TRY(make_part(dir_fd, part, want));
	fd = openat(dir_fd, part->name, flags);
	if (fd >= 0)
		return fd;
	return errno == ENOENT ? -EAGAIN : -errno; /* removed again: a race */
}

/* *path_fd is the last component, and no link that is to be followed. Hand it out as it was asked for. */
static int finish(int dir_fd, int *path_fd, mode_t type, const struct part *part, const struct want *want)
{
	if (((want->flags & O_DIRECTORY) || part->slash) && !S_ISDIR(type))
		return -ENOTDIR;
	if (want->flags & O_PATH)
		return TAKE_FD(*path_fd);
	if (S_ISLNK(type))
		return -ELOOP;
	/* An O_PATH descriptor cannot be reopened without trust in /proc: open by name, never through a link.
	 */
	int fd = openat(dir_fd, part->name, want->flags | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	return errno == ELOOP || errno == ENOENT ? -EAGAIN : -errno; /* not what it was just now: a race */
}

/* One component onwards. 1: go on; *ret_fd is set at the end (0). */
static int walk_step(struct walk *w, const struct want *want, int *ret_fd)
{
	struct part part;
	struct stat st;

	TRY(walk_next(w, &part));
	int dir_fd = w->dirs[w->depth];
	bool up = strcmp(part.name, "..") == 0;
	if (up || part.name[0] == '\0' || strcmp(part.name, ".") == 0) {
		if (up && w->depth > 0)
			walk_up(w, w->depth - 1);
		if (!part.last)
			return 1;
		int fd = openat(w->dirs[w->depth], ".", want->flags | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		*ret_fd = fd;
		return 0;
	}
	own_fd fd = TRY(open_part(dir_fd, &part, want));
	if (fstat(fd, &st) < 0)
		return -errno;
	bool stay = part.last && !part.slash && (want->flags & O_NOFOLLOW);
	if (S_ISLNK(st.st_mode) && !stay) {
		TRY(walk_link(w, fd, &part));
		return 1;
	}
	if (part.last) {
		*ret_fd = TRY(finish(dir_fd, &fd, st.st_mode, &part, want));
		return 0;
	}
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (w->depth + 1 == MAX_DEPTH)
		return -ENAMETOOLONG;
	w->dirs[++w->depth] = TAKE_FD(fd);
	return 1;
}

static int walk_once(int root_fd, const char *cpath, const struct want *want)
{
	OWN(walk_done) struct walk w;
	size_t len = strlen(cpath);
	int fd = FD_NONE, r;

	w.dirs[0] = root_fd;
	w.depth = w.links = 0;
	if (len == 0)
		return -ENOENT;
	if (len >= sizeof w.rest)
		return -ENAMETOOLONG;
	memcpy(w.rest, cpath, len + 1);
	do {
		r = walk_step(&w, want, &fd);
	} while (r > 0);
	return r < 0 ? r : fd;
}

static int walk(int root_fd, const char *cpath, const struct want *want)
{
	int r = -EAGAIN;

	for (int i = 0; i < MAX_TRIES && r == -EAGAIN; i++)
		r = walk_once(root_fd, cpath, want);
	return r;
}

static int open_existing(int root_fd, const char *cpath, int flags)
{
	int r = -EAGAIN;

	if (atomic_load(&no_openat2))
		return walk(root_fd, cpath, &(struct want){ .flags = flags });
	/* EXDEV: a directory was moved out of the root while we were in it. */
	for (int i = 0; i < MAX_TRIES && (r == -EAGAIN || r == -EXDEV); i++)
		r = try_openat2(root_fd, cpath, flags);
	if (r == -EXDEV)
		r = -EAGAIN;
	if (r == -ENOSYS)
		atomic_store(&no_openat2, true);
	/* EPERM: a sandbox that does not know openat2, or a true refusal, which the walk then repeats. */
	if (r == -ENOSYS || r == -EPERM)
		r = walk(root_fd, cpath, &(struct want){ .flags = flags });
	return r;
}

/*
 * The usual case of a missing directory: only its last component is. Whatever is odd about the path or
 * happens meanwhile is an error here, and for the walk to judge.
 */
static int make_last(int root_fd, const char *cpath, const struct want *want)
{
	char dir[PATH_MAX];
	struct part part = { .last = true };
	size_t end = strlen(cpath);

	while (end > 0 && cpath[end - 1] == '/')
		end--;
	size_t start = end;
	while (start > 0 && cpath[start - 1] != '/')
		start--;
	if (start == end || end - start > NAME_MAX || start >= sizeof dir)
		return -EINVAL;
	memcpy(part.name, cpath + start, end - start);
	part.name[end - start] = '\0';
	if (strcmp(part.name, ".") == 0 || strcmp(part.name, "..") == 0)
		return -EINVAL;
	memcpy(dir, cpath, start);
	dir[start] = '\0';
	own_fd parent = TRY(open_existing(root_fd, start ? dir : "/", O_PATH | O_DIRECTORY));
	TRY(make_part(parent, &part, want));
	int fd = openat(parent, part.name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The existing directory or file, or a new one. */
static int open_or_make(int root_fd, const char *cpath, const struct want *want)
{
	int r = open_existing(root_fd, cpath, want->flags);

	if (r == -ENOENT && want->make == MAKE_DIRECTORY)
		r = make_last(root_fd, cpath, want);
	else if (r != -ENOENT)
		return r;
	return r < 0 ? walk(root_fd, cpath, want) : r;
}

static const char *slash_before(const char *cpath)
{
	return cpath[0] == '/' ? "" : "/";
}

int beneath_open(int root_fd, const char *cpath, int flags, struct err *e)
{
	if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))
		return err_set(e, EINVAL, "open %s%s", slash_before(cpath), cpath);
	int r = open_existing(root_fd, cpath, flags);
	return r < 0 ? err_set(e, -r, "open %s%s", slash_before(cpath), cpath) : r;
}

int beneath_mkdir(int root_fd, const char *cpath, mode_t mode, struct err *e)
{
	struct want want = { .flags = O_PATH | O_DIRECTORY, .make = MAKE_DIRECTORY, .mode = mode };
	int r = open_or_make(root_fd, cpath, &want);

	return r < 0 ? err_set(e, -r, "create %s%s", slash_before(cpath), cpath) : r;
}

int beneath_parent(int root_fd, const char *cpath, bool create, char **ret_name, struct err *e)
{
	size_t end = strlen(cpath);

	while (end > 0 && cpath[end - 1] == '/')
		end--;
	size_t start = end;
	while (start > 0 && cpath[start - 1] != '/')
		start--;
	own_str name = strndup(cpath + start, end - start);
	own_str dir = start > 0 ? strndup(cpath, start) : strdup("/");
	if (!name || !dir)
		return err_set(e, ENOMEM, "open %s%s", slash_before(cpath), cpath);
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_set(e, EINVAL, "open %s%s: no name at its end", slash_before(cpath), cpath);
	int fd = TRY(create ? beneath_mkdir(root_fd, dir, 0755, e)
			    : beneath_open(root_fd, dir, O_PATH | O_DIRECTORY, e));
	*ret_name = TAKE_PTR(name);
	return fd;
}

int beneath_target(int root_fd, const char *cpath, bool directory, bool nofollow, struct err *e)
{
	struct want want = {
		.flags = O_PATH | (nofollow    ? O_NOFOLLOW
				   : directory ? O_DIRECTORY
					       : 0),
		.make = directory ? MAKE_DIRECTORY : MAKE_FILE,
		.mode = directory ? 0755 : 0644,
	};
	struct stat st;
	int r = open_or_make(root_fd, cpath, &want);

	if (r < 0)
		return err_set(e, -r, "create %s%s", slash_before(cpath), cpath);
	own_fd fd = r;
	if (want.flags & O_DIRECTORY)
		return TAKE_FD(fd);
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "stat %s%s", slash_before(cpath), cpath);
	if (directory && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode))
		return err_set(e, ENOTDIR, "open %s%s", slash_before(cpath), cpath);
	if (!directory && S_ISDIR(st.st_mode))
		return err_set(e, EISDIR, "open %s%s", slash_before(cpath), cpath);
	return TAKE_FD(fd);
}
