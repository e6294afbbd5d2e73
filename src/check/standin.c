/* What a configuration cannot be without, in the plainest form, so that the rest can be looked at. */
#include "check/check.h"

static void stand_in_version(struct check *c)
{
	SET(c->config, oci_config, oci_version, arena_strdup(c->arena, HUSK_SPEC_VERSION));
}

static void stand_in_root(struct check *c)
{
	struct oci_root *root = NEW(c->arena, struct oci_root);

	SET(root, oci_root, path, arena_strdup(c->arena, "."));
	SET(c->config, oci_config, root, root);
}

/* A program without a name: check_program() passes over it. */
static void stand_in_args(struct check *c)
{
	struct oci_strv args = { .v = arena_array(c->arena, 2, sizeof(char *)), .n = 1 };

	args.v[0] = arena_strdup(c->arena, "");
	SET(c->config->process, oci_process, args, args);
}

static void stand_in_mount_namespace(struct check *c)
{
	struct oci_linux *l = c->config->linux_ ? c->config->linux_ : NEW(c->arena, struct oci_linux);
	struct oci_namespace *v = arena_array(c->arena, l->namespaces.n + 1, sizeof *v);

	for (size_t i = 0; i < l->namespaces.n; i++)
		v[i] = l->namespaces.v[i];
	SET(&v[l->namespaces.n], oci_namespace, type, OCI_NS_MOUNT);
	l->namespaces.v = v;
	l->namespaces.n++;
	SET(c->config, oci_config, linux_, l);
}

/* Half a map, or one that nobody can use: without the user namespace no map is needed. */
static void drop_user_namespace(struct check *c)
{
	const struct oci_linux *l = c->config->linux_;

	(void)check_remove(c, "linux.uidMappings");
	(void)check_remove(c, "linux.gidMappings");
	for (size_t i = l->namespaces.n; i-- > 0;)
		if (l->namespaces.v[i].type == OCI_NS_USER)
			(void)check_remove(c,
					   check_path(c, arena_printf(c->arena, "linux.namespaces[%zu]", i)));
}

bool check_stand_in(struct check *c, const char *path)
{
	struct oci_config *config = c->config;

	if ((!*path && !config->oci_version) || str_eq(path, "ociVersion"))
		stand_in_version(c);
	else if (str_eq(path, "root") && !config->root)
		stand_in_root(c);
	else if (config->process && !config->process->cwd && str_after(path, "process"))
		SET(config->process, oci_process, cwd, arena_strdup(c->arena, "/"));
	else if (config->process && !config->process->args.n && str_eq(path, "process.args"))
		stand_in_args(c);
	else if (str_eq(path, "linux.namespaces") || (str_eq(path, "linux") && !config->linux_))
		stand_in_mount_namespace(c);
	else if (config->linux_ &&
		 (str_after(path, "linux.uidMappings") || str_after(path, "linux.gidMappings")))
		drop_user_namespace(c);
	else
		return false;
	return true;
}
