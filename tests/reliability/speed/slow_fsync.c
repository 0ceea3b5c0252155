/* Adds SLOW_FSYNC_MS milliseconds to every fsync and fdatasync of a program: LD_PRELOAD=slow_fsync.so program */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int slowly(const char *name, int file) {
    const char *given = getenv("SLOW_FSYNC_MS");
    long microseconds = given ? (long)(atof(given) * 1000) : 0;
    struct timespec pause = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&pause, NULL);
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(file);
}

int fsync(int file) { return slowly("fsync", file); }
int fdatasync(int file) { return slowly("fdatasync", file); }
