/* The passwd parser against what an image may hold. */
#include "confine/home.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char *home(const char *text, uint32_t uid)
{
	static char ret[64];
	struct arena *a = arena_new();
	const char *h = home_parse(text, strlen(text), uid, a);

	if (h)
		(void)snprintf(ret, sizeof(ret), "%s", h);
	arena_free(a);
	return h ? ret : "none";
}

Test(home, found)
{
	const char *text = "root:x:0:0:root:/root:/bin/sh\n# odd\n\na:b\nweb:x:33:33::/srv:/bin/false\n"
			   "bad:x:+7:7::/bad:\nrel:x:8:8::rel:\nlong:x:9:9::/l:s:more\nlast:x:10:10::/last:";

	cr_assert_str_eq(home(text, 0), "/root");
	cr_assert_str_eq(home(text, 33), "/srv");
	cr_assert_str_eq(home(text, 10), "/last");
	cr_assert_str_eq(home(text, 7), "none");
	cr_assert_str_eq(home(text, 8), "none");
	cr_assert_str_eq(home(text, 9), "none");
	cr_assert_str_eq(home(text, 5), "none");
	cr_assert_str_eq(home("", 0), "none");
	cr_assert_str_eq(home("\n\n", 0), "none");
	cr_assert_str_eq(home("x:x:0:0:::", 0), "none");
}

Test(home, env)
{
	struct arena *a = arena_new();
	char one[] = "A=b", *env[] = { one, NULL };
	struct plan_process p = { .env = { env, 1 }, .uid = 4242424 };

	char **out = home_env(&p, a);
	cr_assert(out[0] == one && !out[1]);
	p.add_home = true;
	out = home_env(&p, a);
	cr_assert(out[0] == one && !strcmp(out[1], "HOME=/") && !out[2]);
	p.uid = 0;
	cr_assert_str_eq(home_env(&p, a)[1], "HOME=/root");
	arena_free(a);
}
