/* Leave the caller's session keyring. */
#include "confine/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int keyring_join(const char *name, const struct log *log, struct err *e)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name) >= 0)
		return 0;
	if (errno == ENOSYS || errno == EPERM) {
		log_debug(log, "no session keyring: keyctl is not available here");
		return 0;
	}
	return err_set(e, errno, "join session keyring %s (--no-new-keyring does without)", name);
}
