/* What the two halves of the payload offer to main(). */
#pragma once

/* Everything that a process can find out about itself, as one JSON object; `argv` are sysctls to add. */
int payload_report(int argc, char **argv, char **arguments);

struct action {
	const char *name;
	int n_args; /* at least so many words must follow */
	int (*run)(int argc, char **argv);
};

extern const struct action payload_actions[]; /* ends with an empty name */
