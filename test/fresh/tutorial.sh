#!/usr/bin/env bash
# docs/tutorial.md, typed from its beginning to its end: as root, in the clone, on a machine with systemd and nothing else.
# Needs no Node.js, because the tutorial installs it. A command that fails ends the run with 1.
set -euo pipefail
page=docs/tutorial.md
export DEBIAN_FRONTEND=noninteractive

# The nth block in sh.
block() {
  awk -v nth="$1" '/^```sh$/ { at += 1; on = at == nth; next } /^```$/ { on = 0 } on' "$page"
}
# What is typed in the practice world.
practice() { awk '/^```console$/ { on = 1 } /^```$/ { on = 0 } on && sub(/^\$ /, "")' "$page"; }
typed() {
  local line
  while IFS= read -r line; do
    printf '\n# %s\n' "$line"
    bash -c "$line" </dev/null
  done
}
# What says by its exit status how things are, on a machine that no mail can leave.
asked() {
  local line status
  while IFS= read -r line; do
    printf '\n# %s\n' "$line"
    status=0
    timeout 300 bash -c "$line" </dev/null || status=$?
    [[ $status -le 3 ]] || { echo "ended with $status"; exit 1; }
  done
}

. /etc/os-release
if ! command -v node >/dev/null; then
  if [[ $VERSION_ID = 12 ]]; then block 2 | typed; else block 1 | typed; fi
fi

[[ $(block 3) = 'npm run practice' ]]
# A person sees when something has come; here it is waited for.
practice | sed -e 's/^dane-relay health$/until dane-relay health; do sleep 1; done/' \
  -e '/sendmail .*@good.test$/a until grep -q status=sent relay.log; do sleep 0.5; done' \
  -e '/sendmail .*@wrong-key.test$/a until grep -q status=deferred relay.log; do sleep 0.5; done' |
  timeout 900 npm run practice 2>&1 | tee /tmp/tutorial.transcript
grep -q 'Verified TLS connection established to mx.good.test' /tmp/tutorial.transcript
grep -q 'deferred: Server certificate not verified' /tmp/tutorial.transcript
grep -q 'wrong-key.test.*fails\|fails.*wrong-key.test' /tmp/tutorial.transcript
rm /tmp/tutorial.transcript

block 4 | typed
block 5 | asked
block 6 | asked
block 7 | asked
node deploy/service.mjs uninstall
echo 'the tutorial was typed to its end'
