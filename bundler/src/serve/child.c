/* Children: fork and exec by hand rather than uv_spawn, for what has to be done in between.
 *
 *   DOWN ──start──▶ RUNNING ──exit──▶ DOWN ──back-off──▶ RUNNING
 *                      └──stop──▶ STOPPING ──exit──▶ DOWN
 *
 * A run is over when the process has been waited for and both of its outputs have ended: nothing of
 * what it said last is lost. Output that a grandchild keeps open is not waited for. */
#include "serve/child.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#    include <sys/prctl.h>
#endif

#define RESTARTS        5
#define STOP_MS         2000
#define FIRST_WAIT_MS   100
#define LONGEST_WAIT_MS 5000
/* A line is cut here. */
#define LINE_BYTES (64u * 1024)

extern char **environ;

typedef enum state {
    DOWN,
    RUNNING,
    STOPPING,
} state;

/* One output of the process; lives until its handle has closed, which may be after the child. */
typedef struct output {
    rwb__child *child; /* NULL: nobody listens any more */
    rwg__mem *mem;
    rwb__loop *loop;
    uv_pipe_t pipe;
    rwg__buf line;
    bool is_stderr;
    bool ended;
} output;

/* What waits for SIGCHLD, and the pipe to stdin: handles that outlive the child too. */
typedef struct process {
    rwb__child *child;
    rwg__mem *mem;
    uv_signal_t exits;
    uv_pipe_t input;
    uv_write_t write;
    char *text; /* for stdin */
    uint32_t text_len;
    uint32_t handles; /* not closed yet */
} process;

struct rwb__child {
    rwb__loop *loop;
    rwg__mem *mem;
    rwg__arena arena;
    rwb__child_options options;
    uint8_t state; /* state */
    bool again;    /* start when it is down: rwb__child_restart */
    int pid;
    int wait_status;
    bool waited; /* the process is over, its output perhaps not */
    uint32_t failures;
    process *process; /* while not DOWN */
    output *outputs[2];
    rwb__timer *stopper;
    rwb__timer *starter;
};

/* ── Output ──────────────────────────────────────────────────────────────────────────────────── */

static void settle(rwb__child *c);

static void print_line(rwb__child *c, bool is_stderr, rwg_str line) {
    if (c->options.print) {
        c->options.print(c->options.payload, is_stderr, line);
        return;
    }
    FILE *file = is_stderr ? stderr : stdout;
    (void)fprintf(
        file,
        "%.*s%.*s\n",
        (int)c->options.prefix.len,
        c->options.prefix.ptr,
        (int)line.len,
        line.ptr
    );
    (void)fflush(file);
}

static void take_line(output *o, rwg_str line) {
    rwb__child *c = o->child;
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    bool taken = !o->is_stderr && c->options.line && c->options.line(c->options.payload, line);
    // The callback may have freed the child.
    if (!taken && o->child) {
        print_line(o->child, o->is_stderr, line);
    }
}

static void take_output(output *o, rwg_str bytes) {
    while (bytes.len > 0 && o->child) {
        uint32_t end = rwg__str_index(bytes, '\n');
        bool whole = end < bytes.len;
        rwg__buf_add(&o->line, rwg__str_sub(bytes, 0, end));
        bytes = rwg__str_from(bytes, whole ? end + 1 : end);
        if (whole || o->line.bytes.len >= LINE_BYTES) {
            take_line(o, rwg__buf_str(&o->line));
            rwg__buf_clear(&o->line);
        }
    }
}

static void free_output(uv_handle_t *handle) {
    output *o = handle->data;
    rwg__buf_deinit(&o->line);
    rwg__mem_free(o->mem, o, sizeof *o);
}

static void close_output(output *o) {
    if (!uv_is_closing((uv_handle_t *)&o->pipe)) {
        uv_close((uv_handle_t *)&o->pipe, free_output);
    }
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out) {
    (void)suggested;
    output *o = handle->data;
    *out = rwb__loop_read_room(o->loop);
}

static void on_output(uv_stream_t *handle, ssize_t count, const uv_buf_t *buf) {
    output *o = handle->data;
    if (count > 0) {
        take_output(o, (rwg_str){buf->base, (uint32_t)count});
        return;
    }
    if (count < 0) {
        (void)uv_read_stop(handle);
        o->ended = true;
        if (o->child && o->line.bytes.len > 0) {
            take_line(o, rwg__buf_str(&o->line));
            rwg__buf_clear(&o->line);
        }
        if (o->child) {
            settle(o->child);
        }
    }
}

