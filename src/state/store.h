/*
 * What is remembered of a container: one directory per container below the root.
 *
 *   <root>/<id>/config.json   the frozen copy of the bundle's config; exec, delete and hooks read this one
 *   <root>/<id>/state.json    struct oci_saved, replaced atomically
 *   <root>/<id>/resources.json  what an update changed, for the next one (life/update.c)
 *   <root>/<id>/notify      where the container finds its service manager's socket (life/notifysocket.h)
 *   <root>/<id>/go, result    the two FIFOs of the start gate (life/gate.h)
 *
 * The directory itself is the lock (flock). A directory whose record says "creating" and whose lock is free
 * was left by a create that was killed: the next create or delete of that id clears it away.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "oci/oci.h"

#include <stdbool.h>
#include <stddef.h>

/* The root directory, made (0700) if missing; refuses "/". Returns a descriptor, owned by the caller. */
int store_open_root(const char *root, struct err *e);

/*
 * Reserve `id`: a new, locked directory. Returns its descriptor. EEXIST: "container with given ID already
 * exists". *ret_stale: the id was left behind by a create that was killed; its record (if readable) is for
 * the caller to clear away.
 */
int store_reserve(int root_fd, const char *id, bool *ret_stale, struct err *e);

/* The directory of an existing container. ENOENT: container "X" does not exist. Descriptor owned by the
 * caller. */
int store_open(int root_fd, const char *id, struct err *e);

/* Exclusive lock until the descriptor is closed or store_unlock(). ENOENT: the container was deleted while we
 * waited, whatever has its name now. */
int store_lock(int root_fd, int dir_fd, const char *id, struct err *e);
void store_unlock(int dir_fd);

int store_save(int dir_fd, const struct oci_saved *saved, struct arena *a, struct err *e);
int store_load(int dir_fd, const char *id, struct arena *a, struct oci_saved **ret, struct err *e);

/* Remove the container's directory. What is not there is no error. */
int store_remove(int root_fd, const char *id, struct err *e);

/* Every id below the root, sorted; names that cannot be ids are passed over. */
int store_ids(int root_fd, struct arena *a, char ***ret, size_t *ret_n, struct err *e);
