#!/bin/bash
# Usage: get-redis.sh DEST   -> DEST/redis/usr/bin/redis-server and DEST/valkey/usr/bin/valkey-server, real ones of Debian's newer suite. About 20 s, 110 MB.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
for name in redis valkey; do
  "$here/unpack-newer-debian.sh" "$1/$name" "usr/bin/$name-server" "$name-server"
  find "$1/$name" -type f -perm /6000 -exec chmod a-s {} + # nothing of what comes along may change users
  "$1/$name/usr/bin/$name-server" --version
done
