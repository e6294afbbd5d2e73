/* Send the container process state to a seccomp agent. */
#include "confine/notify.h"

#include "base/own.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int agent_connect(const char *path, struct err *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	own_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set(e, errno, "socket");
	if (strlen(path) >= sizeof(addr.sun_path))
		return err_set(e, ENAMETOOLONG, "connect");
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_set(e, errno, "connect");
	return TAKE_FD(fd);
}

/* The descriptor rides on the first bytes, and only on them. */
static int agent_send(int fd, char *text, size_t len, int notify_fd, struct err *e)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = text, .iov_len = len };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &notify_fd, sizeof(int));
	while (iov.iov_len > 0) {
		ssize_t n = sendmsg(fd, &msg, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, errno, "send");
		iov.iov_base = (char *)iov.iov_base + n;
		iov.iov_len -= (size_t)n;
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
	}
	return 0;
}

int notify_send(const char *listener_path, const char *metadata, const struct oci_state *state, int notify_fd,
		struct err *e)
{
	char name[] = "seccompFd", *names[] = { name, NULL };
	struct oci_process_state ps = { 0 };
	own_arena a = arena_new();
	struct oci_state copy = *state;
	char *text;
	size_t len;

	SET(&ps, oci_process_state, oci_version, copy.oci_version);
	SET(&ps, oci_process_state, fds, (struct oci_strv){ .v = names, .n = 1 });
	SET(&ps, oci_process_state, pid, copy.pid);
	SET(&ps, oci_process_state, state, &copy);
	if (metadata)
		SET(&ps, oci_process_state, metadata, arena_strdup(a, metadata));
	TRY_IN(oci_write(&oci_type_process_state, &ps, 0, a, &text, &len, e), e, "seccomp agent");

	own_fd fd = TRY_IN(agent_connect(listener_path, e), e, "seccomp agent %s", listener_path);
	return err_in(e, agent_send(fd, text, len, notify_fd, e), "seccomp agent %s", listener_path);
}
