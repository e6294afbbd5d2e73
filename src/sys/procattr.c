/* Attributes of the calling process that prctl() sets. */
#include "sys/procattr.h"

#include <errno.h>
#include <sys/prctl.h>

static int result(int r)
{
	return r < 0 ? -errno : 0;
}

int sys_set_dumpable(bool dumpable)
{
	return result(prctl(PR_SET_DUMPABLE, (unsigned long)dumpable, 0UL, 0UL, 0UL));
}

int sys_set_name(const char *name)
{
	return result(prctl(PR_SET_NAME, name, 0UL, 0UL, 0UL));
}
