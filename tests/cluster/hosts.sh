# SPDX-License-Identifier: Apache-2.0
# A cluster on one machine, for tests and benches: hosts h0, h1, ... that are Linux namespaces. Each has a name, an
# address, processes and a /dev/shm of its own; files are shared, as on a cluster. A bridge joins them; mpirun sits on
# the host `login`. Needs root. Source it, then
#
#   hosts_able                 succeeds where this machine can; else says what is missing
#   hosts_up N                 N hosts; hosts_down ends all that runs on them
#   host_on NAME, host_off NAME, host_cut NAME, host_join NAME         power, and the cable
#   hosts_shape RATE|off       speed of every link, e.g. 1gbit
#   on_host NAME COMMAND...    runs it there
#   hosts_mpirun WORD...       mpirun on the login host, all messages over the network
#
# Caution for who compares times: the hosts share this machine's cores, so all figures are emulated ones.

HOSTS_ID=yk$$ HOSTS_DIR='' HOSTS_N=0

hosts_able() {
    local tool
    [ "$(id -u)" = 0 ] || { echo "the hosts of a cluster are namespaces: that needs root"; return 1; }
    for tool in ip tc unshare nsenter setsid; do
        command -v $tool >/dev/null || { echo "no $tool here (packages iproute2 and util-linux)"; return 1; }
    done
    unshare --net --uts --mount --pid --fork true 2>/dev/null || { echo "this machine makes no namespaces (a container?)"; return 1; }
    mpirun --version 2>/dev/null | grep -q 'Open MPI' || { echo "the hosts are made for Open MPI's mpirun"; return 1; }
}

host_pid() { cat "$HOSTS_DIR/$1.pid" 2>/dev/null; }
host_address() { [ "$1" = login ] && echo 10.83.0.1 || echo "10.83.0.$((10 + ${1#h}))"; }

# The first process of a host: names it, gives it memory to share, and then only waits and buries the dead.
hosts_write_init() {
    cat >"$HOSTS_DIR/init.sh" <<'I'
hostname "$1"
[ "$1" = login ] || mount -t tmpfs -o size=4g tmpfs /dev/shm
mount --bind "$2/names" /etc/hosts
ip link set lo up
trap : TERM INT HUP
touch "$2/$1.ready"
while :; do sleep 1000 & wait $!; done
I
    cat >"$HOSTS_DIR/agent" <<A
#!/bin/sh
# what mpirun calls in the place of ssh: agent HOST COMMAND
pid=\$(cat $HOSTS_DIR/\$1.pid 2>/dev/null) && [ -d /proc/\$pid ] || { echo "\$1: no such host is up" >&2; exit 255; }
host=\$1; shift
[ "\$host" = login ] && pids= || pids=-p
exec nsenter -t \$pid -n -u -m \$pids --wd="\$PWD" -- /bin/sh -c "\$*"
A
    chmod +x "$HOSTS_DIR/agent"
}

host_on() { # the login host keeps the machine's processes: from there one gets into those of the others
    local name=$1 space=--pid child=''
    local net=$HOSTS_ID$name port=$HOSTS_ID$name-p
    host_off "$name"
    [ "$name" != login ] || space=''
    rm -f "$HOSTS_DIR/$name.ready"
    # shellcheck disable=SC2086 # words
    setsid unshare --net --uts --mount ${space:+--pid --fork --mount-proc} --propagation private \
        bash "$HOSTS_DIR/init.sh" "$name" "$HOSTS_DIR" </dev/null >/dev/null 2>&1 &
    local outer=$!
    disown $outer 2>/dev/null
    for _ in $(seq 300); do [ -e "$HOSTS_DIR/$name.ready" ] && break; sleep 0.01; done
    [ -z "$space" ] && child=$outer || child=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null)
    [ -n "$child" ] || { echo "host $name does not start"; return 1; }
    echo ${child% } >"$HOSTS_DIR/$name.pid"
    ip netns attach "$net" ${child% }
    ip link add name "$port" netns "${HOSTS_ID}sw" type veth peer name eth0 netns "$net"
    ip -n "${HOSTS_ID}sw" link set "$port" up master br0
    ip -n "$net" addr add "$(host_address "$name")/24" dev eth0
    ip -n "$net" link set eth0 up
    # Windows that follow losses suit a link of no delay; where the kernel takes another way, it stays.
    ip netns exec "$net" sysctl -qw net.ipv4.tcp_congestion_control=reno 2>/dev/null || true
}

host_off() { # as if its plug were pulled
    local pid; pid=$(host_pid "$1")
    [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
    ip netns del "$HOSTS_ID$1" 2>/dev/null
    ip -n "${HOSTS_ID}sw" link del "$HOSTS_ID$1-p" 2>/dev/null
    rm -f "$HOSTS_DIR/$1.pid"
    return 0
}

host_cut() { ip -n "${HOSTS_ID}sw" link set "$HOSTS_ID$1-p" down; }
host_join() { ip -n "${HOSTS_ID}sw" link set "$HOSTS_ID$1-p" up; }

hosts_up() {
    local i
    HOSTS_N=$1 HOSTS_DIR=$(mktemp -d "${TMPDIR:-/tmp}/yoke-hosts.XXXXXX")
    { echo 127.0.0.1 localhost; echo "$(host_address login) login"; for ((i = 0; i < $1; i++)); do echo "$(host_address h$i) h$i"; done; } >"$HOSTS_DIR/names"
    hosts_write_init
    ip netns add "${HOSTS_ID}sw" && ip -n "${HOSTS_ID}sw" link add br0 type bridge && ip -n "${HOSTS_ID}sw" link set br0 up || return 1
    host_on login || return 1
    for ((i = 0; i < $1; i++)); do host_on h$i || return 1; done
}

hosts_down() {
    local i
    [ -n "$HOSTS_DIR" ] || return 0
    for ((i = 0; i < HOSTS_N; i++)); do host_off h$i; done
    host_off login
    ip netns del "${HOSTS_ID}sw" 2>/dev/null
    rm -rf "$HOSTS_DIR"
    HOSTS_DIR=''
}

# A burst of less than some packets as large as the kernel hands over at once does not reach the speed.
hosts_shape() {
    local i
    for ((i = 0; i < HOSTS_N; i++)); do
        if [ "$1" = off ]; then tc -n "${HOSTS_ID}h$i" qdisc del dev eth0 root 2>/dev/null
        else tc -n "${HOSTS_ID}h$i" qdisc replace dev eth0 root tbf rate "$1" burst 1mb limit 16mb; fi
    done
    return 0
}

on_host() { "$HOSTS_DIR/agent" "$@"; }

# Settings of Open MPI: everything over the hosts' network, ranks on any core (each host takes itself for the only
# one), and waiting ranks leave their core to others.
hosts_settings() {
    echo OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_plm=rsh "OMPI_MCA_plm_rsh_agent=$HOSTS_DIR/agent" \
        OMPI_MCA_pml=ob1 OMPI_MCA_btl=tcp,vader,self OMPI_MCA_btl_tcp_if_include=eth0 OMPI_MCA_oob_tcp_if_include=eth0 \
        OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_rmaps_base_oversubscribe=1 \
        OMPI_MCA_oob_tcp_keepalive_time=3 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=3
}

hosts_mpirun() {
    # shellcheck disable=SC2046 # words
    exec_on_login env $(hosts_settings) mpirun "$@" </dev/null
}
exec_on_login() { nsenter -t "$(host_pid login)" -n -u -m --wd="$PWD" -- "$@"; }
