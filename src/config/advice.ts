import type { Network } from './addresses.ts';
import type { Config } from './config.ts';

/** No organisation has so much of the Internet: larger blocks are not given out. */
const widestPrefix = { ipv4: 8, ipv6: 16 };

/**
 * Settings that are allowed and that the operator should know about, a sentence each. @param uid of a relay that is
 * about to run; absent for a check
 */
export function advice({ networks }: Pick<Config, 'networks'>, uid?: number): readonly string[] {
  const wide = networks.filter(({ prefix, family }) => prefix < widestPrefix[family]).map(show);
  return [
    ...(wide.length === 0
      ? []
      : [
          `networks: ${wide.join(', ')}: whoever reaches this relay may send mail to anybody through it. ` +
            `It is an open relay, and those are found and abused within hours`,
        ]),
    ...(uid === 0
      ? ['runs as root, and so do its Redis and Unbound: a user of its own needs no privileges']
      : []),
  ];
}

function show({ address, prefix }: Network): string {
  return `${address}/${prefix}`;
}
