/* The option parser: every syntax, every error. */
#include "cmd/options.h"

#include <criterion/criterion.h>
#include <errno.h>

struct target {
	bool detach, keep;
	const char *bundle;
	uint32_t fds;
	struct words env;
};

#define ROW(member_, kind_, letter_, name_) \
	{ \
		.name = name_, .kind = kind_, .letter = letter_, .offset = offsetof(struct target, member_), \
		.help = "h" \
	}

static const struct option table[] = {
	ROW(detach, OPTION_FLAG, 'd', "detach"),   ROW(keep, OPTION_FLAG, 'k', "keep"),
	ROW(bundle, OPTION_STRING, 'b', "bundle"), ROW(fds, OPTION_NUMBER, 0, "preserve-fds"),
	ROW(env, OPTION_LIST, 'e', "env"),         { 0 },
};

static struct arena *arena;
static struct target t;
static struct words rest;
static struct err e;

static void setup(void)
{
	arena = arena_new();
	t = (struct target){ 0 };
	rest = (struct words){ 0 };
	e = ERR_INIT;
}

static void teardown(void)
{
	arena_free(arena);
}

TestSuite(options, .init = setup, .fini = teardown);

static int parse(enum options_order order, const char *line)
{
	struct words argv = { 0 };
	char *copy = arena_strdup(arena, line), *save;

	for (char *p = strtok_r(copy, " ", &save); p; p = strtok_r(NULL, " ", &save))
		words_add(&argv, p, arena);
	char *none = NULL;
	return options_parse(table, order, argv.n ? argv.v : &none, arena, &t, &rest, &e);
}

Test(options, string_syntaxes)
{
	static const char *const lines[] = { "--bundle /b", "--bundle=/b", "-b /b",      "-b/b",
					     "-b=/b",       "-bundle /b",  "-bundle=/b", "-db /b" };

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		t.bundle = NULL;
		cr_assert_eq(parse(OPTIONS_ANYWHERE, lines[i]), 0, "%s: %s", lines[i], e.text);
		cr_assert_str_eq(t.bundle, "/b", "%s", lines[i]);
		cr_assert_eq(rest.n, 0);
	}
}

Test(options, flag_syntaxes)
{
	cr_assert_eq(parse(OPTIONS_ANYWHERE, "-dk"), 0);
	cr_assert(t.detach && t.keep);
	cr_assert_eq(parse(OPTIONS_ANYWHERE, "--detach=false -keep=F"), 0);
	cr_assert(!t.detach && !t.keep);
	cr_assert_eq(parse(OPTIONS_ANYWHERE, "-detach --keep=true"), 0);
	cr_assert(t.detach && t.keep);
	cr_assert_eq(parse(OPTIONS_ANYWHERE, "-d=0"), 0);
	cr_assert(!t.detach);
}

Test(options, a_value_may_look_like_an_option)
{
	cr_assert_eq(parse(OPTIONS_ANYWHERE, "--bundle --detach"), 0);
	cr_assert_str_eq(t.bundle, "--detach");
	cr_assert_not(t.detach);
}

Test(options, an_empty_value_is_none)
{
	cr_assert_eq(parse(OPTIONS_ANYWHERE, "-b /b --bundle="), 0);
	cr_assert_null(t.bundle);
}

Test(options, lists_keep_their_order)
{
	cr_assert_eq(parse(OPTIONS_ANYWHERE, "-e A=1 --env=B=2 -eC=3 --env D"), 0);
	cr_assert_eq(t.env.n, 4);
	cr_assert_str_eq(t.env.v[0], "A=1");
	cr_assert_str_eq(t.env.v[1], "B=2");
	cr_assert_str_eq(t.env.v[2], "C=3");
	cr_assert_str_eq(t.env.v[3], "D");
	cr_assert_null(t.env.v[4]);
}

Test(options, anywhere)
{
	cr_assert_eq(parse(OPTIONS_ANYWHERE, "web1 -d KILL --preserve-fds 3 -"), 0);
	cr_assert(t.detach);
	cr_assert_eq(t.fds, 3);
	cr_assert_eq(rest.n, 3);
	cr_assert_str_eq(rest.v[0], "web1");
	cr_assert_str_eq(rest.v[1], "KILL");
	cr_assert_str_eq(rest.v[2], "-");
}

Test(options, the_first_argument_ends_them)
{
	cr_assert_eq(parse(OPTIONS_FIRST, "-d web1 ls -k -- --bogus"), 0);
	cr_assert(t.detach && !t.keep);
	cr_assert_eq(rest.n, 5);
	cr_assert_str_eq(rest.v[2], "-k");
	cr_assert_str_eq(rest.v[3], "--");
}

Test(options, two_dashes_end_them)
{
	cr_assert_eq(parse(OPTIONS_ANYWHERE, "-d -- -k web1"), 0);
	cr_assert(t.detach && !t.keep);
	cr_assert_eq(rest.n, 2);
	cr_assert_str_eq(rest.v[0], "-k");
}

Test(options, nothing)
{
	cr_assert_eq(parse(OPTIONS_ANYWHERE, ""), 0);
	cr_assert_eq(rest.n, 0);
}

Test(options, help)
{
	cr_assert_eq(parse(OPTIONS_ANYWHERE, "web1 --help"), OPTIONS_HELP);
	cr_assert_eq(parse(OPTIONS_ANYWHERE, "-h"), OPTIONS_HELP);
	cr_assert_eq(parse(OPTIONS_ANYWHERE, "-help"), OPTIONS_HELP);
	cr_assert_eq(parse(OPTIONS_FIRST, "web1 --help"), 0);
}

Test(options, errors)
{
	static const char *const cases[][2] = {
		{ "--bundle", "flag needs an argument: --bundle" },
		{ "-b", "flag needs an argument: --bundle" },
		{ "-d -bundle", "flag needs an argument: --bundle" },
		{ "--x", "unknown flag: --x" },
		{ "--x=1", "unknown flag: --x" },
		{ "-x", "unknown flag: -x" },
		{ "-dx", "unknown flag: -dx" },
		{ "--bund /b", "unknown flag: --bund" },
		{ "--bundles /b", "unknown flag: --bundles" },
		{ "--=1", "unknown flag: --" },
		{ "--detach=maybe", "invalid value \"maybe\" for flag --detach: not true or false" },
		{ "--preserve-fds -1", "invalid value \"-1\" for flag --preserve-fds: not a number" },
		{ "--preserve-fds=4294967296",
		  "invalid value \"4294967296\" for flag --preserve-fds: not a number" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		e = ERR_INIT;
		cr_assert_eq(parse(OPTIONS_ANYWHERE, cases[i][0]), -EINVAL, "%s", cases[i][0]);
		cr_assert_str_eq(e.text, cases[i][1]);
	}
}

Test(options, help_lists_every_row)
{
	struct strbuf out = STRBUF(arena);

	options_help(table, &out);
	cr_assert_str_eq(out.text, "  -d, --detach                  h\n"
				   "  -k, --keep                    h\n"
				   "  -b, --bundle                  h\n"
				   "      --preserve-fds            h\n"
				   "  -e, --env                     h\n");
}
