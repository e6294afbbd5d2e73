/* The loopback interface. */
#pragma once

#include "base/err.h"

/* Bring "lo" up in the caller's network namespace (netdevice(7)). Needs CAP_NET_ADMIN there. */
int loopback_up(struct err *e);
