/* Descriptors that the program would inherit, by either way of sealing. */
#include "confine/confine.h"

#include "child.h"
#include "shim.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

static void sealed(void *arg)
{
	struct err e = ERR_INIT;
	int low = dup2(0, 3), kept = dup2(0, 4), high = dup2(0, 500);

	if (arg)
		shim_errno(SYS_close_range, *(int *)arg);
	if (low != 3 || kept != 4)
		CHECK(false);
	CHECK(fds_seal(2, &e) == 0);
	CHECK(fcntl(3, F_GETFD) == 0 && fcntl(4, F_GETFD) == 0 && fcntl(2, F_GETFD) == 0);
	CHECK(fcntl(high, F_GETFD) == FD_CLOEXEC);
	CHECK(fds_seal(0, &e) == 0);
	CHECK(fcntl(3, F_GETFD) == FD_CLOEXEC && fcntl(2, F_GETFD) == 0);
	CHECK(fds_seal(0xffffffffu, &e) == -EINVAL);
}

Test(fds, sealed_by_close_range)
{
	OK_IN_CHILD(sealed, NULL);
}

Test(fds, sealed_without_close_range)
{
	int codes[] = { ENOSYS, EINVAL, EPERM };

	for (size_t i = 0; i < 3; i++)
		OK_IN_CHILD(sealed, &codes[i]);
}
