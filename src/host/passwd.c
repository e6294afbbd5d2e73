/* The host's user names. */
#include "host/passwd.h"

#include <pwd.h>
#include <stdio.h>

char *passwd_name(struct arena *a, uint32_t uid)
{
	FILE *f = fopen("/etc/passwd", "re");
	char *name = NULL;

	if (!f)
		return arena_strdup(a, "");
	for (struct passwd *p; !name && (p = fgetpwent(f));)
		if (p->pw_uid == uid)
			name = arena_strdup(a, p->pw_name);
	(void)fclose(f);
	return name ? name : arena_strdup(a, "");
}
