/** What Redis and Unbound write themselves, which the relay passes on: `redis-server: 123:M ...`, `unbound: [123] unbound[4:0] ...`. */
const childChatter = /\]: (?:\w+: )?(?:redis-server: \d+:|unbound: \[\d+\] unbound\[)/;
/** The intake: who connected, and what the message is called. */
const intake = /^\S+\/(?:smtpd|cleanup)\[\d+\]: /;
/** Time and host, which are the same in all lines of a demo. */
const stamp = /^\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ /;

/** A line of the relay's log as the demo shows it, or `undefined` for one it leaves out. */
export function shownLine(line: string): string | undefined {
  const text = line.replace(stamp, '');
  return childChatter.test(text) || intake.test(text) ? undefined : text;
}
