/* The driver that makes cgroups as directories. Internal to src/cgroup. */
#pragma once

#include "cgroup/cgroup.h"

extern const struct cgroup_driver cgroupfs_driver;
