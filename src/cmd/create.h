/* The options that create and run have in common. */
#pragma once

#include "cmd/cmd.h"

struct create_options {
	struct husk_create o;
	bool no_subreaper;
};

#define CREATE_OPTION(member, ...) OPTION(struct create_options, member, __VA_ARGS__)

#define CREATE_OPTIONS \
	CREATE_OPTION(o.bundle, OPTION_STRING, 'b', "bundle", "DIR", \
		      "the bundle (default: the current directory)"), \
		CREATE_OPTION(o.config, OPTION_STRING, 'f', "config", "FILE", \
			      "name of the configuration in the bundle"), \
		CREATE_OPTION(o.console_socket, OPTION_STRING, 0, "console-socket", "PATH", \
			      "socket that gets the terminal"), \
		CREATE_OPTION(o.pidfd_socket, OPTION_STRING, 0, "pidfd-socket", "PATH", \
			      "socket that gets a pidfd of the process"), \
		CREATE_OPTION(o.pid_file, OPTION_STRING, 0, "pid-file", "FILE", \
			      "where to write the process id"), \
		CREATE_OPTION(o.preserve_fds, OPTION_NUMBER, 0, "preserve-fds", "N", \
			      "pass on N descriptors beside stdio and LISTEN_FDS"), \
		CREATE_OPTION(o.no_pivot, OPTION_FLAG, 0, "no-pivot", NULL, \
			      "no pivot_root, for a root on a ramdisk"), \
		CREATE_OPTION(o.no_new_keyring, OPTION_FLAG, 0, "no-new-keyring", NULL, \
			      "keep the caller's session keyring"), \
		CREATE_OPTION(no_subreaper, OPTION_FLAG, 0, "no-subreaper", NULL, \
			      "ignored, for callers of runc")
