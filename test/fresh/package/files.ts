import type { Hand } from '../hand.ts';

/** Where dpkg, apt and whoever works here keep their own things. */
const passing = /^\/(?:var\/(?:lib\/dpkg|lib\/apt|cache|tmp|log\/apt|log\/dpkg\.log)|run|tmp|root)(?:\/|$)/;
/** The user stays. */
const users = /^\/etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-?\t/;

/** Each file of a machine on a line, with its kind, mode, owner, and for the smaller ones what is in it. */
export async function filesOf(hand: Hand): Promise<readonly string[]> {
  const found = await hand.does(
    `find / -xdev -printf '%p\\t%y %m %u:%g %l\\n' && find /etc /usr/lib/systemd -xdev -type f -exec sha256sum {} + | sed -E 's/^(\\w+)  (.*)/\\2\\t\\1/'`,
  );
  return found
    .split('\n')
    .filter((line) => line !== '' && !users.test(line) && !passing.test(line.slice(0, line.indexOf('\t'))))
    .toSorted();
}
