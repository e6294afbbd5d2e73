/* The state directory: reserving, locking, records good and bad, removal, a full disk. */
#include "state/store.h"

#include "../confine/child.h"
#include "base/own.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* A root of our own, below a directory that mkdtemp() made. */
struct scratch {
	char path[64];
	int fd;
	struct arena *arena;
};

static struct scratch begin(void)
{
	struct scratch s = { .path = "/tmp/husk-store-XXXXXX", .arena = arena_new() };
	struct err e = ERR_INIT;

	cr_assert(mkdtemp(s.path));
	s.fd = store_open_root(s.path, &e);
	cr_assert_geq(s.fd, 0, "%s", e.text);
	return s;
}

static void end(struct scratch *s)
{
	close(s->fd);
	cr_assert_eq(rmdir(s->path), 0, "not everything was removed");
	arena_free(s->arena);
}

static int save(const struct scratch *s, int dir, const char *id, int status)
{
	struct oci_saved saved = { 0 };
	struct err e = ERR_INIT;

	SET(&saved, oci_saved, oci_version, arena_strdup(s->arena, "1.0.0"));
	SET(&saved, oci_saved, id, arena_strdup(s->arena, id));
	SET(&saved, oci_saved, status, status);
	SET(&saved, oci_saved, bundle, arena_strdup(s->arena, "/b"));
	return store_save(dir, &saved, s->arena, &e);
}

static void write_record(int dir, const char *text)
{
	own_fd fd = openat(dir, "state.json", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static int reserve(const struct scratch *s, const char *id, bool *stale)
{
	struct err e = ERR_INIT;
	int fd = store_reserve(s->fd, id, stale, &e);

	cr_assert_geq(fd, 0, "%s", e.text);
	return fd;
}

Test(store, root)
{
	char top[] = "/tmp/husk-store-XXXXXX", path[100];
	struct err e = ERR_INIT;
	struct stat st;

	cr_assert(mkdtemp(top));
	snprintf(path, sizeof path, "%s/a/b", top);
	int fd = store_open_root(path, &e);
	cr_assert_geq(fd, 0);
	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0700);
	cr_assert_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	cr_assert_eq(rmdir(path), 0);
	*strrchr(path, '/') = '\0';
	cr_assert_eq(rmdir(path), 0);
	cr_assert_eq(rmdir(top), 0);
	cr_assert_lt(store_open_root("/", &e), 0);
	cr_assert_lt(store_open_root("//", &e), 0);
	cr_assert_lt(store_open_root("relative", &e), 0);
	cr_assert_eq(store_open_root("/dev/null/x", &e), -ENOTDIR);
	cr_assert(strstr(e.text, "/dev/null"), "%s", e.text);
}

Test(store, reserve_is_exclusive)
{
	struct scratch s = begin();
	struct err e = ERR_INIT;
	bool stale = true;
	int fd = reserve(&s, "one", &stale);

	cr_assert_not(stale);
	cr_assert_eq(store_reserve(s.fd, "one", &stale, &e), -EEXIST, "while it is being created");
	cr_assert_str_eq(e.text, "container with given ID already exists");
	cr_assert_eq(save(&s, fd, "one", OCI_STATUS_CREATED), 0);
	close(fd);
	cr_assert_eq(store_reserve(s.fd, "one", &stale, &e), -EEXIST, "when it has been created");
	cr_assert_eq(store_remove(s.fd, "one", &e), 0);
	cr_assert_eq(store_remove(s.fd, "one", &e), 0, "what is gone is no error");
	close(reserve(&s, "one", &stale));
	cr_assert_eq(store_remove(s.fd, "one", &e), 0);
	end(&s);
}

Test(store, killed_creates)
{
	struct scratch s = begin();
	struct err e;
	bool stale = false;

	close(reserve(&s, "early", &stale)); /* before its first record */
	int fd = reserve(&s, "early", &stale);
	cr_assert(stale);
	cr_assert_eq(save(&s, fd, "early", OCI_STATUS_CREATING), 0);
	close(fd); /* after it */
	stale = false;
	fd = reserve(&s, "early", &stale);
	cr_assert(stale);
	cr_assert_eq(store_reserve(s.fd, "early", &stale, &e), -EEXIST, "somebody clears it already");
	close(fd);
	cr_assert_eq(store_remove(s.fd, "early", &e), 0);
	end(&s);
}

/* A lock that was waited for is worth nothing when its directory was removed meanwhile. */
Test(store, lock_of_a_removed_container)
{
	struct scratch s = begin();
	struct err e = ERR_INIT;
	bool stale;
	int first = reserve(&s, "x", &stale), waiting = store_open(s.fd, "x", &e);

	cr_assert_eq(store_remove(s.fd, "x", &e), 0);
	close(first);
	cr_assert_eq(store_lock(s.fd, waiting, "x", &e), -ENOENT);
	cr_assert_str_eq(e.text, "container \"x\" does not exist");
	int second = reserve(&s, "x", &stale);
	cr_assert_not(stale);
	cr_assert_eq(store_lock(s.fd, waiting, "x", &e), -ENOENT, "another one has the name now");
	close(waiting);
	close(second);
	waiting = store_open(s.fd, "x", &e);
	cr_assert_eq(store_lock(s.fd, waiting, "x", &e), 0);
	cr_assert_eq(store_reserve(s.fd, "x", &stale, &e), -EEXIST);
	store_unlock(waiting);
	close(reserve(&s, "x", &stale));
	close(waiting);
	cr_assert_eq(store_remove(s.fd, "x", &e), 0);
	end(&s);
}

/* Creates and deletes of one id, all at once: every create that wins finds its directory there. */
static void contend(const struct scratch *s)
{
	struct err e = ERR_INIT;
	bool stale;

	for (int i = 0; i < 200; i++) {
		int fd = store_reserve(s->fd, "same", &stale, &e);
		if (fd == -EEXIST)
			continue;
		CHECK(fd >= 0);
		CHECK(save(s, fd, "same", OCI_STATUS_CREATED) == 0);
		CHECK(faccessat(s->fd, "same/state.json", F_OK, 0) == 0);
		CHECK(store_remove(s->fd, "same", &e) == 0);
		close(fd);
	}
	_exit(0);
}

Test(store, contention)
{
	struct scratch s = begin();
	pid_t pids[4];
	int status;

	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			contend(&s);
	}
	for (int i = 0; i < 4; i++) {
		cr_assert_eq(waitpid(pids[i], &status, 0), pids[i]);
		cr_assert_eq(status, 0);
	}
	end(&s);
}

