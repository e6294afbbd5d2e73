/* enosys GROUP[,GROUP] PROGRAM…: run a program on a kernel that lacks some system calls, to prove the
 * fallbacks. */
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What old kernels lack, by the version that brought it: 5.6, 5.2 and 5.12, 5.3, 5.3 and 5.1, 5.9 and 5.11.
 */
static const struct group {
	const char *name;
	const char *calls[8];
} groups[] = {
	{ "openat2", { "openat2" } },
	{ "mountapi",
	  { "fsopen", "fsmount", "fsconfig", "open_tree", "move_mount", "mount_setattr", "fspick" } },
	{ "clone3", { "clone3" } },
	{ "pidfd", { "pidfd_open", "pidfd_send_signal" } },
	{ "close_range", { "close_range" } },
};

static int add_group(scmp_filter_ctx filter, const char *name)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (strcmp(groups[i].name, name) != 0)
			continue;
		for (const char *const *call = groups[i].calls; *call; call++) {
			int nr = seccomp_syscall_resolve_name(*call);

			if (nr < 0 || seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), nr, 0) < 0)
				return -1;
		}
		return 0;
	}
	return -1;
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (argc < 3 || !filter)
		return 125;
	/* The container's own programs and hooks live with it; no_new_privs would change what is tested. */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	for (char *name = strtok(argv[1], ","); name; name = strtok(NULL, ",")) {
		if (add_group(filter, name) < 0) {
			fprintf(stderr, "enosys: cannot take away %s\n", name);
			return 125;
		}
	}
	if (seccomp_load(filter) < 0)
		return 125;
	seccomp_release(filter);
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