static output *open_output(rwb__child *c, int fd, bool is_stderr) {
    output *o = rwg__mem_zalloc(c->mem, sizeof *o);
    o->child = c;
    o->mem = c->mem;
    o->loop = c->loop;
    o->is_stderr = is_stderr;
    rwg__buf_init(&o->line, c->mem);
    RWG_ASSERT(uv_pipe_init(rwb__loop_uv(c->loop), &o->pipe, 0) == 0);
    o->pipe.data = o;
    RWG_ASSERT(uv_pipe_open(&o->pipe, fd) == 0);
    (void)uv_read_start((uv_stream_t *)&o->pipe, give_room, on_output);
    return o;
}

/* ── The end of a run ────────────────────────────────────────────────────────────────────────── */

static void free_process(uv_handle_t *handle) {
    process *p = handle->data;
    if (--p->handles == 0) {
        rwg__mem_free(p->mem, p->text, p->text_len);
        rwg__mem_free(p->mem, p, sizeof *p);
    }
}

/* Forgets the handles of the run; they free themselves. */
static void drop_run(rwb__child *c) {
    for (int i = 0; i < 2; i++) {
        c->outputs[i]->child = NULL;
        close_output(c->outputs[i]);
        c->outputs[i] = NULL;
    }
    c->process->child = NULL;
    uv_close((uv_handle_t *)&c->process->exits, free_process);
    uv_close((uv_handle_t *)&c->process->input, free_process);
    c->process = NULL;
}

static uint64_t wait_ms(uint32_t failures) {
    uint64_t ms = FIRST_WAIT_MS;
    for (uint32_t i = 1; i < failures && ms < LONGEST_WAIT_MS; i++) {
        ms *= 2;
    }
    return ms < LONGEST_WAIT_MS ? ms : LONGEST_WAIT_MS;
}

static void start_again(void *payload) {
    rwb__child *c = payload;
    rwg_error err;
    c->again = false;
    if (rwb__child_start(c, &err) != RWG_OK) {
        print_line(c, true, rwg__str_c(err.text));
    }
}

/* Tells of the end once the process is over and has said all. */
static void settle(rwb__child *c) {
    if (!c->waited || !c->outputs[0]->ended || !c->outputs[1]->ended) {
        return;
    }
    rwb__child_exit end = {
        .code = WIFEXITED(c->wait_status) ? WEXITSTATUS(c->wait_status) : 0,
        .signal_number = WIFSIGNALED(c->wait_status) ? WTERMSIG(c->wait_status) : 0,
        .wanted = c->state == STOPPING,
        .restart_ms = UINT64_MAX,
    };
    rwb__timer_stop(c->stopper);
    drop_run(c);
    c->state = DOWN;
    c->waited = false;
    c->pid = 0;
    if (!end.wanted) {
        end.failures = ++c->failures;
        if (c->failures < c->options.restarts) {
            end.restart_ms = wait_ms(c->failures);
        }
    }
    if (c->again) {
        end.restart_ms = 0;
    }
    if (end.restart_ms != UINT64_MAX) {
        rwb__timer_start(c->starter, end.restart_ms);
    }
    c->options.exited(c->options.payload, &end); // may free c
}

static void on_child_signal(uv_signal_t *handle, int number) {
    (void)number;
    process *p = handle->data;
    rwb__child *c = p->child;
    int status;
    if (!c || c->waited || waitpid(c->pid, &status, WNOHANG) != c->pid) {
        return;
    }
    c->wait_status = status;
    c->waited = true;
    // What it started and left behind goes with it, so that the outputs end.
    (void)kill(-c->pid, SIGKILL);
    settle(c);
}

/* ── Starting ────────────────────────────────────────────────────────────────────────────────── */

/* Pipes of a child: ours and its ends. -1 = none. */
typedef struct pipes {
    int in[2];
    int out[2];
    int err[2];
    int fault[2]; /* closed by a successful exec; else carries errno */
} pipes;

static void close_pipes(pipes *p) {
    int *all = &p->in[0];
    for (int i = 0; i < 8; i++) {
        if (all[i] >= 0) {
            (void)close(all[i]);
        }
    }
}

static bool open_pipes(pipes *p) {
    int *pairs[] = {p->in, p->out, p->err, p->fault};
    memset(p, 0xff, sizeof *p);
    for (int i = 0; i < 4; i++) {
        if (pipe(pairs[i]) != 0) {
            return false;
        }
        (void)fcntl(pairs[i][0], F_SETFD, FD_CLOEXEC);
        (void)fcntl(pairs[i][1], F_SETFD, FD_CLOEXEC);
    }
    return true;
}