Test(store, records)
{
	struct scratch s = begin();
	struct err e = ERR_INIT;
	struct oci_saved *saved = NULL;
	bool stale;
	int fd = reserve(&s, "r", &stale);

	cr_assert_eq(store_load(fd, "r", s.arena, &saved, &e), -ENOENT);
	cr_assert_str_eq(e.text, "container \"r\" does not exist");
	cr_assert_eq(save(&s, fd, "r", OCI_STATUS_CREATED), 0);
	cr_assert_eq(save(&s, fd, "r", OCI_STATUS_CREATED), 0, "replaced");
	cr_assert_eq(store_load(fd, "r", s.arena, &saved, &e), 0, "%s", e.text);
	cr_assert_str_eq(saved->id, "r");
	cr_assert_eq(saved->status, OCI_STATUS_CREATED);
	cr_assert_neq(faccessat(fd, "state.json.tmp", F_OK, 0), 0);
	close(fd);
	cr_assert_eq(store_remove(s.fd, "r", &e), 0);
	end(&s);
}

Test(store, bad_records)
{
	static const char *const bad[] = {
		"",
		"{",
		"null",
		"[]",
		"{}",
		"{\"ociVersion\":\"1.0.0\"",
		"{\"ociVersion\":\"1.0.0\",\"id\":\"b\",\"status\":\"asleep\",\"bundle\":\"/\"}",
		"{\"ociVersion\":\"1.0.0\",\"id\":7,\"status\":\"created\",\"bundle\":\"/\"}",
		"\xff\xfe"
	};
	struct scratch s = begin();
	bool stale;
	int fd = reserve(&s, "b", &stale);

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct oci_saved *saved = NULL;
		struct err e = ERR_INIT;

		write_record(fd, bad[i]);
		cr_expect_lt(store_load(fd, "b", s.arena, &saved, &e), 0, "%s passed", bad[i]);
		cr_expect(strncmp(e.text, "state.json: ", 12) == 0, "%s", e.text);
		cr_expect_null(saved);
	}
	close(fd);
	struct err e = ERR_INIT;
	cr_assert_lt(store_reserve(s.fd, "b", &stale, &e), 0, "what cannot be read is not free");
	cr_assert_eq(store_remove(s.fd, "b", &e), 0);
	end(&s);
}

