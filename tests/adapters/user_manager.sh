#!/bin/sh
# Runs a command as an ordinary user under a systemd user manager of its own, in a mount namespace
# that hides the machine's: sh user_manager.sh HOME FOLDERS COMMAND…
# FOLDERS (separated by colons) are reachable for that user, also below a folder that is closed.
# Needs root. Exit code 77: no manager came up, the reason is on standard error.
set -u
[ "${1:-}" = --inside ] || exec unshare --mount --propagation private sh "$0" --inside "$@"
shift
home=$1 folders=$2 user=daemon
runtime=/run/user/$(id -u "$user")
shift 2

groups=""
clear_groups() {
    for group in $groups; do
        echo $$ > "$(dirname "$group")/cgroup.procs"
        find "$group" -depth -type d -exec rmdir {} +
    done
}
trap clear_groups EXIT
no() { echo "no user manager: $1" >&2; exit 77; }

closed_above() { # the outermost folder above $1 that others cannot enter; nothing if there is none
    found="" above=$(dirname "$1")
    while [ "$above" != / ]; do
        [ -n "$(find "$above" -maxdepth 0 ! -perm -001)" ] && found=$above
        above=$(dirname "$above")
    done
    echo "$found"
}

base=$(dirname "$home")
mount -t tmpfs -o mode=755 tmpfs "$base" || no mount
mkdir -m 700 "$home" "$base/kept" || no home
mkdir -p /run/user && mount -t tmpfs -o mode=755 tmpfs /run/user && mkdir -m 700 "$runtime" || no run
IFS=:
for folder in $folders; do
    closed=$(closed_above "$folder")
    if [ -n "$closed" ]; then
        # An open stand-in takes its place; what it held is kept where root alone can enter.
        mkdir -p "$base/kept$closed" && mount --bind "$closed" "$base/kept$closed" || no "$closed"
        mount -t tmpfs -o mode=755 tmpfs "$closed" || no mount
    fi
    kept="$base/kept$folder"
    [ ! -d "$kept" ] || { mkdir -p "$folder" && mount --bind "$kept" "$folder"; } || no "$folder"
done
unset IFS
mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/system || no mount
for tree in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
    [ -e "$tree/cgroup.procs" ] || continue
    mkdir "$tree/samantha-$$" || no cgroup
    groups="$groups $tree/samantha-$$"
    chown -R "$user" "$tree/samantha-$$"
    echo $$ > "$tree/samantha-$$/cgroup.procs" || no cgroup
    [ "$tree" = /sys/fs/cgroup/unified ] && break
done
chown -R "$user" "$home" "$runtime"

as_user() {
    setpriv --reuid "$user" --regid "$user" --clear-groups env -i HOME="$home" PATH="$PATH" \
        USER="$user" LOGNAME="$user" LANG=C.UTF-8 XDG_RUNTIME_DIR="$runtime" "$@"
}
as_user /lib/systemd/systemd --user > "$base/manager.log" 2>&1 &
manager=$!
n=0
until [ -S "$runtime/systemd/private" ]; do
    n=$((n + 1))
    [ $n -gt 100 ] && no "$(cat "$base/manager.log")"
    timeout 0.1 tail -f /dev/null
done
as_user timeout 20 systemctl --user --quiet is-system-running --wait || no "it does not get ready"
cd "$home" && as_user "$@"
code=$?
as_user timeout 20 systemctl --user exit
wait $manager
exit $code
