/* What an exec runs: what is asked for on top of what the container has. */
#include "life/process.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const char config_text[] =
	"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/"
	"work\",\"args\":[\"init\"],"
	"\"env\":[\"PATH=/bin\"],\"user\":{\"uid\":5,\"gid\":6,\"umask\":18,\"additionalGids\":[7]},"
	"\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"effective\":[\"CAP_KILL\"],\"permitted\":[\"CAP_"
	"KILL\"]},"
	"\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":1,\"hard\":1}],\"noNewPrivileges\":true,"
	"\"oomScoreAdj\":10,"
	"\"apparmorProfile\":\"prof\",\"selinuxLabel\":\"lab\",\"terminal\":true,"
	"\"consoleSize\":{\"height\":1,\"width\":2}}}";

static struct oci_config *config(struct arena *a)
{
	struct err e = ERR_INIT;
	void *c;

	cr_assert_eq(oci_parse(&oci_type_config, config_text, strlen(config_text), a, &c, &e), 0, "%s",
		     e.text);
	return c;
}

static struct oci_process *request(const struct husk_exec *o, struct arena *a)
{
	struct err e = ERR_INIT;
	struct oci_process *p;

	cr_assert_eq(process_request(o, config(a), a, &p, &e), 0, "%s", e.text);
	return p;
}

static char *const args[] = { (char *)"ls", (char *)"-l", NULL };

static struct husk_exec base(void)
{
	return (struct husk_exec){ .args = args, .no_new_privs = -1 };
}

Test(process, nothing_asked_for)
{
	struct arena *a = arena_new();
	struct husk_exec o = base();
	struct oci_process *p = request(&o, a);

	cr_expect_eq(p->args.n, 2);
	cr_expect_str_eq(p->args.v[1], "-l");
	cr_expect_null(p->args.v[2]);
	cr_expect_str_eq(p->cwd, "/work");
	cr_expect_eq(p->user->uid, 5);
	cr_expect_eq(p->user->gid, 6);
	cr_expect_eq(p->user->umask, 18);
	cr_expect_eq(p->user->additional_gids.n, 1);
	cr_expect_eq(p->env.n, 1);
	cr_expect_eq(p->rlimits.n, 1);
	cr_expect_eq(p->oom_score_adj, 10);
	cr_expect(p->no_new_privileges);
	cr_expect_str_eq(p->apparmor_profile, "prof");
	cr_expect_str_eq(p->selinux_label, "lab");
	cr_expect_not(p->terminal, "a terminal only if asked for");
	cr_expect_null(p->console_size);
	arena_free(a);
}

Test(process, everything_asked_for)
{
	struct arena *a = arena_new();
	struct husk_exec o = base();
	char *env[] = { (char *)"A=b", NULL }, *caps[] = { (char *)"CAP_CHOWN", NULL };
	uint32_t groups[] = { 8, 9 };

	o.env = env;
	o.caps = caps;
	o.groups = groups;
	o.n_groups = 2;
	o.user = "10:11";
	o.cwd = "/tmp";
	o.tty = true;
	o.apparmor = "other";
	o.process_label = "label";
	o.no_new_privs = 0;
	struct oci_process *p = request(&o, a);
	cr_expect_eq(p->user->uid, 10);
	cr_expect_eq(p->user->gid, 11);
	cr_expect_eq(p->user->additional_gids.n, 3);
	cr_expect_eq(p->user->additional_gids.v[2], 9);
	cr_expect_str_eq(p->env.v[1], "A=b");
	cr_expect_str_eq(p->cwd, "/tmp");
	cr_expect_eq(p->capabilities->bounding.n, 2);
	cr_expect_eq(p->capabilities->permitted.n, 2);
	cr_expect_eq(p->capabilities->effective.n, 2);
	cr_expect_eq(p->capabilities->ambient.n, 0);
	cr_expect(p->terminal);
	cr_expect_str_eq(p->apparmor_profile, "other");
	cr_expect_str_eq(p->selinux_label, "label");
	arena_free(a);
}

Test(process, the_config_is_left_alone)
{
	struct arena *a = arena_new();
	struct oci_config *c = config(a);
	struct husk_exec o = base();
	struct oci_process *p;
	struct err e = ERR_INIT;
	char *caps[] = { (char *)"CAP_CHOWN", NULL };

	o.user = "10";
	o.caps = caps;
	cr_assert_eq(process_request(&o, c, a, &p, &e), 0);
	cr_expect_eq(p->user->gid, 6, "a uid alone leaves the gid");
	cr_expect_eq(c->process->user->uid, 5);
	cr_expect_eq(c->process->capabilities->bounding.n, 1);
	cr_expect_eq(c->process->args.n, 1);
	arena_free(a);
}

