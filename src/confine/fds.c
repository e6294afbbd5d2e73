/* Keep husk's own descriptors out of the container's program. */
#include "base/num.h"
#include "base/own.h"
#include "confine/confine.h"
#include "sys/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

/* The way of kernels before 5.11: mark one after the other. */
static int seal_each(unsigned first, struct err *e)
{
	own_fd proc = TRY(procfs_open(false, e));
	own_fd fd = openat(proc, "self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "list my descriptors");
	own_dir dir = fdopendir(fd);
	if (!dir)
		return err_set(e, errno, "list my descriptors");
	TAKE_FD(fd);

	for (;;) {
		errno = 0;
		const struct dirent *d = readdir(dir);
		if (!d)
			return errno ? err_set(e, errno, "list my descriptors") : 0;
		uint32_t n;
		if (!num_u32(d->d_name, &n) || n < first)
			continue; /* "." and "..", or one to keep */
		if (fcntl((int)n, F_SETFD, FD_CLOEXEC) < 0 && errno != EBADF)
			return err_set(e, errno, "close descriptor %u on exec", n);
	}
}

int fds_seal(unsigned preserve, struct err *e)
{
	if (preserve > INT_MAX - 3)
		return err_say(e, EINVAL, "cannot preserve %u descriptors", preserve);
	if (close_range(3 + preserve, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	/* ENOSYS before 5.9, EINVAL before 5.11 (no CLOEXEC flag), EPERM from an outer filter. */
	if (errno != ENOSYS && errno != EINVAL && errno != EPERM)
		return err_set(e, errno, "close descriptors on exec");
	return seal_each(3 + preserve, e);
}
