/* Stands between a program and its disk, for files whose names begin with CARE_DISK_FILES. Built as a shared library
 * and put in front of libc with LD_PRELOAD; it needs nothing of SQLite's but that it writes through libc.
 *
 * CARE_DISK_LOG: a file to which every write, truncation, sync, and removal is written, with its bytes, in order.
 * CARE_DISK_ORDERS: a file of three 64-bit numbers that the test may change at any time:
 *   how many of 10,000 writes and syncs fail with EIO; how many bytes may still be added to files (-1: any number),
 *   beyond which a write fails with ENOSPC; how many calls have failed so far.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE = 2, SYNC = 3, REMOVE = 4, MARK = 5 };
struct entry { int64_t what, file, offset, length; };
struct orders { int64_t failing, room, failed; };

static const int MOST = 4096;
static int file_of[4096]; /* by descriptor: the number of the file and 1, 0 for files that do not concern us */
static char names[64][512];
static int known;
static int log_fd = -1;
static unsigned int seed = 4;
static struct orders *orders;
static const char *prefix;
static pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static int (*real_open)(const char *, int, ...);
static int (*real_close)(int), (*real_fsync)(int), (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off64_t), (*real_unlink)(const char *);

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_open = dlsym(RTLD_NEXT, "open64");
    real_close = dlsym(RTLD_NEXT, "close");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    prefix = getenv("CARE_DISK_FILES");
    const char *log = getenv("CARE_DISK_LOG"), *told = getenv("CARE_DISK_ORDERS");
    if (log) log_fd = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (told) {
        int fd = real_open(told, O_RDWR | O_CLOEXEC);
        orders = mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        real_close(fd);
    }
}

static int number_of(const char *path) {
    if (!prefix || strncmp(path, prefix, strlen(prefix)) || strstr(path, "-shm")) return 0;
    for (int i = 0; i < known; i++)
        if (!strcmp(names[i], path + strlen(prefix))) return i + 1;
    if (known == 64 || strlen(path + strlen(prefix)) > 511) abort();
    strcpy(names[known], path + strlen(prefix));
    return ++known;
}

static void note(int64_t what, int64_t file, int64_t offset, const void *bytes, int64_t length) {
    struct entry entry = {what, file, offset, length};
    if (log_fd < 0) return;
    if (real_write(log_fd, &entry, sizeof entry) != sizeof entry) abort();
    if (bytes && real_write(log_fd, bytes, length) != length) abort();
}

static const char *name_of(int file) { return names[file - 1]; }

static int fails(void) {
    if (!orders || rand_r(&seed) % 10000 >= orders->failing) return 0;
    orders->failed++;
    errno = EIO;
    return 1;
}

static int is_full(int fd, off64_t end) {
    struct stat64 now;
    if (!orders || orders->room < 0 || fstat64(fd, &now) || end <= now.st_size) return 0;
    if (end - now.st_size <= orders->room) {
        orders->room -= end - now.st_size;
        return 0;
    }
    orders->failed++;
    errno = ENOSPC;
    return 1;
}

/* What the test does itself, in order with the writes: `care_mark(number)`. */
void care_mark(int64_t number) {
    pthread_mutex_lock(&alone);
    note(MARK, 0, number, NULL, 0);
    pthread_mutex_unlock(&alone);
}

static int opened(const char *path, int fd) {
    if (fd >= 0 && fd < MOST) {
        pthread_mutex_lock(&alone);
        file_of[fd] = number_of(path);
        pthread_mutex_unlock(&alone);
    }
    return fd;
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    return opened(path, real_open(path, flags, mode));
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    return opened(path, real_open(path, flags, mode));
}

int close(int fd) {
    if (fd >= 0 && fd < MOST) file_of[fd] = 0;
    return real_close(fd);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    int file = fd >= 0 && fd < MOST ? file_of[fd] : 0;
    if (!file) return real_pwrite(fd, bytes, length, offset);
    pthread_mutex_lock(&alone);
    ssize_t done = fails() || is_full(fd, offset + (off64_t)length) ? -1 : real_pwrite(fd, bytes, length, offset);
    if (done > 0) note(WRITE, file, offset, bytes, done);
    pthread_mutex_unlock(&alone);
    return done;
}

int ftruncate64(int fd, off64_t length) {
    int file = fd >= 0 && fd < MOST ? file_of[fd] : 0;
    if (!file) return real_ftruncate(fd, length);
    pthread_mutex_lock(&alone);
    int done = fails() ? -1 : real_ftruncate(fd, length);
    if (!done) note(TRUNCATE, file, length, NULL, 0);
    pthread_mutex_unlock(&alone);
    return done;
}

static int synced(int fd, int (*really)(int)) {
    int file = fd >= 0 && fd < MOST ? file_of[fd] : 0;
    if (!file) return really(fd);
    pthread_mutex_lock(&alone);
    int done = fails() ? -1 : 0; /* the disk is only told of in the log: nobody pulls a real plug */
    if (!done && log_fd < 0) done = really(fd);
    if (!done) note(SYNC, file, 0, name_of(file), (int64_t)strlen(name_of(file)));
    pthread_mutex_unlock(&alone);
    return done;
}

int fsync(int fd) { return synced(fd, real_fsync); }
int fdatasync(int fd) { return synced(fd, real_fdatasync); }

int unlink(const char *path) {
    pthread_mutex_lock(&alone);
    int file = number_of(path), done = real_unlink(path);
    if (!done && file) note(REMOVE, file, 0, NULL, 0);
    pthread_mutex_unlock(&alone);
    return done;
}