/* argv[0] as a path: looked up here, since what may be called between fork and exec is little. */
static bool find_program(const char *name, rwg__path *out) {
    if (strchr(name, '/')) {
        return rwg__path_normalise(out, rwg__str_c(name));
    }
    const char *list = getenv("PATH");
    rwg_str rest = rwg__str_c(list ? list : "/usr/local/bin:/usr/bin:/bin");
    while (rest.len > 0) {
        uint32_t end = rwg__str_index(rest, ':');
        if (end > 0 && rwg__path_join(out, rwg__str_sub(rest, 0, end), rwg__str_c(name)) &&
            access(out->bytes, X_OK) == 0) {
            return true;
        }
        rest = rwg__str_from(rest, end < rest.len ? end + 1 : end);
    }
    return false;
}

static bool same_name(const char *a, const char *b) {
    size_t len = strcspn(a, "=");
    return strncmp(a, b, len + 1) == 0;
}

/* Our environment with the options' over it; freed by the caller with its size. */
static char **make_env(rwb__child *c, size_t *out_size) {
    size_t ours = 0;
    size_t added = 0;
    while (environ && environ[ours]) {
        ours++;
    }
    while (c->options.env && c->options.env[added]) {
        added++;
    }
    *out_size = (ours + added + 1) * sizeof(char *);
    char **env = rwg__mem_zalloc(c->mem, *out_size);
    size_t count = 0;
    for (size_t i = 0; i < ours; i++) {
        bool replaced = false;
        for (size_t j = 0; j < added; j++) {
            replaced = replaced || same_name(environ[i], c->options.env[j]);
        }
        if (!replaced) {
            env[count++] = environ[i];
        }
    }
    for (size_t j = 0; j < added; j++) {
        env[count++] = (char *)(uintptr_t)c->options.env[j];
    }
    return env;
}

/* Between fork and exec: only what is async-signal-safe. */
static _Noreturn void
become_child(const rwb__child *c, const pipes *p, const char *program, char **env, pid_t parent) {
    static const int RESET[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGQUIT};
    sigset_t none;
    (void)sigemptyset(&none);
    for (size_t i = 0; i < sizeof RESET / sizeof RESET[0]; i++) {
        (void)signal(RESET[i], SIG_DFL);
    }
    (void)setpgid(0, 0);
#if defined(__linux__)
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    // The parent may have died before that was asked for.
    bool ready = getppid() == parent && dup2(p->in[0], 0) == 0 && dup2(p->out[1], 1) == 1 &&
                 dup2(p->err[1], 2) == 2 && sigprocmask(SIG_SETMASK, &none, NULL) == 0 &&
                 (!c->options.cwd || chdir(c->options.cwd) == 0);
    if (ready) {
        (void)execve(program, (char *const *)(uintptr_t)c->options.argv, env);
    }
    int fault = errno;
    ssize_t written = write(p->fault[1], &fault, sizeof fault);
    (void)written;
    _exit(127);
}

/* Forks, and waits until exec has succeeded or failed. Returns 0 or errno. */
static int spawn(rwb__child *c, pipes *p, const char *program, int *out_pid) {
    size_t env_size;
    char **env = make_env(c, &env_size);
    sigset_t all;
    sigset_t before;
    // No handler of ours may run in the child.
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become_child(c, p, program, env, parent);
    }
    int fault = pid < 0 ? errno : 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    rwg__mem_free(c->mem, env, env_size);
    if (fault) {
        return fault;
    }
    (void)close(p->fault[1]);
    p->fault[1] = -1;
    ssize_t got;
    do {
        got = read(p->fault[0], &fault, sizeof fault);
    } while (got < 0 && errno == EINTR);
    if (got == (ssize_t)sizeof fault) {
        (void)waitpid(pid, NULL, 0);
        return fault ? fault : EIO;
    }
    *out_pid = (int)pid;
    return 0;
}

static void on_input_written(uv_write_t *request, int status) {
    (void)request;
    (void)status; // one who does not read its stdin is fine
}

/* Takes our ends of the pipes into the loop. */
static void open_run(rwb__child *c, pipes *p) {
    process *run = rwg__mem_zalloc(c->mem, sizeof *run);
    run->child = c;
    run->mem = c->mem;
    run->handles = 2;
    c->process = run;
    RWG_ASSERT(uv_signal_init(rwb__loop_uv(c->loop), &run->exits) == 0);
    RWG_ASSERT(uv_pipe_init(rwb__loop_uv(c->loop), &run->input, 0) == 0);
    run->exits.data = run;
    run->input.data = run;
    RWG_ASSERT(uv_signal_start(&run->exits, on_child_signal, SIGCHLD) == 0);
    RWG_ASSERT(uv_pipe_open(&run->input, p->in[1]) == 0);
    c->outputs[0] = open_output(c, p->out[0], false);
    c->outputs[1] = open_output(c, p->err[0], true);
    p->in[1] = p->out[0] = p->err[0] = -1;
    rwg_str text = c->options.input;
    if (text.len > 0) {
        run->text = rwg__mem_resize(c->mem, NULL, 0, text.len);
        run->text_len = text.len;
        memcpy(run->text, text.ptr, text.len);
        uv_buf_t buf = uv_buf_init(run->text, text.len);
        (void)uv_write(&run->write, (uv_stream_t *)&run->input, &buf, 1, on_input_written);
    }
}

