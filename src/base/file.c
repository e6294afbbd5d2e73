/* Whole files through descriptors. */
#include "base/file.h"

#include "base/own.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

int file_read_fd(int fd, const char *name, size_t limit, struct arena *a, char **ret, size_t *ret_len,
		 struct err *e)
{
	struct stat st;
	size_t cap = 4096, len = 0;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		cap = (size_t)st.st_size + 1;
	if (cap > limit + 1)
		cap = limit + 1;
	char *text = arena_alloc(a, cap + 1);
	for (;;) {
		ssize_t n = read(fd, text + len, cap - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, errno, "read %s", name);
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > limit)
			return err_say(e, EFBIG, "read %s: larger than %zu bytes", name, limit);
		if (len == cap) {
			char *more = arena_alloc(a, cap * 2 + 1);

			memcpy(more, text, len);
			text = more;
			cap *= 2;
		}
	}
	text[len] = '\0';
	*ret = text;
	if (ret_len)
		*ret_len = len;
	return 0;
}

int file_read(int dirfd, const char *name, size_t limit, struct arena *a, char **ret, size_t *ret_len,
	      struct err *e)
{
	own_fd fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_set(e, errno, "open %s", name);
	return file_read_fd(fd, name, limit, a, ret, ret_len, e);
}

int file_write_fd(int fd, const char *name, const void *data, size_t len, struct err *e)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, errno, "write %s", name);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_write_once(int dirfd, const char *name, const char *text, struct err *e)
{
	own_fd fd = openat(dirfd, name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = strlen(text);

	if (fd < 0)
		return err_set(e, errno, "open %s", name);
	ssize_t n;
	do {
		n = write(fd, text, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(e, errno, "write '%.64s' to %s", text, name);
	if ((size_t)n != len)
		return err_set(e, EIO, "write '%.64s' to %s: short write", text, name);
	return 0;
}

/* A new file; one that a killed writer left there makes way. */
static int create_new(int dirfd, const char *name, mode_t mode)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
	int fd = openat(dirfd, name, flags, mode);

	if (fd < 0 && errno == EEXIST && unlinkat(dirfd, name, 0) == 0)
		fd = openat(dirfd, name, flags, mode);
	return fd;
}

int file_write_new(int dirfd, const char *name, const void *data, size_t len, mode_t mode, struct err *e)
{
	own_fd fd = create_new(dirfd, name, mode);

	return fd < 0 ? err_set(e, errno, "create %s", name) : file_write_fd(fd, name, data, len, e);
}

int file_write_atomic(int dirfd, const char *name, const void *data, size_t len, mode_t mode, struct err *e)
{
	char tmp[PATH_MAX];

	if ((size_t)snprintf(tmp, sizeof tmp, "%s.tmp", name) >= sizeof tmp)
		return err_set(e, ENAMETOOLONG, "write %s", name);
	own_fd fd = create_new(dirfd, tmp, mode);
	if (fd < 0)
		return err_set(e, errno, "create %s", tmp);
	int r = file_write_fd(fd, tmp, data, len, e);
	if (r >= 0 && renameat(dirfd, tmp, dirfd, name) < 0)
		r = err_set(e, errno, "rename %s to %s", tmp, name);
	if (r < 0)
		(void)unlinkat(dirfd, tmp, 0);
	return r;
}
