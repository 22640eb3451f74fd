/**
 * The program that goes with an export: it hands the messages to the mail system of whatever machine they come to. It reads
 * each reply before it goes on. A file of SMTP commands (RFC 2442) that is sent into a server cannot know what that offers,
 * and where DATA is refused, the text of a message would be commands.
 */
export const resendScript = String.raw`#!/bin/sh
# Hands the messages beside this file to a mail system, in SMTP, and reads what
# it says to each.
#
#   sh resend                          to the mail system of this machine
#   sh resend hold                     those on hold, too
#   sh resend held                     those that may have arrived, too
#   sh resend -- ssh mx2 sendmail -bs  to what this command talks to
#
# What was taken goes from "send" to "sent", recipient by recipient, and stays
# where it is if it was refused: repeat the command for the rest. The exit
# status is 0 if nothing remains, otherwise 75.
set -uf
umask 077
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")" || exit 75
states=send
while [ $# -gt 0 ]; do
  case $1 in
    send) ;;
    hold | held) states="$states $1" ;;
    --) shift; break ;;
    *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
  shift
done
[ $# -gt 0 ] || set -- "${'$'}{SENDMAIL:-/usr/sbin/sendmail}" -bs

work=.resend
if ! mkdir "$work" 2>/dev/null; then
  echo "resend: another one is at work here, or was killed: then remove $PWD/$work" >&2
  exit 75
fi
peer=
finish() {
  exec 3>&- 4<&-
  [ -z "$peer" ] || wait "$peer"
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 75' HUP INT TERM
# A mail system that hangs up is noticed when something is said to it.
trap '' PIPE

nl='
'
cr=$(printf '\r')
handed=0
lost=
dropped=
said=

say() { printf '%s\r\n' "$1" >&3 2>/dev/null; }

# Reads a whole reply: its code, its last line, and of all lines what is behind
# the code.
reply() {
  said=
  while IFS= read -r last <&4; do
    last=${'$'}{last%"$cr"}
    said="$said$nl${'$'}{last#????}"
    case $last in
      [2-5][0-9][0-9]-*) ;;
      421*) return 1 ;;
      [2-5][0-9][0-9]*) code=${'$'}{last%"${'$'}{last#???}"}; return 0 ;;
      *) return 1 ;;
    esac
  done
  return 1
}

ask() { say "$1" && reply; }

offers() {
  case "$offered$nl" in
    *"$nl$1$nl"* | *"$nl$1 "*) return 0 ;;
    *) return 1 ;;
  esac
}

# A command of an envelope, without what this mail system does not know.
fit() {
  command=${'$'}{1%%">"*}">"
  for word in ${'$'}{1#"$command"}; do
    case $word in
      BODY=*) offers 8BITMIME || continue ;;
      SMTPUTF8) offers SMTPUTF8 || continue ;;
      REQUIRETLS) ;;
      *) offers DSN || { dropped=yes; continue; } ;;
    esac
    command="$command $word"
  done
}

stays() { echo "$id: stays: $1" >&2; }

# 0: done with this message, whatever became of it; 1: the mail system is lost.
hand_over() {
  content=content/$id.eml
  if ! [ -r "$content" ]; then stays "$content is missing"; return 0; fi
  if ! offers SMTPUTF8 && grep -q '[^ -~]' "$file"; then
    stays 'this mail system knows no SMTPUTF8'
    return 0
  fi
  # RFC 8689: whoever does not promise to keep it among hosts with TLS must not have it.
  if ! offers REQUIRETLS && head -n 1 "$file" | grep -q ' REQUIRETLS$'; then
    stays 'this mail system knows no REQUIRETLS'
    return 0
  fi
  cp "$file" "$work/left" || return 1
  : >"$work/refused"
  counted=
  more=yes
  while [ -n "$more" ]; do
    more=
    taken=0
    : >"$work/again"
    : >"$work/taken"
    {
      IFS= read -r mail
      fit "$mail"
      ask "$command" || return 1
      case $code in
        2*) ;;
        *) stays "$last"; ask RSET; return ;;
      esac
      while IFS= read -r rcpt; do
        if [ -n "$more" ]; then printf '%s\n' "$rcpt" >>"$work/again"; continue; fi
        fit "$rcpt"
        ask "$command" || return 1
        case $code in
          2*)
            taken=$((taken + 1))
            printf '%s\n' "$rcpt" >>"$work/taken"
            continue
            ;;
          452) [ "$taken" = 0 ] || more=yes ;;
        esac
        if [ -n "$more" ]; then
          # RFC 5321 section 4.5.3.1.10: too many at a time; the others follow.
          printf '%s\n' "$rcpt" >>"$work/again"
        else
          printf '%s\n' "$rcpt" >>"$work/refused"
          stays "${'$'}{rcpt%%">"*}>: $last"
        fi
      done
    } <"$work/left"
    if [ "$taken" = 0 ]; then ask RSET; return; fi
    ask DATA || return 1
    case $code in
      354) ;;
      *) stays "$last"; ask RSET; return ;;
    esac
    sed 's/^\./../' "$content" >&3 2>/dev/null || return 1
    [ "$(tail -c 2 "$content")" = "$cr" ] || say '' || return 1
    say . && reply || return 1
    case $code in
      2*) ;;
      *) stays "$last"; return 0 ;;
    esac
    # First what is known of those who have it, then the others.
    while IFS= read -r rcpt; do printf '%s\t%s\n' "$rcpt" "$last"; done <"$work/taken" >>"sent/$id"
    { printf '%s\n' "$mail"; cat "$work/refused" "$work/again"; } >"$work/rest"
    { printf '%s\n' "$mail"; cat "$work/again"; } >"$work/left"
    if [ -s "$work/refused" ] || [ -s "$work/again" ]; then mv "$work/rest" "$file"; else rm "$file"; fi
    echo "$id: $last"
    [ -n "$counted" ] || handed=$((handed + 1))
    counted=yes
  done
}

mkfifo "$work/in" "$work/out" || exit 75
"$@" <"$work/in" >"$work/out" &
peer=$!
exec 3>"$work/in" 4<"$work/out"
offered=
if reply && [ "$code" = 220 ] && ask "EHLO $(uname -n)"; then
  if [ "$code" = 250 ]; then
    offered=$(printf '%s' "$said" | tr '[:lower:]' '[:upper:]')
  else
    ask "HELO $(uname -n)" && [ "$code" = 250 ] || lost=yes
  fi
else
  lost=yes
fi
set +f
for state in $states; do
  for file in "$state"/*; do
    [ -z "$lost" ] && [ -f "$file" ] || continue
    id=${'$'}{file#*/}
    set -f
    hand_over || lost=yes
    set +f
  done
done
[ -n "$lost" ] || { say QUIT && reply; }
[ -z "$lost" ] || echo "resend: the mail system hung up: ${'$'}{last:-nothing was said}" >&2
[ -z "$dropped" ] || echo "resend: this mail system knows no DSN: what senders wished of reports was left out" >&2
[ "$handed" = 1 ] && echo '1 message handed over' || echo "$handed messages handed over"
end=0
for state in send hold held; do
  count=0
  for file in "$state"/*; do [ ! -f "$file" ] || count=$((count + 1)); done
  [ "$count" = 0 ] && continue
  case " $states " in
    *" $state "*) end=75; echo "$count remain in $PWD/$state" >&2 ;;
    *) echo "$count in $PWD/$state, for: sh resend $state" >&2 ;;
  esac
done
exit $end
`;
