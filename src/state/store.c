/* The state directory of a container. */
#include "state/store.h"

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "husk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { RECORD_LIMIT = 16 * 1024 * 1024 };

/* mkdir -p with 0700; the missing parents of a root are ours, so they are private too. */
static int make_dirs(const char *path, struct err *e)
{
	own_str copy = strdup(path);

	if (!copy)
		return err_set(e, ENOMEM, "create %s", path);
	for (char *p = copy + 1;; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			return err_set(e, errno, "create %s", copy);
		*p = c;
		if (!c)
			return 0;
	}
}

int store_open_root(const char *root, struct err *e)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

	if (root[0] != '/' || root[strspn(root, "/")] == '\0')
		return err_say(e, EINVAL, "root directory '%s' must be an absolute path below /", root);
	int fd = open(root, flags);
	if (fd < 0 && errno == ENOENT) {
		TRY(make_dirs(root, e));
		fd = open(root, flags);
	}
	if (fd < 0)
		return err_set(e, errno, "open root directory %s", root);
	return fd;
}

static int take_lock(int dir_fd, int how)
{
	int r;

	do {
		r = flock(dir_fd, how);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

/* Is the directory behind the descriptor still the one of that name? Whoever removes it holds its lock, so
 * under the lock the answer stays true. */
static bool still_there(int root_fd, int dir_fd, const char *id)
{
	struct stat ours, named;

	return fstat(dir_fd, &ours) == 0 && fstatat(root_fd, id, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

static int is_missing(const char *id, struct err *e)
{
	return err_say(e, ENOENT, "container \"%s\" does not exist", id);
}

int store_lock(int root_fd, int dir_fd, const char *id, struct err *e)
{
	int r = take_lock(dir_fd, LOCK_EX);

	if (r < 0)
		return err_set(e, -r, "lock state directory");
	return still_there(root_fd, dir_fd, id) ? 0 : is_missing(id, e);
}

void store_unlock(int dir_fd)
{
	(void)take_lock(dir_fd, LOCK_UN);
}

/* Where everybody may write, anybody can put a record with hooks of his own, and wait for root to delete it.
 */
static int check_owner(int root_fd, int dir_fd, struct err *e)
{
	struct stat root, dir;

	if (fstat(dir_fd, &dir) < 0)
		return err_set(e, errno, "check state directory");
	if (dir.st_uid == geteuid())
		return 0;
	if (fstat(root_fd, &root) < 0)
		return err_set(e, errno, "check root directory");
	if (root.st_mode & S_IWOTH)
		return err_say(
			e, EPERM,
			"state directory belongs to uid %u, and everybody can write to the root directory",
			dir.st_uid);
	return 0;
}

/* An id that exists is free all the same when its create was killed half-way: we got the lock, and it says
 * so. */
static int check_left_behind(int dir_fd, const char *id, struct err *e)
{
	own_arena a = arena_new();
	struct oci_saved *saved;
	int r = store_load(dir_fd, id, a, &saved, e);

	if (r == -ENOENT || (r == 0 && saved->status == OCI_STATUS_CREATING))
		return 0;
	TRY(r);
	return err_say(e, EEXIST, "container with given ID already exists");
}

/* Open and lock it, without waiting. -EAGAIN: it was removed under our hands. */
static int seize(int root_fd, const char *id, struct err *e)
{
	own_fd fd = openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? -EAGAIN : err_set(e, errno, "open state directory");
	TRY(check_owner(root_fd, fd, e));
	int r = take_lock(fd, LOCK_EX | LOCK_NB);
	if (r < 0 && r != -EWOULDBLOCK)
		return err_set(e, -r, "lock state directory");
	if (r == 0 && !still_there(root_fd, fd, id))
		return -EAGAIN;
	if (r < 0)
		return err_say(e, EEXIST, "container with given ID already exists");
	TRY(check_left_behind(fd, id, e)); /* even a new one: another create may have been faster */
	return TAKE_FD(fd);
}

int store_reserve(int root_fd, const char *id, bool *ret_stale, struct err *e)
{
	enum { TRIES = 100 }; /* each one lost to a complete delete of that id */

	for (int i = 0; i < TRIES; i++) {
		bool fresh = mkdirat(root_fd, id, 0700) == 0;

		if (!fresh && errno != EEXIST)
			return err_set(e, errno, "create state directory");
		int r = seize(root_fd, id, e);
		if (r == -EAGAIN)
			continue;
		if (r < 0 && r != -EEXIST && fresh)
			(void)unlinkat(root_fd, id, AT_REMOVEDIR);
		if (r >= 0)
			*ret_stale = !fresh;
		return r;
	}
	return err_say(e, EEXIST, "container with given ID already exists");
}

int store_open(int root_fd, const char *id, struct err *e)
{
	TRY(husk_check_id(id, e));
	own_fd fd = openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return is_missing(id, e);
	if (fd < 0)
		return err_set(e, errno, "open state directory");
	TRY(check_owner(root_fd, fd, e));
	return TAKE_FD(fd);
}

int store_save(int dir_fd, const struct oci_saved *saved, struct arena *a, struct err *e)
{
	char *text;
	size_t len;

	TRY(oci_write(&oci_type_saved, saved, 0, a, &text, &len, e));
	return file_write_atomic(dir_fd, "state.json", text, len, 0600, e);
}

int store_load(int dir_fd, const char *id, struct arena *a, struct oci_saved **ret, struct err *e)
{
	char *text;
	size_t len;
	void *saved;

	int r = file_read(dir_fd, "state.json", RECORD_LIMIT, a, &text, &len, e);
	if (r == -ENOENT)
		return is_missing(id, e);
	TRY(r);
	TRY_IN(oci_parse(&oci_type_saved, text, len, a, &saved, e), e, "state.json");
	*ret = saved;
	return 0;
}

int store_remove(int root_fd, const char *id, struct err *e)
{
	/* state.json first: without it the directory is nobody's, whatever happens next */
	static const char *const files[] = {
		"state.json",         "config.json",       "go", "result", "state.json.tmp", "resources.json",
		"resources.json.tmp", "notify/notify.sock"
	};
	enum { USUAL = 4 }; /* the others are there after an update, or when their writer was killed */
	own_fd fd = openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : err_set(e, errno, "open state directory");
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		if (i >= USUAL && unlinkat(root_fd, id, AT_REMOVEDIR) == 0)
			return 0;
		if (unlinkat(fd, files[i], 0) < 0 && errno != ENOENT)
			return err_set(e, errno, "remove %s from the state directory", files[i]);
	}
	(void)unlinkat(fd, "notify", AT_REMOVEDIR);
	if (unlinkat(root_fd, id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_set(e, errno, "remove state directory");
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int store_ids(int root_fd, struct arena *a, char ***ret, size_t *ret_n, struct err *e)
{
	char **ids = NULL;
	size_t n = 0, cap = 0;
	own_fd fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return err_set(e, errno, "read root directory");
	(void)TAKE_FD(fd); /* the stream closes it */
	for (;;) {
		errno = 0;
		const struct dirent *d = readdir(dir);
		if (!d)
			break;
		if ((d->d_type != DT_DIR && d->d_type != DT_UNKNOWN) || husk_check_id(d->d_name, NULL) < 0)
			continue;
		ids = arena_grow(a, ids, &cap, n + 1, sizeof *ids);
		ids[n++] = arena_strdup(a, d->d_name);
	}
	if (errno)
		return err_set(e, errno, "read root directory");
	if (n)
		qsort(ids, n, sizeof *ids, by_name);
	*ret = ids;
	*ret_n = n;
	return 0;
}
