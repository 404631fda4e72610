# Runs one command and outlives the process that asked for it just long enough to end that command.
# stdin   a pipe whose only writer is that process: its end of file means that the process is gone, however it went
# stdout  "started PID", later "ended CODE"
# $1 signal that ends the command  $2 seconds until SIGKILL  $3 log file  $4 folder to delete when the asking process is gone
# $5 number of the following words that are a companion: a helper that ends after the command does
unset COWORKING_GUARDIAN
signal=$1 limit=$2 log=$3 remove=$4 companions=$5
shift 5
companion=("${@:1:companions}")
shift "$companions"

# A build lock or a log that the caller happened to hold must not be held by a server.
for descriptor in /proc/$$/fd/*; do
    descriptor=${descriptor##*/}
    if ((descriptor > 2)); then eval "exec $descriptor>&-"; fi
done
# What the shell itself has to say ("Killed") is not the command's.
exec 3<&0 4>&1 0</dev/null 1>/dev/null 2>&1

descendants() {
    local stat line rest parent
    for stat in /proc/[0-9]*/stat; do
        { read -r line <"$stat"; } 2>/dev/null || continue
        # The name in brackets may itself hold spaces and brackets.
        rest=${line##*) }
        parent=${rest#* }
        if [ "${parent%% *}" = "$1" ]; then
            echo "${line%% *}"
            descendants "${line%% *}"
        fi
    done
}

finish() {
    trap '' TERM USR1
    finishing=1
    if [ "$signal" != KILL ]; then
        kill -s "$signal" "$child" 2>/dev/null
        for ((i = 0; i < limit * 20; i++)); do
            kill -0 "$child" 2>/dev/null || return
            sleep 0.05
        done
    fi
    # Collected first: orphans would no longer be found by their parent.
    local family
    family=$(descendants "$child")
    # shellcheck disable=SC2086 # one word per process
    kill -s KILL "$child" $family 2>/dev/null
}

# A shell without job control starts background commands deaf to INT and QUIT; the command must hear both.
if ((companions > 0)); then
    (trap - INT QUIT && exec "${companion[@]}") 3<&- 4>&- >>"$log" 2>&1 &
    helper=$!
fi
(trap - INT QUIT && exec "$@") 3<&- 4>&- >>"$log" 2>&1 &
child=$!

finishing='' gone=''
trap '' PIPE
trap finish TERM
# Not HUP: below nohup it is ignored, and a shell cannot trap what was ignored when it began.
trap 'gone=1; finish' USR1
echo "started $child" >&4
{
    while read -r -u 3 _; do :; done
    kill -s USR1 $$
} 4>&- &
watcher=$!
exec 3<&-

wait "$child"
code=$?
if [ -n "$finishing" ]; then
    # The first wait ended with the signal, not with the command.
    wait "$child"
    code=$?
fi

if ((companions > 0)); then
    kill "$helper" 2>/dev/null
    wait "$helper"
fi
kill -s KILL "$watcher" 2>/dev/null
if [ -n "$gone" ] && [ -n "$remove" ]; then
    rm -rf -- "$remove"
fi
echo "ended $code" >&4 2>/dev/null
