/*
 * husk-netdev: the part of linux.netDevices that needs libmnl, in a program of its own that husk calls.
 *
 *   husk-netdev move NETNS RECORD NAME NEWNAME [NAME NEWNAME...]
 *   husk-netdev back NETNS < RECORD
 *
 * All devices are moved or none. RECORD says afterwards what to take back should the create fail later.
 */
#include "net/netdev.h"

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

#include <fcntl.h>

enum { RECORD_MAX = 1 << 20 };

static void take_back(struct netdev_ends *x, const struct netdev *v, size_t n)
{
	struct err e;

	while (n-- > 0)
		if (v[n].moved && netdev_back(x, &v[n], &e) < 0)
			fprintf(stderr, "%s\n", e.text);
}

/* "NAME AS UP\n" for each device, in the order of the moves. */
static int write_record(const char *path, const struct netdev *v, size_t n, struct arena *a, struct err *e)
{
	struct strbuf text = STRBUF(a);

	for (size_t i = 0; i < n; i++)
		strbuf_printf(&text, "%s %s %d\n", v[i].name, v[i].as, v[i].was_up);
	own_fd fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "open the record");
	return file_write_fd(fd, "record", text.text, text.len, e);
}

static int move(char **args, struct arena *a, struct err *e)
{
	struct netdev_ends x;
	size_t n = 0;
	int r = 0;

	while (args[2 + n * 2])
		n++;
	struct netdev *v = arena_array(a, n, sizeof *v);
	TRY(netdev_open(&x, args[0], e));
	for (size_t i = 0; i < n && r >= 0; i++) {
		snprintf(v[i].name, sizeof v[i].name, "%s", args[2 + i * 2]);
		snprintf(v[i].as, sizeof v[i].as, "%s", args[3 + i * 2]);
		r = netdev_move(&x, &v[i], e);
	}
	if (r >= 0)
		r = write_record(args[1], v, n, a, e);
	if (r < 0)
		take_back(&x, v, n);
	netdev_close(&x);
	return r;
}

static int back(char **args, struct arena *a, struct err *e)
{
	struct netdev_ends x;
	struct netdev *v = NULL;
	size_t n = 0, cap = 0;
	char *text, *save = NULL;

	TRY(file_read_fd(STDIN_FILENO, "record", RECORD_MAX, a, &text, NULL, e));
	TRY(netdev_open(&x, args[0], e));
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char up;

		v = arena_grow(a, v, &cap, n + 1, sizeof *v);
		if (sscanf(l, "%15s %15s %c", v[n].name, v[n].as, &up) != 3)
			continue;
		v[n].was_up = up == '1';
		v[n++].moved = true;
	}
	take_back(&x, v, n);
	netdev_close(&x);
	return 0;
}

int main(int argc, char **argv)
{
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	int r;

	if (argc >= 6 && argc % 2 == 0 && str_eq(argv[1], "move"))
		r = move(argv + 2, a, &e);
	else if (argc == 3 && str_eq(argv[1], "back"))
		r = back(argv + 2, a, &e);
	else
		r = err_say(&e, EINVAL, "husk-netdev: to be called by husk");
	if (r < 0)
		fprintf(stderr, "%s\n", e.text);
	return r < 0;
}
