/* What this kernel's seccomp(2) takes. */
#include "sys/seccompflags.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

bool sys_seccomp_knows(unsigned flags)
{
	/* flags are looked at before the filter, which is not there */
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}
