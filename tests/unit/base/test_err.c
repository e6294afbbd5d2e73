/* Error values: text, code, and what happens when the text does not fit. */
#include "base/err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static void check(const struct err *e, int code, const char *text)
{
	cr_expect_eq(e->code, code);
	cr_expect_str_eq(e->text, text);
	cr_expect_eq(e->len, strlen(text));
}

Test(err, set_adds_the_reason)
{
	struct err e = ERR_INIT;

	cr_expect_eq(err_set(&e, ENOENT, "open %s", "/x"), -ENOENT);
	check(&e, ENOENT, "open /x: No such file or directory");
}

Test(err, say_keeps_the_sentence)
{
	struct err e = ERR_INIT;

	cr_expect_eq(err_say(&e, EINVAL, "a %d", 3), -EINVAL);
	check(&e, EINVAL, "a 3");
}

Test(err, without_a_code_it_is_still_an_error)
{
	struct err e = ERR_INIT;

	cr_expect_eq(err_set(&e, 0, "x"), -EIO);
	cr_expect_eq(err_say(&e, 0, "x"), -EINVAL);
	cr_expect_eq(err_set(NULL, EPERM, "x"), -EPERM);
	cr_expect_eq(err_say(NULL, EPERM, "x"), -EPERM);
	cr_expect_eq(err_in(NULL, -EPERM, "x"), -EPERM);
}

Test(err, in_prefixes_failures_only)
{
	struct err e = ERR_INIT;

	(void)err_say(&e, EPERM, "root");
	cr_expect_eq(err_in(&e, 5, "outer"), 5);
	check(&e, EPERM, "root");
	cr_expect_eq(err_in(&e, -EPERM, "mount %s", "/proc"), -EPERM);
	check(&e, EPERM, "mount /proc: root");
}

Test(err, context_that_does_not_fit_is_dropped)
{
	char big[2000];
	struct err e = ERR_INIT;

	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	(void)err_say(&e, EPERM, "root cause");
	cr_expect_eq(err_in(&e, -EPERM, "%s", big), -EPERM);
	check(&e, EPERM, "root cause");
	(void)err_set(&e, EPERM, "%s", big);
	cr_expect_eq(e.len, sizeof e.text - 1);
	cr_expect_eq(e.text[e.len], '\0');
}

static int positive(int n)
{
	return n;
}

static int tried(int n, struct err *e)
{
	int got = TRY(positive(n));

	(void)TRY_IN(positive(got - 10), e, "minus %d", 10);
	return 100;
}

Test(err, try_returns_the_first_failure)
{
	struct err e = ERR_INIT;

	(void)err_say(&e, EPERM, "why");
	cr_expect_eq(tried(-3, &e), -3);
	check(&e, EPERM, "why");
	cr_expect_eq(tried(9, &e), -1);
	check(&e, EPERM, "minus 10: why");
	cr_expect_eq(tried(10, &e), 100);
}
