/* Where compiled seccomp filters are kept: @seccomp below the root ("@" cannot begin a container's name). */
#pragma once

/* Open or make it; FD_NONE where that fails: a cache is a convenience. Descriptor owned by the caller. */
int seccomp_dir_open(int root_fd);
