/* The mount that a container without a mount namespace has on its rootfs, in the host's tree. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "oci/oci.h"

/* Before it is made: remember in *s where it will be, and what lies there now. ENOSYS before Linux 5.8. */
int hostmount_note(const char *rootfs, struct arena *a, struct oci_saved *s, struct err *e);

/* Take away, with all it carries, what has come to lie there since. Nothing noted: 0. Its processes must have
 * ended. */
int hostmount_remove(const struct oci_saved *s, struct err *e);
