/* events: what a container uses, at intervals, and when it runs out of memory. */
#include "life/container.h"

#include "base/file.h"
#include "cgroup/oom.h"
#include "life/netstats.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>

enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000, TICK_MS = 1000, NET_MAX = 4 << 20 };

/* Open `id`, which has to run. */
static int open_running(const struct husk *h, const char *id, struct arena *a, struct container *c,
			struct err *e)
{
	TRY(container_open(h, id, 0, a, c, e));
	int status = TRY(container_status(c, e));
	if (status == OCI_STATUS_STOPPED || status == OCI_STATUS_CREATING)
		return err_say(e, ESRCH, "container not running");
	return container_cgroup(c, e);
}

static int read_stats(const struct container *c, struct arena *a, struct oci_event *ret, struct err *e)
{
	struct oci_stats *s = NEW(a, struct oci_stats);
	struct oci_event event = { 0 };
	char *text;

	TRY(cgroup_stats(&c->cgroup, a, s, e));
	/* for reading only, so a procfs that lies would harm nobody but who mounted it */
	if (file_read(AT_FDCWD, arena_printf(a, "/proc/%d/net/dev", c->saved->pid), NET_MAX, a, &text, NULL,
		      NULL) >= 0)
		netstats_read(text, a, s);
	SET(&event, oci_event, type, OCI_EVENT_STATS);
	SET(&event, oci_event, id, arena_strdup(a, c->id));
	SET(&event, oci_event, data, s);
	*ret = event;
	return 0;
}

int husk_stats(const struct husk *h, const char *id, struct arena *a, struct oci_event *ret, struct err *e)
{
	own_container c = CONTAINER_EMPTY;

	TRY(open_running(h, id, a, &c, e));
	return read_stats(&c, a, ret, e);
}

static int tell_stats(const struct container *c, const struct husk_events *o, struct err *e)
{
	own_arena a = arena_new();
	struct oci_event event;

	TRY(read_stats(c, a, &event, e));
	return o->tell(o->arg, &event, e);
}

static int tell_oom(const struct container *c, const struct husk_events *o, struct err *e)
{
	own_arena a = arena_new();
	struct oci_event event = { 0 };

	SET(&event, oci_event, type, OCI_EVENT_OOM);
	SET(&event, oci_event, id, arena_strdup(a, c->id));
	return o->tell(o->arg, &event, e);
}

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* How long poll() may sleep; rounded up, so that it does not spin through the last millisecond. */
static int sleep_ms(int64_t next, bool ticking)
{
	int64_t left = next - now_ns(), ms = left > 0 ? (left - 1) / NS_PER_MS + 1 : 0;

	if (ticking && ms > TICK_MS)
		return TICK_MS;
	return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

/* 1: the container's process has ended. */
static int ended(struct container *c, int pidfd, const struct pollfd *p, struct err *e)
{
	if (pidfd >= 0)
		return p->revents != 0;
	return TRY(container_status(c, e))
	== OCI_STATUS_STOPPED;
}

int husk_events(const struct husk *h, const char *id, const struct husk_events *o, struct err *e)
{
	own_arena a = arena_new();
	own_container c = CONTAINER_EMPTY;
	own_fd pidfd = FD_NONE;
	own_oom_watch oom = { .fd = FD_NONE };

	if (o->interval <= 0)
		return err_say(e, EINVAL, "the interval must be greater than 0");
	TRY(open_running(h, id, a, &c, e));
	TRY(container_pidfd(&c, &pidfd, e));
	oom_watch(&c.cgroup, &oom);
	for (int64_t next = now_ns() + o->interval;;) {
		struct pollfd p[] = { { .fd = pidfd, .events = POLLIN },
				      { .fd = oom.fd, .events = oom.events } };

		if (poll(p, 2, sleep_ms(next, !oom.v2 || pidfd < 0)) < 0 && errno != EINTR)
			return err_set(e, errno, "wait for events");
		/* first of all: what ended the container may have been this */
		if (oom_happened(&oom))
			TRY(tell_oom(&c, o, e));
		if (TRY(ended(&c, pidfd, p, e)))
			return 0;
		if (now_ns() < next)
			continue;
		TRY(tell_stats(&c, o, e));
		next += o->interval;
		if (next < now_ns())
			next = now_ns() + o->interval; /* slower than asked for: nothing piles up */
	}
}
