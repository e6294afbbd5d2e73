/* The commands of the program: one row each, one file each. */
#pragma once

#include "cmd/options.h"
#include "husk.h"

#include <stdbool.h>
#include <stddef.h>

/* One call of one command. */
struct call {
	const struct husk *husk;
	struct arena *arena;
	void *options;     /* the command's own struct, filled from its table */
	struct words args; /* what is no option; args.v[0] is the container's id where there is one */
	int status;        /* exit status on success */
};

struct cmd {
	const char *name, *summary;
	const char *usage; /* what follows the name and the options */
	const struct option *options;
	size_t options_size;
	int (*run)(struct call *c, struct err *e);
	uint8_t min_args, max_args;
	bool takes_id;       /* args.v[0] is a container id: it is named in errors */
	bool shares_process; /* becomes a relative of container processes: runs from the sealed copy */
	bool args_end;       /* what follows the id is not ours to interpret */
	uint8_t failure;     /* exit status of a failure */
};

#define CMD_ANY_ARGS UINT8_MAX

/* A row of a table whose targets are members of `type`. */
#define OPTION(type, member_, kind_, letter_, name_, value_, help_) \
	{ \
		.name = (name_), .value = (value_), .help = (help_), .offset = offsetof(type, member_), \
		.kind = (kind_), .letter = (letter_) \
	}

extern const struct option cmd_no_options[];

/* The global options. */
struct globals {
	const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless, *criu;
	bool debug, systemd_cgroup, version;
};

extern const struct option cmd_globals[];

const struct cmd *cmd_find(const char *name); /* NULL if there is none */
/* "N arguments expected" as a sentence, when the number of arguments is not what the row says. */
int cmd_check_args(const struct cmd *c, const struct words *args, struct err *e);
/* --help of the program, and of one command. */
void cmd_help_all(struct strbuf *out);
void cmd_help(const struct cmd *c, struct strbuf *out);

/* Each is the row of the file with its name. */
extern const struct cmd cmd_check, cmd_create, cmd_delete, cmd_events, cmd_exec, cmd_features, cmd_kill,
	cmd_list, cmd_pause, cmd_plan, cmd_ps, cmd_resume, cmd_run, cmd_spec, cmd_start, cmd_state,
	cmd_update;
