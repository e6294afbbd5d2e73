/* Send the container process state to a seccomp agent. */
#include "confine/notify.h"

#include "base/own.h"
#include "base/scm.h"

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

	own_fd fd = TRY_IN(scm_connect(listener_path, e), e, "seccomp agent");
	int r = scm_send(fd, text, len, &notify_fd, 1);
	return r < 0 ? err_set(e, -r, "seccomp agent %s", listener_path) : 0;
}
