import { securityLevels, type SecurityLevel } from '../../../src/core/levels/levels.ts';
import { hostKinds, type HostKind } from './moving-world.ts';

/** One entry of a policy map, and a destination that it is for. */
export interface PolicyCase {
  readonly name: string;
  /** Below policy.test. */
  readonly label: string;
  readonly kind: HostKind;
  readonly key: string;
  readonly level: SecurityLevel;
  readonly attributes: string;
}

/** What is only known when the lab is: `FINGERPRINT`, `AUTHORITY` (a file). */
const everywhere = [
  '',
  'ciphers=high',
  'protocols=>=TLSv1.2',
  'exclude=aNULL servername=hostname',
  'bogus=1',
  'ciphers=',
];
const wrongFingerprint = Array<string>(32).fill('AB').join(':');
const more: Readonly<Partial<Record<SecurityLevel, readonly string[]>>> = {
  may: ['match=hostname'],
  dane: ['match=hostname'],
  fingerprint: [
    'match=FINGERPRINT',
    `match=${wrongFingerprint}`,
    `match=${wrongFingerprint}|FINGERPRINT`,
    'match=nothing',
  ],
  verify: [
    'match=hostname',
    'match=nexthop',
    'match=other.example:.policy.test',
    'match=other.example',
    'tafile=AUTHORITY',
    'tafile=/none',
  ],
  secure: [
    'match=hostname',
    'match=nexthop',
    'match=other.example:.policy.test',
    'match=other.example',
    'tafile=AUTHORITY',
    'tafile=/none',
  ],
};

/** Every level with every form of an entry at every kind of host, under the name itself or under `.parent`. */
export const policyCases: readonly PolicyCase[] = securityLevels
  .flatMap((level) => [...everywhere, ...(more[level] ?? [])].map((attributes) => ({ level, attributes })))
  .flatMap((form) => hostKinds.map((kind) => ({ ...form, kind })))
  .map((each, at) => {
    const isBelow = at % 5 === 3;
    return {
      ...each,
      label: isBelow ? `u.c${at}` : `c${at}`,
      key: isBelow ? `.c${at}.policy.test` : `C${at}.policy.test`,
      name: `${isBelow ? '.parent' : 'domain'} ${each.level} ${each.attributes}, host ${each.kind}`,
    };
  });
