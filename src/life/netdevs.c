/* Network devices that the plan moves into the container. */
#include "life/netdevs.h"

#include "base/file.h"
#include "host/host.h"
#include "life/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

enum { RECORD_MAX = 1 << 20, SECONDS = 60 };

/* Our descriptor, as another process can open it. */
static char *fd_path(int fd, struct arena *a)
{
	return arena_printf(a, "/proc/%d/fd/%d", getpid(), fd);
}

int netdevs_move(const struct plan_ns *ns, pid_t pid, int procfs_fd, struct netdevs *ret, struct err *e)
{
	const char *program = host_netdev_program();
	own_arena a = arena_new();
	size_t n = 0;

	if (ns->netdevs.n == 0)
		return 0;
	if (!program)
		return err_say(e, ENOENT, "linux.netDevices: %s/husk-netdev is not installed", HUSK_LIBEXEC);
	struct netdevs *x = ret;
	x->ns = openat(procfs_fd, arena_printf(a, "%d/ns/net", pid), O_RDONLY | O_CLOEXEC);
	x->record = memfd_create("husk-netdevs", MFD_CLOEXEC);
	if (x->ns < 0 || x->record < 0)
		return err_set(e, errno, "linux.netDevices: open the network namespace");
	char **args = arena_array(a, ns->netdevs.n * 2 + 5, sizeof *args);
	args[n++] = arena_strdup(a, "husk-netdev");
	args[n++] = arena_strdup(a, "move");
	args[n++] = fd_path(x->ns, a);
	args[n++] = fd_path(x->record, a);
	for (size_t i = 0; i < ns->netdevs.n; i++) {
		args[n++] = arena_strdup(a, ns->netdevs.v[i].name);
		args[n++] = arena_strdup(a, ns->netdevs.v[i].as);
	}
	const struct helper h = { .path = program, .args = args, .dir = "/", .timeout = SECONDS };
	return err_in(e, helper_run(&h, e), "linux.netDevices");
}

static int back(struct netdevs *n, struct arena *a, struct err *e)
{
	char *text, *args[4] = { 0 };
	size_t len;

	if (lseek(n->record, 0, SEEK_SET) < 0)
		return err_set(e, errno, "rewind the record");
	TRY(file_read_fd(n->record, "record", RECORD_MAX, a, &text, &len, e));
	if (len == 0)
		return 0; /* the move failed: nothing was moved */
	args[0] = arena_strdup(a, "husk-netdev");
	args[1] = arena_strdup(a, "back");
	args[2] = fd_path(n->ns, a);
	const struct helper h = {
		.path = host_netdev_program(), .args = args, .dir = "/", .input = text, .timeout = SECONDS
	};
	return h.path ? helper_run(&h, e) : 0;
}

void netdevs_back(struct netdevs *n, const struct log *log)
{
	own_arena a = arena_new();
	struct err e;

	if (n->ns >= 0 && n->record >= 0 && back(n, a, &e) < 0)
		log_warn(log, "take network devices back: %s", e.text);
	netdevs_done(n);
}

void netdevs_done(struct netdevs *n)
{
	own_fd_done(&n->ns);
	own_fd_done(&n->record);
}
