/* Labels of the Linux security modules, for the program that will be executed. */
#pragma once

#include "base/err.h"

/*
 * Each is written to a verified procfs (CVE-2019-16884, CVE-2025-52881), in one write, and read back. A label
 * that was asked for and cannot be set is always an error. The texts carry the file in backquotes, the form
 * podman looks for.
 */
int lsm_apparmor(int procfs_fd, const char *profile, struct err *e);
int lsm_selinux(int procfs_fd, const char *label, struct err *e);

/* The label of keys made from now on: the session keyring must be the container's. */
int lsm_selinux_keys(int procfs_fd, const char *label, struct err *e);