Test(process, users_that_are_none)
{
	static const char *const users[] = { "",
					     "-1",
					     "+1",
					     "1x",
					     "x",
					     "root",
					     "1:",
					     "1:x",
					     ":1",
					     "4294967295",
					     "1:4294967295",
					     " 1",
					     "1 ",
					     "1:2:3",
					     "0x10",
					     "1.0",
					     "99999999999999",
					     "1,2" };
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
		struct husk_exec o = base();
		struct oci_process *p = NULL;
		struct err e = ERR_INIT;

		o.user = users[i];
		cr_expect_eq(process_request(&o, config(a), a, &p, &e), -EINVAL, "\"%s\" passed", users[i]);
		cr_expect(strstr(e.text, "expected UID[:GID]"), "%s", e.text);
		cr_expect_null(p);
	}
	arena_free(a);
}

static struct oci_process *from_file(const char *text, const struct husk_exec *more, struct arena *a)
{
	char path[] = "/tmp/husk-process-XXXXXX";
	struct husk_exec o = *more;
	int fd = mkstemp(path);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	o.process_file = path;
	o.args = NULL;
	struct oci_process *p = request(&o, a);
	unlink(path);
	return p;
}

/* Nobody gets more by saying less. */
Test(process, file_that_says_little)
{
	struct arena *a = arena_new();
	struct husk_exec o = base();
	struct oci_process *p = from_file("{\"cwd\":\"/\",\"args\":[\"x\"]}", &o, a);

	cr_expect_eq(p->capabilities->bounding.n, 1);
	cr_expect_eq(p->capabilities->effective.n, 1);
	cr_expect(p->no_new_privileges);
	cr_expect_str_eq(p->apparmor_profile, "prof");
	cr_expect_str_eq(p->selinux_label, "lab");
	cr_expect_eq(p->rlimits.n, 1);
	cr_expect_eq(p->oom_score_adj, 10);
	cr_expect_eq(p->user->umask, 18);
	cr_expect_eq(p->env.n, 0, "a file's environment is its own");
	arena_free(a);
}

Test(process, file_that_says_all)
{
	struct arena *a = arena_new();
	struct husk_exec o = base();
	struct oci_process *p = from_file(
		"{\"cwd\":\"/x\",\"args\":[\"x\"],\"noNewPrivileges\":false,\"apparmorProfile\":\"mine\","
		"\"selinuxLabel\":\"my\",\"oomScoreAdj\":-5,\"user\":{\"uid\":1,\"gid\":2,\"umask\":0},"
		"\"capabilities\":{},\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":1},"
		"{\"type\":\"RLIMIT_CORE\",\"soft\":1,\"hard\":1}]}",
		&o, a);

	cr_expect_not(p->no_new_privileges);
	cr_expect_str_eq(p->apparmor_profile, "mine");
	cr_expect_str_eq(p->selinux_label, "my");
	cr_expect_eq(p->oom_score_adj, -5);
	cr_expect_eq(p->user->umask, 0);
	cr_expect_eq(p->capabilities->bounding.n, 0);
	cr_expect_eq(p->rlimits.n, 2);
	arena_free(a);
}

Test(process, bad_file)
{
	struct arena *a = arena_new();
	struct husk_exec o = base();
	struct oci_process *p = NULL;
	struct err e = ERR_INIT;

	o.process_file = "/nowhere/process.json";
	cr_expect_eq(process_request(&o, config(a), a, &p, &e), -ENOENT);
	cr_expect_str_eq(e.text, "open /nowhere/process.json: No such file or directory");
	o.process_file = "/dev/null";
	cr_expect_lt(process_request(&o, config(a), a, &p, &e), 0);
	cr_expect(strncmp(e.text, "/dev/null: ", 11) == 0, "%s", e.text);
	cr_expect_null(p);
	arena_free(a);
}

Test(process, a_variable_given_again_replaces_the_first)
{
	own_arena a = arena_new();
	char *env[] = { (char[]){ "PATH=/mine" }, (char[]){ "NEW=1" }, (char[]){ "NEW=2" }, NULL };
	char *had[] = { (char[]){ "PATH=/bin" }, (char[]){ "PATHS=x" }, NULL };
	char *args[] = { (char[]){ "true" }, NULL };
	struct oci_process base = { .env = { .v = had, .n = 2 } };
	struct oci_config config = { .process = &base };
	struct husk_exec o = { .id = "x", .args = args, .env = env, .no_new_privs = -1 };
	struct oci_process *p;
	struct err e;

	cr_assert_eq(process_request(&o, &config, a, &p, &e), 0);
	cr_assert_eq(p->env.n, 3);
	cr_assert_str_eq(p->env.v[0], "PATH=/mine");
	cr_assert_str_eq(p->env.v[1], "PATHS=x");
	cr_assert_str_eq(p->env.v[2], "NEW=2");
	cr_assert_null(p->env.v[3]);
}
