/* The version text. */
#include "cmd/version.h"

#include "base/str.h"
#include "cmd/commit.h"
#include "husk.h"

#include <seccomp.h>

const char version_commit[] = HUSK_COMMIT;

char *version_libseccomp(struct arena *a)
{
	const struct scmp_version *v = seccomp_version();

	return arena_printf(a, "%u.%u.%u", v->major, v->minor, v->micro);
}

static const char *called_as(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
	const char *base = slash ? slash + 1 : argv0;

	return base && (str_eq(base, "runc") || str_eq(base, "crun")) ? base : "husk";
}

char *version_text(const char *argv0, struct arena *a)
{
	return arena_printf(a, "%s version %s\ncommit: %s\nspec: %s\nlibseccomp: %s\n", called_as(argv0),
			    HUSK_VERSION, version_commit, HUSK_SPEC_VERSION, version_libseccomp(a));
}
