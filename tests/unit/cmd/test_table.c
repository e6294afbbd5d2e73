/* The table of commands: every row is complete, and --help shows it. */
#include "cmd/cmd.h"

#include <criterion/criterion.h>
#include <errno.h>

static const char *const names[] = { "create", "delete", "exec",   "features", "kill", "list",  "pause",
				     "plan",   "ps",     "resume", "run",      "spec", "start", "state" };
#define N_NAMES (sizeof names / sizeof *names)

/* Names and letters of one table are unique, and -h is --help's. */
static void check_options(const char *cmd, const struct option *table)
{
	for (const struct option *o = table; o->name; o++) {
		cr_assert(o->help && *o->help, "%s --%s", cmd, o->name);
		cr_assert_eq(o->value == NULL, o->kind == OPTION_FLAG, "%s --%s", cmd, o->name);
		cr_assert_neq(o->letter, 'h', "%s --%s", cmd, o->name);
		for (const struct option *other = table; other < o; other++) {
			cr_assert_str_neq(o->name, other->name, "%s", cmd);
			cr_assert(!o->letter || o->letter != other->letter, "%s -%c", cmd, o->letter);
		}
	}
}

Test(table, rows)
{
	check_options("husk", cmd_globals);
	for (size_t i = 0; i < N_NAMES; i++) {
		const struct cmd *c = cmd_find(names[i]);

		cr_assert_not_null(c, "%s", names[i]);
		cr_assert(c->run && c->summary && c->usage && c->min_args <= c->max_args, "%s", names[i]);
		cr_assert_eq(c->failure, str_eq(names[i], "exec") ? 255 : 1);
		check_options(names[i], c->options);
	}
	cr_assert_null(cmd_find("update"));
	cr_assert_null(cmd_find(""));
}

/* These start processes that a container can look at. */
Test(table, sealed)
{
	for (size_t i = 0; i < N_NAMES; i++) {
		bool starts =
			str_eq(names[i], "create") || str_eq(names[i], "run") || str_eq(names[i], "exec");

		cr_assert_eq(cmd_find(names[i])->shares_process, starts, "%s", names[i]);
	}
}

Test(table, number_of_arguments)
{
	char *argv[] = { (char[]){ "web1" }, (char[]){ "x" }, NULL };
	struct words args = { .v = argv };
	struct err e = ERR_INIT;

	cr_assert_eq(cmd_check_args(cmd_find("start"), &args, &e), -EINVAL);
	cr_assert_str_eq(e.text, "too few arguments (usage: husk start [options] ID)");
	args.n = 1;
	cr_assert_eq(cmd_check_args(cmd_find("start"), &args, &e), 0);
	args.n = 2;
	cr_assert_eq(cmd_check_args(cmd_find("start"), &args, &e), -EINVAL);
	cr_assert_str_eq(e.text, "unexpected argument \"x\" (usage: husk start [options] ID)");
	cr_assert_eq(cmd_check_args(cmd_find("exec"), &args, &e), 0);
}

Test(table, help)
{
	own_arena a = arena_new();
	struct strbuf all = STRBUF(a), one = STRBUF(a);

	cmd_help_all(&all);
	for (size_t i = 0; i < N_NAMES; i++)
		cr_assert_not_null(strstr(all.text, arena_printf(a, "\n  %s ", names[i])), "%s", names[i]);
	cmd_help(cmd_find("delete"), &one);
	cr_assert_str_eq(one.text,
			 "Usage: husk delete [options] ID\n\n"
			 "remove what is left of a stopped container\n\nOptions:\n"
			 "  -f, --force                   kill it first; a missing container is no error\n"
			 "  -h, --help                    print this text\n");
}
