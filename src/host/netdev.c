/* Where the program is that moves network devices. */
#include "host/host.h"

#include <stddef.h>
#include <unistd.h>

const char *host_netdev_program(void)
{
	static const char path[] = HUSK_LIBEXEC "/husk-netdev";

	return access(path, X_OK) == 0 ? path : NULL;
}