Test(store, names)
{
	static const char *const bad[] = {
		"", ".", "..", "a/b", "/a", "@seccomp", "a b", "\xc3\xa9", "../x"
	};
	struct scratch s = begin();
	struct err e = ERR_INIT;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_eq(store_open(s.fd, bad[i], &e), -EINVAL, "%s", bad[i]);
	cr_expect_eq(store_open(s.fd, "none", &e), -ENOENT);
	cr_expect_str_eq(e.text, "container \"none\" does not exist");
	/* a link is not followed */
	cr_assert_eq(symlinkat("/etc", s.fd, "link"), 0);
	cr_expect_lt(store_open(s.fd, "link", &e), 0);
	cr_expect_lt(store_remove(s.fd, "link", &e), 0);
	cr_assert_eq(unlinkat(s.fd, "link", 0), 0);
	end(&s);
}

Test(store, ids_sorted_and_only_ids)
{
	static const char *const dirs[] = { "zebra", "ant", "Bee", "@seccomp", "with space" };
	struct scratch s = begin();
	struct err e = ERR_INIT;
	char **ids;
	size_t n;

	cr_assert_eq(store_ids(s.fd, s.arena, &ids, &n, &e), 0);
	cr_assert_eq(n, 0);
	for (size_t i = 0; i < 5; i++)
		cr_assert_eq(mkdirat(s.fd, dirs[i], 0700), 0);
	close(openat(s.fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	for (int again = 0; again < 2; again++) {
		cr_assert_eq(store_ids(s.fd, s.arena, &ids, &n, &e), 0);
		cr_assert_eq(n, 3);
		cr_assert_str_eq(ids[0], "Bee");
		cr_assert_str_eq(ids[1], "ant");
		cr_assert_str_eq(ids[2], "zebra");
	}
	for (size_t i = 0; i < 5; i++)
		cr_assert_eq(unlinkat(s.fd, dirs[i], AT_REMOVEDIR), 0);
	cr_assert_eq(unlinkat(s.fd, "file", 0), 0);
	end(&s);
}

/* One page of disk: what does not fit is an error, the old record stays, and all of it can be removed. */
static void full_disk(void *arg)
{
	struct scratch *s = arg;
	struct err e = ERR_INIT;
	struct oci_saved *saved;
	bool stale;

	CHECK(unshare(CLONE_NEWNS) == 0);
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK(mount("small", s->path, "tmpfs", 0, "size=8k,nr_inodes=100") == 0);
	s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = store_reserve(s->fd, "full", &stale, &e);
	CHECK(fd >= 0);
	CHECK(save(s, fd, "full", OCI_STATUS_CREATING) == 0);
	int ballast = openat(s->fd, "ballast", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	char page[4096] = { 0 };
	while (write(ballast, page, sizeof page) > 0)
		;
	CHECK(save(s, fd, "full", OCI_STATUS_CREATED) == -ENOSPC);
	CHECK(store_load(fd, "full", s->arena, &saved, &e) == 0);
	CHECK(saved->status == OCI_STATUS_CREATING);
	CHECK(faccessat(fd, "state.json.tmp", F_OK, 0) < 0);
	CHECK(store_remove(s->fd, "full", &e) == 0);
}

Test(store, full_disk)
{
	if (!is_root())
		return;
	struct scratch s = begin();

	OK_IN_CHILD(full_disk, &s);
	end(&s);
}
