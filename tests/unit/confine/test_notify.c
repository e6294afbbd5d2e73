/* What a seccomp agent receives. */
#include "confine/notify.h"

#include "child.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

Test(notify, state_and_descriptor)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char dir[] = "/var/tmp/husk-notify-XXXXXX", version[] = "1.3.0", id[] = "x", bundle[] = "/b";
	struct oci_state s = { 0 };
	struct err e = ERR_INIT;

	SET(&s, oci_state, oci_version, version);
	SET(&s, oci_state, id, id);
	SET(&s, oci_state, status, OCI_STATUS_CREATING);
	SET(&s, oci_state, pid, 4422);
	SET(&s, oci_state, bundle, bundle);
	cr_assert(mkdtemp(dir));
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/s", dir);
	cr_assert(notify_send(addr.sun_path, NULL, &s, 0, &e) == -ENOENT);
	cr_assert(strstr(e.text, "seccomp agent") && strstr(e.text, "No such file or directory"), "%s",
		  e.text);

	int l = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert(bind(l, (struct sockaddr *)&addr, sizeof(addr)) == 0 && listen(l, 1) == 0);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cr_assert(notify_send(addr.sun_path, "meta", &s, null, &e) == 0, "%s", e.text);

	char text[4096] = "", control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	int c = accept(l, NULL, NULL), fd;
	cr_assert(recvmsg(c, &m, MSG_CMSG_CLOEXEC) > 0);
	const struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	cr_assert(h && h->cmsg_type == SCM_RIGHTS);
	memcpy(&fd, control + CMSG_LEN(0), sizeof(fd));
	struct stat a, b;
	cr_assert(fstat(fd, &a) == 0 && fstat(null, &b) == 0 && a.st_rdev == b.st_rdev);
	cr_assert(strstr(text, "\"fds\"") && strstr(text, "seccompFd") && strstr(text, "\"metadata\"") &&
			  strstr(text, "4422") && strstr(text, "\"creating\""),
		  "%s", text);
	cr_assert(read(c, text, sizeof(text)) == 0); /* one state, then closed */
	unlink(addr.sun_path);
	rmdir(dir);
}
