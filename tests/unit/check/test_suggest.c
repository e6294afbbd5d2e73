/* What counts as near enough to be meant. */
#include "check/suggest.h"

#include "base/str.h"

#include <criterion/criterion.h>
#include <stdint.h>

static const char *const members[] = { "noNewPrivileges", "cwd", "user", "args", "capabilities", "env" };

static const char *nearest(const char *word)
{
	return suggest_nearest(word, members, sizeof members / sizeof *members);
}

Test(suggest, distance)
{
	cr_assert_eq(suggest_distance("mount", "mount"), 0);
	cr_assert_eq(suggest_distance("", "abc"), 3);
	cr_assert_eq(suggest_distance("abc", ""), 3);
	cr_assert_eq(suggest_distance("muont", "mount"), 1); /* neighbours swapped */
	cr_assert_eq(suggest_distance("mont", "mount"), 1);
	cr_assert_eq(suggest_distance("mounts", "mount"), 1);
	cr_assert_eq(suggest_distance("meunt", "mount"), 1);
	cr_assert_eq(suggest_distance("READONLY", "readonly"), 0);
	cr_assert_eq(suggest_distance("kitten", "sitting"), 3);
}

Test(suggest, a_long_word_is_far)
{
	char word[80];

	memset(word, 'a', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	cr_assert_eq(suggest_distance(word, "a"), SIZE_MAX);
	cr_assert_eq(suggest_distance("a", word), SIZE_MAX);
	cr_assert_null(nearest(word));
}

Test(suggest, near)
{
	cr_assert_str_eq(nearest("noNewPriviledges"), "noNewPrivileges");
	cr_assert_str_eq(nearest("nonewprivileges"), "noNewPrivileges");
	cr_assert_str_eq(nearest("CWD"), "cwd");
	cr_assert_str_eq(nearest("capab"), "capabilities");
	cr_assert_str_eq(nearest("arg"), "args");
	cr_assert_str_eq(nearest("capabiliteez"), "capabilities");
}

Test(suggest, far)
{
	cr_assert_null(nearest(""));
	cr_assert_null(nearest("x"));
	cr_assert_null(nearest("timeout"));
	cr_assert_null(nearest("hooks"));
}

Test(suggest, the_word_itself_is_no_suggestion)
{
	cr_assert_null(nearest("env"));
}

Test(suggest, hint)
{
	struct arena *a = arena_new();

	cr_assert_str_eq(suggest_hint("usr", members, 6, a), "did you mean user?");
	cr_assert_str_eq(suggest_hint("nothing", members, 6, a), "");
	arena_free(a);
}
