/* One verb on many containers. */
#include "cmd/match.h"

#include <errno.h>
#include <regex.h>

static int each(struct call *c, const regex_t *regex,
		int (*act)(struct call *c, const char *id, struct err *e), struct err *e)
{
	struct oci_state *list;
	size_t n;
	int first = 0;

	TRY(husk_list(c->husk, c->arena, &list, &n, e));
	for (size_t i = 0; i < n; i++) {
		struct err one = ERR_INIT;

		if (regexec(regex, list[i].id, 0, NULL, 0) != 0)
			continue;
		int r = act(c, list[i].id, &one);
		if (r < 0 && first == 0)
			first = err_say(e, one.code, "%s: %s", list[i].id, one.text);
	}
	return first;
}

int match_each(struct call *c, const char *pattern, int (*act)(struct call *c, const char *id, struct err *e),
	       struct err *e)
{
	char text[128];
	regex_t regex;
	int r = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB);

	if (r) {
		(void)regerror(r, &regex, text, sizeof text);
		return err_say(e, EINVAL, "regex: %s", text);
	}
	r = each(c, &regex, act, e);
	regfree(&regex);
	return r;
}
