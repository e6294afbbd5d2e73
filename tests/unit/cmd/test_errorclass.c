/* The class of every kind of error that a caller may want to tell apart. */
#include "cmd/errorclass.h"

#include <criterion/criterion.h>
#include <errno.h>

static const char *of(const char *verb, int code, const char *text)
{
	struct err e = ERR_INIT;

	(void)err_say(&e, code, "%s", text);
	return errorclass_of(&e, verb);
}

Test(errorclass, of_verbs)
{
	cr_assert_str_eq(of("state", ENOENT, "container \"x\" does not exist"), "not-found");
	cr_assert_str_eq(of("create", EEXIST, "container with given ID already exists"), "exists");
	cr_assert_str_eq(of("create", EINVAL, "config.json: linux.namespaces[0].type: unknown value"),
			 "invalid-config");
	cr_assert_str_eq(of("start", EBADFD, "cannot start a container that has stopped"), "invalid-state");
	cr_assert_str_eq(of("kill", ESRCH, "container not running: no such process"), "invalid-state");
	cr_assert_str_eq(of("kill", EINVAL, "unknown signal \"x\""), "usage");
	cr_assert_str_eq(of("create", ENOMEM, "the container's init was killed"), "resource");
	cr_assert_str_eq(of("start", ECHILD, "the container's init died"), "init-died");
	cr_assert_str_eq(of("pause", ETIMEDOUT, "freeze cgroup"), "timeout");
	cr_assert_str_eq(of("create", ENOTSUP, "cgroup: no"), "unsupported");
	cr_assert_str_eq(of("create", EPERM, "mount"), "permission");
	cr_assert_str_eq(of("list", EINVAL, "root directory"), "internal");
	cr_assert_str_eq(of("start", EPROTO, "expected"), "internal");
}

Test(errorclass, of_programs)
{
	cr_assert_str_eq(of("create", ENOENT, "exec: \"x\": executable file not found in $PATH"),
			 "exec-not-found");
	cr_assert_str_eq(of("exec", EACCES, "exec: \"x\": permission denied"), "exec-not-executable");
	cr_assert_str_eq(of("start", ENOEXEC, "exec: \"/x\": exec format error"), "exec-not-executable");
}

Test(errorclass, a_wrong_command_line)
{
	cr_assert_str_eq(of(NULL, EINVAL, "unknown flag: --x"), "usage");
}

Test(errorclass, a_verb_is_a_whole_word)
{
	cr_assert_str_eq(of("st", EINVAL, "x"), "internal");
	cr_assert_str_eq(of("un", EINVAL, "x"), "internal");
}
