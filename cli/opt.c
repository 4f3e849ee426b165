/* Parses what opt.h describes. An option's kind decides where its value goes; nothing is allocated:
 * texts are borrowed from argv. */
#include "opt.h"

#include "cmd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum result {
    GO_ON,
    HELPED,  /* --help was printed */
    REFUSED, /* a message was printed */
} result;

static void print_help(const rwg_opt_usage *usage) {
    printf("Usage: rwgraph %s\n\n%s\n\nOptions:\n", usage->synopsis, usage->about);
    for (const rwg_opt *o = usage->options; o->name; o++) {
        char left[48];
        (void)snprintf(
            left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : ""
        );
        printf("  %-26s %s\n", left, o->help);
    }
    printf("  %-26s %s\n", "--help", "show this");
}

/* Letters in common at the start, a cheap and steady notion of "near" for a dozen names. */
static const char *nearest(const rwg_opt *options, const char *name, size_t len) {
    const char *best = NULL;
    size_t best_common = 1;
    for (const rwg_opt *o = options; o->name; o++) {
        size_t common = 0;
        while (common < len && o->name[common] == name[common] && o->name[common]) {
            common++;
        }
        if (common > best_common) {
            best = o->name;
            best_common = common;
        }
    }
    return best;
}

static bool parse_uint(const char *text, uint32_t *out) {
    char *end = NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || end == text || *end || text[0] == '-' || value > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

static bool store_value(const rwg_opt *o, const char *value) {
    switch (o->kind) {
    case RWG_OPT_FLAG: break;
    case RWG_OPT_TEXT: *o->text = value; break;
    case RWG_OPT_UINT:
        if (!parse_uint(value, o->number)) {
            fprintf(stderr, "rwgraph: --%s needs a whole number, not '%s'\n", o->name, value);
            return false;
        }
        break;
    case RWG_OPT_LIST:
        if (o->list->count == sizeof o->list->items / sizeof o->list->items[0]) {
            fprintf(stderr, "rwgraph: --%s was given too often\n", o->name);
            return false;
        }
        o->list->items[o->list->count++] = value;
        break;
    }
    return true;
}

static const rwg_opt *find(const rwg_opt *options, const char *name, size_t len) {
    for (const rwg_opt *o = options; o->name; o++) {
        if (strlen(o->name) == len && strncmp(o->name, name, len) == 0) {
            return o;
        }
    }
    return NULL;
}

/* Takes one "--name[=value]" at argv[*at], moving *at past a separate value. */
static result take_option(const rwg_opt_usage *usage, int argc, char **argv, int *at) {
    const char *name = argv[*at] + 2;
    const char *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    if (len == 4 && strncmp(name, "help", 4) == 0) {
        print_help(usage);
        return HELPED;
    }
    const rwg_opt *o = find(usage->options, name, len);
    if (!o) {
        const char *near = nearest(usage->options, name, len);
        fprintf(stderr, "rwgraph: unknown option --%.*s", (int)len, name);
        fprintf(stderr, near ? " (did you mean --%s?)\n" : "%s\n", near ? near : "");
        fprintf(stderr, "Usage: rwgraph %s\n", usage->synopsis);
        return REFUSED;
    }
    if (o->kind == RWG_OPT_FLAG) {
        if (equals) {
            fprintf(stderr, "rwgraph: --%s takes no value\n", o->name);
            return REFUSED;
        }
        *o->flag = true;
        return GO_ON;
    }
    const char *value = equals ? equals + 1 : NULL;
    if (!value) {
        if (*at + 1 >= argc) {
            fprintf(stderr, "rwgraph: --%s needs a value (%s)\n", o->name, o->value);
            return REFUSED;
        }
        value = argv[++*at];
    }
    return store_value(o, value) ? GO_ON : REFUSED;
}

static result take_all(const rwg_opt_usage *usage, int argc, char **argv, int *out_count) {
    int kept = 0;
    bool options_end = false;
    for (int i = 1; i < argc; i++) {
        bool is_option = !options_end && strncmp(argv[i], "--", 2) == 0;
        if (is_option && argv[i][2] == '\0') {
            options_end = true;
        } else if (is_option) {
            result taken = take_option(usage, argc, argv, &i);
            if (taken != GO_ON) {
                return taken;
            }
        } else if (!options_end && argv[i][0] == '-' && argv[i][1]) {
            fprintf(stderr, "rwgraph: unknown option %s (options begin with --)\n", argv[i]);
            return REFUSED;
        } else {
            argv[++kept] = argv[i];
        }
    }
    *out_count = kept;
    return GO_ON;
}

int rwg_opt_refuse(const rwg_opt_usage *usage, char **argv) {
    fprintf(stderr, "rwgraph: %s takes %s\n", argv[0], usage->takes);
    return RWG_EXIT_USAGE;
}

bool rwg_opt_parse(
    const rwg_opt_usage *usage, int argc, char **argv, int *out_count, int *out_code
) {
    result taken = take_all(usage, argc, argv, out_count);
    *out_code = taken == REFUSED ? RWG_EXIT_USAGE : RWG_EXIT_OK;
    bool fits = *out_count >= usage->least && *out_count <= usage->most;
    if (taken == GO_ON && usage->takes && !fits) {
        *out_code = rwg_opt_refuse(usage, argv);
        return false;
    }
    return taken == GO_ON;
}
