#!/bin/sh
# Runs one case: run.sh PROGRAM SOURCE-DIR CASE-DIR
#
# A case is a folder with a script `cmd`, and `stdout` and `stderr` (none: empty) which it must print
# exactly. The script runs in a new folder beside `app`, a copy of examples/app, with `rwgraph` on
# the PATH and the functions below. What differs from run to run is replaced first: the folder's
# path by DIR, times by #, hashes by HASH. With RWG_UPDATE=1 what was printed becomes what is expected.
set -u
program=$1
source=$2
case=$3

work=$(mktemp -d "${TMPDIR:-/tmp}/rwgraph-cli.XXXXXX") || exit 2
work=$(cd "$work" && pwd -P)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/dir"
ln -s "$program" "$work/bin/rwgraph"
export PATH="$work/bin:$PATH" LC_ALL=C
export SCHEMAS="$source/cli" TOOLS="$source/tests/cli"
unset NO_COLOR
cd "$work/dir" || exit 2
mkdir app
for part in package.json rwgraph.json tsconfig.json src; do
    cp -R "$source/examples/app/$part" app
done

# try COMMAND...: shows the command, runs it, says how it ended.
try() {
    printf '$ %s\n' "$*"
    printf '$ %s\n' "$*" >&2
    "$@"
    printf '[exit %d]\n' "$?"
}

# package NAME [EXPORTED]: puts a package with one file into app/node_modules.
package() {
    mkdir -p "app/node_modules/$1"
    printf '{"name":"%s","version":"1.0.0","type":"module","exports":{".":"./index.js","./client":"./index.js"}}\n' \
        "$1" >"app/node_modules/$1/package.json"
    printf 'export default 1;\nexport const %s = 2;\n' "${2-value}" >"app/node_modules/$1/index.js"
}

# The packages that the sample application uses, in as few words as possible.
install_packages() {
    package react useState
    package react-dom hydrateRoot
    package is-even
}

# unprivileged COMMAND...: runs it as a user to whom file permissions apply, which includes the build
# tree: a program built for coverage leaves its counts beside the test instead.
unprivileged() {
    if [ "$(id -u)" -ne 0 ]; then
        "$@"
        return
    fi
    rm "$work/bin/rwgraph"
    cp "$program" "$work/bin/rwgraph"
    chmod a+rx "$work"
    mkdir -m 777 "$work/counts"
    GCOV_PREFIX="$work/counts" setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

normalise() {
    sed -E -e "s|$work/dir|DIR|g" -e 's/[0-9]+(\.[0-9]+)? ms/# ms/g' \
        -e 's/"([a-zA-Z]+Ns)":[0-9]+/"\1":#/g' -e 's/\b[0-9a-f]{32}\b/HASH/g' "$1"
}

(. "$case/cmd") >"$work/stdout.raw" 2>"$work/stderr.raw" </dev/null
code=$?
if [ "$code" -ne 0 ]; then
    printf '%s ended with %d\n' "$case/cmd" "$code"
    cat "$work/stderr.raw"
    exit 1
fi

bad=0
for stream in stdout stderr; do
    normalise "$work/$stream.raw" >"$work/$stream"
    expected=$case/$stream
    if [ "${RWG_UPDATE-}" = 1 ]; then
        if [ -s "$work/$stream" ]; then
            cp "$work/$stream" "$expected"
        else
            rm -f "$expected"
        fi
        continue
    fi
    [ -f "$expected" ] || expected=/dev/null
    diff -u "$expected" "$work/$stream" || bad=1
done
exit "$bad"
