/* The ids that an ordinary user may map, and the programs that map them. */
#pragma once

#include "host/host.h"

/* Fill user_name, subuid, subgid, newuidmap and newgidmap for h->euid. A file that is not there leaves its
 * part empty. (subuid(5), newuidmap(1)) */
int host_probe_subids(struct arena *a, struct host *h, struct err *e);

/* First range of a subuid(5) text for the user, by name (may be NULL) or by number; count 0 if there is none.
 * The text is cut up. */
struct id_range subid_find(char *text, const char *name, const char *number);
