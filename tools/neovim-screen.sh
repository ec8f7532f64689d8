#!/bin/bash
# Usage: neovim-screen.sh   -> a real terminal with Neovim, our plugin and our server: prints the screen with ghost text (in colour) and after Tab
# Needs tmux, a Neovim >= 0.12 in $NVIM or on the PATH, and the checkout's .venv. Fails if no ghost text comes.
set -euo pipefail
checkout=$(dirname "$(dirname "$(readlink -f "$0")")")
nvim=${NVIM:-nvim}
work=$(mktemp -d)
mux() { tmux -L "foredraft-$$" -f /dev/null "$@"; }
trap 'mux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir -p "$work"/{home,workspace/.git}
for name in login logout search update delete create archive restore; do
  printf 'def handle_%s(request, response):\n    parameters = request.read_parameters("%s")\n    return response.accept("%s", parameters)\n\n\n' "$name" "$name" "$name"
done > "$work/workspace/first.py"
printf 'def handle_merge(request, response):\n' > "$work/workspace/second.py"

plain() { mux capture-pane -p -t screen; }
sees() { # until PATTERN is on the screen, 60 s at most
  for _ in $(seq 600); do plain | grep -q -- "$1" && return; sleep 0.1; done
  echo "never on the screen: $1" >&2; plain >&2; exit 1
}

export FOREDRAFT_CHECKOUT=$checkout FOREDRAFT_SERVER=$checkout/.venv/bin/foredraft
export HOME=$work/home XDG_CONFIG_HOME=$work/home XDG_DATA_HOME=$work/home XDG_STATE_HOME=$work/home XDG_CACHE_HOME=$work/home
cd "$work/workspace"
mux new-session -d -s screen -x 78 -y 8 \
  "TERM=xterm-256color $nvim -u $checkout/tests/editors/neovim_init.lua -i NONE second.py"
sees '^ready'
mux send-keys -t screen o
mux send-keys -t screen -l 'para'
sees 'read_parameters'
echo '--- ghost text'; mux capture-pane -p -e -t screen
plain | grep 'parameters = request.read_parameters' >/dev/null
grep -q 'read_parameters' second.py && { echo "that is no ghost text" >&2; exit 1; }
mux send-keys -t screen Tab
sleep 0.5
mux send-keys -t screen Escape
mux send-keys -t screen -l ':w' && mux send-keys -t screen Enter
sees 'written'
echo '--- after Tab'; plain; cat second.py
grep -q 'parameters = request' second.py
