/* Where compiled seccomp filters are kept. */
#include "life/seccompdir.h"

#include "base/own.h"

#include <fcntl.h>
#include <sys/stat.h>

int seccomp_dir_open(int root_fd)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(root_fd, "@seccomp", flags);

	if (fd < 0 && mkdirat(root_fd, "@seccomp", 0700) == 0)
		fd = openat(root_fd, "@seccomp", flags);
	return fd < 0 ? FD_NONE : fd;
}
