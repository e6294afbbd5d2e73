/* lo in a namespace of our own. */
#include "net/loopback.h"

#include "../confine/child.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static void up(void *arg)
{
	(void)arg;
	struct ifreq lo = { .ifr_name = "lo" };
	struct err e = ERR_INIT;

	CHECK(unshare(CLONE_NEWNET) == 0);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(ioctl(fd, SIOCGIFFLAGS, &lo) == 0 && !(lo.ifr_flags & IFF_UP));
	CHECK(loopback_up(&e) == 0);
	CHECK(ioctl(fd, SIOCGIFFLAGS, &lo) == 0 && lo.ifr_flags & IFF_UP && lo.ifr_flags & IFF_LOOPBACK);
	CHECK(loopback_up(&e) == 0);
}

Test(loopback, comes_up)
{
	if (is_root())
		OK_IN_CHILD(up, NULL);
}

static void refused(void *arg)
{
	(void)arg;
	struct err e = ERR_INIT;

	CHECK(unshare(CLONE_NEWNET) == 0);
	CHECK(setresuid(1000, 1000, 1000) == 0);
	CHECK(loopback_up(&e) == -EPERM);
	CHECK(!__builtin_strcmp(e.text, "bring lo up: Operation not permitted"));
}

Test(loopback, needs_the_capability)
{
	if (is_root())
		OK_IN_CHILD(refused, NULL);
}
