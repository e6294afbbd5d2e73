/*
 * The script of the two lanes: every step once, in order. A pair of steps between which the parent has
 * nothing to do is left out, by both: each costs two changes of process, and nearly all containers need
 * neither.
 *
 *  husk create (parent lane, spawn.c)              init (child lane, init.c; cloned into its cgroup)
 *  ----------------------------------              -------------------------------------------------
 *  load, probe, plan_build, reserve, cgroup
 *  clone3 --------------------------------------->  join namespaces that must come first, user namespace
 *                            <---- BORN ----
 *  write id maps and clock offsets, v1 cgroups
 *                            ---- MAPPED --->       remaining namespaces, second fork if planned, mounts
 *                            <---- MOUNTED ----     (the kernel stamps the sender's pid: nobody counts forks)
 *  reap the intermediate, move network devices,
 *  enter resctrl, run hooks
 *                            ---- HOOKED --->       createContainer hooks, pivot, console, confine
 *                            <---- READY + fds ---- console master, seccomp listener
 *  hand fds on, limits, state.json, pid file
 *                            ---- RECORDED --->     gate: read one byte from `go` <---- husk start
 *  exit 0                                           startContainer hooks, last filter, execve ----> `result`
 *
 * An exec into a running container has a shorter script of its own (join.c).
 * A message that is not the expected step is either FAIL (it becomes our error, in the peer's words), LOG, or
 * a bug. End of file means that the peer died.
 */
#pragma once

#define LIFE_STEPS(X) \
	/*   step      meaning                                                          */ \
	X(BORN, "in my user namespace; give me my id maps") \
	X(MAPPED, "maps and clock offsets written, all cgroups joined") \
	X(MOUNTED, "all namespaces entered, tree mounted") \
	X(HOOKED, "prestart and createRuntime hooks ran") \
	X(READY, "createContainer hooks ran, pivoted, confined") \
	X(RECORDED, "state says created; wait at the gate")

#define JOIN_STEPS(X) \
	X(JOINED, "in the container's namespaces, in my last process") \
	X(PLACED, "all cgroups joined") \
	X(ARMED, "confined; console and listener attached") \
	X(NOTED, "limits set, pid file written; go") \
	X(EXECING, "the next thing I do is execve")

enum step {
#define STEP_CONSTANT(name, meaning) STEP_##name,
	LIFE_STEPS(STEP_CONSTANT) JOIN_STEPS(STEP_CONSTANT) STEP_NONE, /* nothing more is expected */
#undef STEP_CONSTANT
};
