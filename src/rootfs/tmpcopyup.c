/* tmpcopyup: a new tmpfs starts with what was there before. */
#include "rootfs/tmpcopyup.h"

#include "base/own.h"
#include "base/str.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

/* Deeper than any real tree; the image must not choose how much stack we use. */
#define DEPTH_MAX 256

static int copy_dir(int from_fd, int to_fd, dev_t device, int depth, struct err *e);

static int copy_file(int from_dir, int to_dir, const char *name, const struct stat *st, struct err *e)
{
	own_fd from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (from < 0)
		return err_set(e, errno, "copy %s", name);
	own_fd to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return err_set(e, errno, "copy %s", name);
	for (off_t left = st->st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);

		if (n < 0)
			return err_set(e, errno, "copy %s", name);
		if (n == 0)
			break;
		left -= n;
	}
	return 0;
}

static int copy_symlink(int from_dir, int to_dir, const char *name, struct err *e)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(from_dir, name, text, sizeof text - 1);

	if (n < 0)
		return err_set(e, errno, "copy %s", name);
	text[n] = '\0';
	return symlinkat(text, to_dir, name) < 0 ? err_set(e, errno, "copy %s", name) : 0;
}

static int copy_subdir(int from_dir, int to_dir, const char *name, dev_t device, int depth, struct err *e)
{
	if (mkdirat(to_dir, name, 0700) < 0)
		return err_set(e, errno, "copy %s", name);
	own_fd from = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	own_fd to = openat(to_dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0 || to < 0)
		return err_set(e, errno, "copy %s", name);
	return copy_dir(from, to, device, depth + 1, e);
}

/* Owner first: chown() drops set-id bits, which chmod() puts back. */
static int copy_metadata(int to_dir, const char *name, const struct stat *st, struct err *e)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "copy owner of %s", name);
	if (!S_ISLNK(st->st_mode) && fchmodat(to_dir, name, st->st_mode & 07777, 0) < 0)
		return err_set(e, errno, "copy mode of %s", name);
	if (utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "copy times of %s", name);
	return 0;
}

static int copy_entry(int from_dir, int to_dir, const char *name, dev_t device, int depth, struct err *e)
{
	struct stat st;

	if (fstatat(from_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "copy %s", name);
	if (st.st_dev != device || S_ISSOCK(st.st_mode))
		return 0;
	if (S_ISREG(st.st_mode))
		TRY(copy_file(from_dir, to_dir, name, &st, e));
	else if (S_ISDIR(st.st_mode))
		TRY(copy_subdir(from_dir, to_dir, name, device, depth, e));
	else if (S_ISLNK(st.st_mode))
		TRY(copy_symlink(from_dir, to_dir, name, e));
	else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return 0; /* an image's device node must not come alive on a tmpfs that allows devices */
	else if (mknodat(to_dir, name, st.st_mode, 0) < 0)
		return err_set(e, errno, "copy %s", name);
	return copy_metadata(to_dir, name, &st, e);
}

static int copy_dir(int from_fd, int to_fd, dev_t device, int depth, struct err *e)
{
	int fd = openat(from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return err_set(e, errno, "read directory");
	if (depth > DEPTH_MAX)
		return err_set(e, ELOOP, "read directory");
	for (struct dirent *d; (d = readdir(dir));)
		if (!str_eq(d->d_name, ".") && !str_eq(d->d_name, ".."))
			TRY(copy_entry(from_fd, to_fd, d->d_name, device, depth, e));
	return 0;
}

int tmpcopyup_fill(int from_fd, int to_fd, bool keep_root, struct err *e)
{
	struct stat st;

	if (fstat(from_fd, &st) < 0)
		return err_set(e, errno, "tmpcopyup");
	TRY_IN(copy_dir(from_fd, to_fd, st.st_dev, 0, e), e, "tmpcopyup");
	if (keep_root)
		return 0;
	TRY_IN(copy_metadata(to_fd, ".", &st, e), e, "tmpcopyup");
	return 0;
}
