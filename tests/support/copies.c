/*
 * Makes a test binary do all the time what it otherwise does now and then: start programs.
 *
 * A child has every descriptor of its parent until its own program begins, so what a test closes stays
 * open for that moment (see gone.rs). Loaded into a test binary (LD_PRELOAD), this begins such a child
 * about every 150 microseconds and lets it live for 10 milliseconds, without a program: whatever relies on
 * a close to be seen at once fails. Linux only; `.ci/steady` compiles and uses it.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHILDREN = 64, STACK = 8192 };

static const struct timespec life = {0, 10000000}, pause_between = {0, 150000};
static char stacks[CHILDREN][STACK] __attribute__((aligned(64)));

/* It shares the memory of its parent, and has a copy of its descriptors, as that of posix_spawn. */
static int child(void *nothing) {
    (void)nothing;
    syscall(SYS_nanosleep, &life, NULL);
    syscall(SYS_exit, 0);
    return 0;
}

static void *copy_for_ever(void *nothing) {
    static int children[CHILDREN];
    (void)nothing;
    for (unsigned at = 0;; at = (at + 1) % CHILDREN) {
        int status;
        if (children[at] > 0)
            syscall(SYS_wait4, children[at], &status, __WALL, NULL);
        /* No signal at its end: the test's own children are none of its business. */
        children[at] = clone(child, stacks[at] + STACK - 64, CLONE_VM, NULL);
        syscall(SYS_nanosleep, &pause_between, NULL);
    }
    return NULL;
}

__attribute__((constructor)) static void begin(void) {
    pthread_t thread;
    sigset_t all, before;
    /* Not in the programs that the tests start. */
    unsetenv("LD_PRELOAD");
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_create(&thread, NULL, copy_for_ever, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
