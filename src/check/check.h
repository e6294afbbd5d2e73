/* The parts of husk_check(), one per file of this folder: each looks at one topic and adds what it finds. */
#pragma once

#include "husk.h"
#include "plan/plan.h"

#include "base/str.h"

/* What was taken out of the configuration: its path in the file; for a list element also its list and number
 * at that moment. */
struct removal {
	const char *path;
	const char *list; /* NULL: no list element */
	size_t index;
};

struct check {
	struct arena *arena;
	struct husk_findings *out;
	const char *bundle;        /* absolute */
	const char *name;          /* of the configuration, as messages call it */
	struct oci_config *config; /* what is left of it: faulty parts are taken out */
	struct host host;
	struct plan_opts opts;
	bool planned; /* plan is what husk would do with what is left */
	struct plan plan;
	struct {
		struct removal *v;
		size_t n, cap;
		size_t by_shape; /* the first so many were no part of the spec at all */
	} removed;
};

/* `path` as the file has it; it and `hint` may be "". All strings are copied. */
void check_add(struct check *c, enum husk_level level, const char *path, const char *text, const char *hint);

/* Take out what `path`, of the file, names, so that the rest can be looked at. False: there is no doing
 * without. (remove.c) */
bool check_remove(struct check *c, const char *path);
/* Put something plain in the place of a part that cannot be taken out; true if that is what `path` needs.
 * (standin.c) */
bool check_stand_in(struct check *c, const char *path);
/* Was this part, a part of it, or what holds it taken out by check_shape()? Then what is said of it may be a
 * consequence. */
bool check_removed(const struct check *c, const char *path);
/* A path of c->config as the file has it, list numbers put right. */
char *check_path(const struct check *c, const char *path);

/* Shape and words of every member. False: there is nothing to look at further. (shape.c) */
bool check_shape(struct check *c, const char *text, size_t len);
/* Rules across members, and what the plan leaves out. (rules.c) */
void check_rules(struct check *c);

/* What this host cannot do. (caps.c, namespaces.c, cgroups.c, kernel.c) */
void check_caps(struct check *c);
void check_namespaces(struct check *c);
void check_ids(struct check *c);
void check_cgroups(struct check *c);
void check_kernel(struct check *c);
/* Files that are not there. (files.c, hooks.c, program.c) */
void check_files(struct check *c);
void check_hooks(struct check *c);
void check_program(struct check *c);
/* What is allowed and yet hardly meant. (words.c) */
void check_words(struct check *c);
