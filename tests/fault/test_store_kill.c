// The process dies while it saves: what is found afterwards is the image before or the image after.

#include "disk.h"
#include "faultvfs.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

// Saves image 1 over image 0 in a process of its own that dies at its nth write. False when it
// lived.
static bool die_while_saving(disk *d, faultvfs_mode mode, uint32_t nth) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        faultvfs_install();
        faultvfs_arm(mode, FAULTVFS_WRITES, nth, 0);
        _exit(disk_save(d, 1) == RWG_OK ? 0 : 1);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        assert_int_equal(errno, EINTR);
    }
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FAULTVFS_EXIT_CODE);
    return WEXITSTATUS(status) == FAULTVFS_EXIT_CODE;
}

static void keep_copy(disk *d) {
    disk_command("cp -r '%s/rwgraph' '%s/kept'", d->folder, d->folder);
}

static void restore_copy(disk *d) {
    disk_command("rm -rf '%s/rwgraph'%s", d->folder, "");
    disk_command("cp -r '%s/kept' '%s/rwgraph'", d->folder, d->folder);
}

// Dies at every write in turn; `before` is what was there when the save began.
static uint32_t die_everywhere(disk *d, faultvfs_mode mode, uint32_t before) {
    uint32_t n = 1;
    bool died = true;
    bool seen_before = false;
    bool seen_after = false;
    for (; died; n++) {
        restore_copy(d);
        died = die_while_saving(d, mode, n);
        uint32_t found = disk_find(d);
        if (found != before && found != 1) {
            fail_msg("after write %u: found %u", n, found);
        }
        seen_before |= found == before;
        seen_after |= found == 1;
        // and the database is as good as ever
        assert_int_equal(disk_save(d, 0), RWG_OK);
        assert_int_equal(disk_find(d), 0);
    }
    assert_true(seen_before && seen_after);
    return n;
}

TEST(a_process_killed_at_any_write_leaves_the_image_before_or_after) {
    disk d;
    disk_init(&d, 120);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    keep_copy(&d);
    uint32_t deaths = die_everywhere(&d, FAULTVFS_EXIT, 0);
    deaths += die_everywhere(&d, FAULTVFS_TORN, 0);
    print_message("%u deaths over an image\n", deaths);
    assert_true(deaths > 60);
    disk_deinit(&d);
}

TEST(a_process_killed_at_any_write_of_the_first_save_leaves_nothing_or_all) {
    disk d;
    disk_init(&d, 60);
    disk_command("mkdir '%s/kept'%s", d.folder, "");
    uint32_t deaths = die_everywhere(&d, FAULTVFS_EXIT, DISK_EMPTY);
    deaths += die_everywhere(&d, FAULTVFS_TORN, DISK_EMPTY);
    print_message("%u deaths from nothing\n", deaths);
    assert_true(deaths > 60);
    disk_deinit(&d);
}

TEST(a_process_killed_at_any_moment_leaves_the_image_before_or_after) {
    disk d;
    disk_init(&d, 400);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    uint32_t seed = 12345;
    uint32_t now = 0;
    for (uint32_t round = 0; round < 100; round++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            for (;;) { // one save after the other, until it is over
                (void)disk_save(&d, 1);
                (void)disk_save(&d, 0);
            }
        }
        seed = seed * 1664525 + 1013904223;
        struct timespec wait = {.tv_nsec = (long)(seed % 40000) * 1000};
        (void)nanosleep(&wait, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        now = disk_find(&d);
        assert_true(now == 0 || now == 1);
    }
    disk_deinit(&d);
}

// Runs a save in which the nth call fails; returns its status.
static rwg_status
save_with_fault(disk *d, faultvfs_mode mode, uint32_t kinds, uint32_t n, int code) {
    faultvfs_install();
    faultvfs_arm(mode, kinds, n, code);
    rwg_status status = disk_save(d, 1);
    faultvfs_disarm();
    return status;
}

static uint32_t fail_everywhere(disk *d, faultvfs_mode mode, uint32_t kinds, int code) {
    uint32_t n = 1;
    bool hit = true;
    for (; hit; n++) {
        restore_copy(d);
        rwg_status status = save_with_fault(d, mode, kinds, n, code);
        hit = faultvfs_hit();
        assert_true(hit || status == RWG_OK);
        uint32_t found = disk_find(d);
        if (status == RWG_OK ? found != 1 : found != 0 && found != 1) {
            fail_msg("fault %u: the save said %s, found %u", n, rwg_status_name(status), found);
        }
        assert_int_equal(disk_save(d, 0), RWG_OK);
        assert_int_equal(disk_find(d), 0);
    }
    return n;
}

TEST(a_full_disk_at_any_write_leaves_the_image_before_or_after) {
    disk d;
    disk_init(&d, 60);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    keep_copy(&d);
    uint32_t faults = fail_everywhere(&d, FAULTVFS_STAYS, FAULTVFS_WRITES, 13 /* SQLITE_FULL */);
    faults += fail_everywhere(&d, FAULTVFS_ONCE, FAULTVFS_WRITES, 13);
    print_message("%u full disks\n", faults);
    disk_deinit(&d);
}

TEST(a_failing_disk_at_any_write_leaves_the_image_before_or_after) {
    disk d;
    disk_init(&d, 60);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    keep_copy(&d);
    const int io_write = 10 | 3 << 8; /* SQLITE_IOERR_WRITE */
    uint32_t faults = fail_everywhere(&d, FAULTVFS_STAYS, FAULTVFS_WRITES, io_write);
    faults += fail_everywhere(&d, FAULTVFS_ONCE, FAULTVFS_WRITES, io_write);
    print_message("%u failing writes\n", faults);
    disk_deinit(&d);
}

TEST(a_failing_read_is_no_reason_to_discard_the_cache) {
    disk d;
    disk_init(&d, 60);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    faultvfs_install();
    bool hit = true;
    for (uint32_t n = 1; hit; n++) {
        faultvfs_arm(FAULTVFS_STAYS, FAULTVFS_READS, n, 10 | 1 << 8 /* SQLITE_IOERR_READ */);
        uint32_t found = disk_find(&d);
        hit = faultvfs_hit();
        faultvfs_disarm();
        assert_true(found == 0 || (hit && found == DISK_DROPPED));
        assert_int_equal(disk_find(&d), 0); // once the disk works again, all is there
    }
    disk_deinit(&d);
}

TEST(two_processes_that_save_at_once_never_mix_their_images) {
    disk d;
    disk_init(&d, 200);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    pid_t children[2];
    for (uint32_t i = 0; i < 2; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            for (uint32_t round = 0; round < 40; round++) {
                rwg_status status = disk_save(&d, i);
                uint32_t found = disk_find(&d);
                if (status != RWG_OK || found > 1) {
                    _exit(1);
                }
            }
            _exit(0);
        }
    }
    for (uint32_t i = 0; i < 2; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_true(disk_find(&d) <= 1);
    disk_deinit(&d);
}