rwg_status rwb__child_start(rwb__child *c, rwg_error *err) {
    rwg_str name = rwg__str_c(c->options.argv[0]);
    rwg__path program;
    pipes p;
    if (c->state != DOWN) {
        c->again = c->state == STOPPING;
        return RWG_OK;
    }
    rwb__timer_stop(c->starter);
    if (!find_program(c->options.argv[0], &program)) {
        return rwg__error(err, RWG_NOT_FOUND, name, "%s is not in PATH", c->options.argv[0]);
    }
    int fault = open_pipes(&p) ? spawn(c, &p, program.bytes, &c->pid) : errno;
    if (fault == 0) {
        open_run(c, &p);
        c->state = RUNNING;
    }
    close_pipes(&p);
    if (fault != 0) {
        return rwg__error(
            err,
            fault == ENOENT ? RWG_NOT_FOUND : RWG_IO,
            name,
            "cannot start %s: %s",
            c->options.argv[0],
            uv_strerror(-fault)
        );
    }
    if (c->options.started) {
        c->options.started(c->options.payload, c->pid);
    }
    // It may have ended before its end could be heard.
    uv_signal_t *exits = c->process ? &c->process->exits : NULL;
    if (exits) {
        on_child_signal(exits, SIGCHLD);
    }
    return RWG_OK;
}

/* ── The interface ───────────────────────────────────────────────────────────────────────────── */

static void kill_group(void *payload) {
    rwb__child *c = payload;
    if (c->state != DOWN && !c->waited) {
        (void)kill(-c->pid, SIGKILL);
    }
}

static const char *const *copy_list(rwg__arena *arena, const char *const *list) {
    uint32_t count = 0;
    while (list && list[count]) {
        count++;
    }
    const char **copy = rwg__arena_zalloc(arena, (count + 1) * sizeof *copy);
    for (uint32_t i = 0; i < count; i++) {
        copy[i] = rwg__arena_str(arena, rwg__str_c(list[i])).ptr;
    }
    return copy;
}

rwb__child *rwb__child_new(rwb__loop *loop, const rwb__child_options *options) {
    rwg__mem *mem = rwb__loop_mem(loop);
    rwb__child *c = rwg__mem_zalloc(mem, sizeof *c);
    c->loop = loop;
    c->mem = mem;
    rwg__arena_init(&c->arena, mem);
    c->options = *options;
    c->options.argv = copy_list(&c->arena, options->argv);
    c->options.env = copy_list(&c->arena, options->env);
    c->options.cwd = options->cwd ? rwg__arena_str(&c->arena, rwg__str_c(options->cwd)).ptr : NULL;
    c->options.input = rwg__arena_str(&c->arena, options->input);
    c->options.prefix = rwg__arena_str(&c->arena, options->prefix);
    c->options.restarts = options->restarts ? options->restarts : RESTARTS;
    c->options.stop_ms = options->stop_ms ? options->stop_ms : STOP_MS;
    c->stopper = rwb__timer_new(loop, kill_group, c);
    c->starter = rwb__timer_new(loop, start_again, c);
    return c;
}

void rwb__child_settled(rwb__child *c) {
    c->failures = 0;
}

void rwb__child_stop(rwb__child *c) {
    c->again = false;
    rwb__timer_stop(c->starter);
    if (c->state == RUNNING) {
        c->state = STOPPING;
        (void)kill(-c->pid, SIGTERM);
        rwb__timer_start(c->stopper, c->options.stop_ms);
    }
}

void rwb__child_restart(rwb__child *c) {
    c->failures = 0;
    if (c->state == DOWN) {
        start_again(c);
    } else {
        rwb__child_stop(c);
        c->again = true;
    }
}

bool rwb__child_is_running(const rwb__child *c) {
    return c->state == RUNNING;
}

int rwb__child_pid(const rwb__child *c) {
    return c->pid;
}

void rwb__child_free(rwb__child *c) {
    if (!c) {
        return;
    }
    if (c->state != DOWN) {
        if (!c->waited) {
            (void)kill(-c->pid, SIGKILL);
            (void)waitpid(c->pid, NULL, 0);
        }
        drop_run(c);
    }
    rwb__timer_free(c->stopper);
    rwb__timer_free(c->starter);
    rwg__arena_deinit(&c->arena);
    rwg__mem_free(c->mem, c, sizeof *c);
}
