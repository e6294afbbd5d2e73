/* Bring the loopback interface up: one ioctl does what else takes a netlink conversation. */
#include "net/loopback.h"

#include "base/own.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int loopback_up(struct err *e)
{
	/* Interface ioctls work on any socket; AF_UNIX is the family that no kernel lacks. */
	own_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* Of a fresh namespace's flags only IFF_UP can be changed, so the old ones need not be read. */
	const struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	if (fd < 0)
		return err_set(e, errno, "open a socket for lo");
	if (ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		return err_set(e, errno, "bring lo up");
	return 0;
}
