import { makeChain } from '../../../lab/certificates.ts';
import { bad, destination, good, onlyRecords, scripted, type Destination } from '../destination.ts';
import { sound, type Material } from '../material.ts';

/** Names that are aliases: MX hosts (RFC 7672 §2.2.2), next hops (§3.2.2), and owners of TLSA records (§2.2.3). */
export async function aliases({ ee }: Material): Promise<readonly Destination[]> {
  return [...aliasHosts(ee), ...aliasTlsa(ee), ...(await aliasNextHops())];
}

type Own = Material['ee'];

/** `mx.LABEL` is an alias of `target.LABEL`, or of a host in insecure.test. */
function aliasHosts(ee: Own): readonly Destination[] {
  const one = (label: string, target: readonly string[], alias: readonly string[], signed = true) =>
    onlyRecords(
      label,
      (names) => [
        `${label} MX 10 mx.${label}`,
        `mx.${label} CNAME target.${label}${signed ? '' : '.insecure.test.'}`,
        ...alias.map((record) => `${names.tlsaOwner(`mx.${label}`)} ${record}`),
        ...(signed ? targetLines(label, target)(names) : []),
      ],
      signed ? undefined : targetLines(label, target),
    );
  const targetLines = (label: string, tlsa: readonly string[]): Destination['signed'] => {
    return (names) => [
      `target.${label} ${names.address(sound)}`,
      ...tlsa.map((record) => `${names.tlsaOwner(`target.${label}`)} ${record}`),
    ];
  };
  return [
    one('alias-target', [good(ee)], []),
    one('alias-own', [], [good(ee)]),
    one('alias-both', [good(ee)], [bad(ee)]),
    one('alias-both-wrong', [bad(ee)], [good(ee)]),
    one('alias-none', [], []),
    {
      ...one('alias-target-fails', [good(ee)], [good(ee)]),
      bogusRrsets: (names) => [`${names.tlsaOwner('target.alias-target-fails')} TLSA`],
    },
    one('alias-out', [bad(ee)], [good(ee)], false),
    one('alias-out-bad', [good(ee)], [bad(ee)], false),
    one('alias-out-none', [good(ee)], [], false),
    {
      ...one('alias-out-fails', [], [good(ee)], false),
      bogusRrsets: (names) => [`${names.tlsaOwner('mx.alias-out-fails')} TLSA`],
    },
    onlyRecords(
      'alias-insecure',
      () => ['alias-insecure MX 10 mx.alias-insecure.insecure.test.'],
      (names) => [
        'mx.alias-insecure CNAME mx.good.test.',
        `${names.tlsaOwner('mx.alias-insecure')} ${bad(ee)}`,
      ],
    ),
    onlyRecords('alias-twice', (names) => [
      'alias-twice MX 10 mx.alias-twice',
      'mx.alias-twice CNAME middle.alias-twice',
      'middle.alias-twice CNAME target.alias-twice',
      `${names.tlsaOwner('middle.alias-twice')} ${bad(ee)}`,
      ...targetLines('alias-twice', [])(names),
    ]),
    // As many as Unbound follows.
    onlyRecords('alias-far', (names) => [
      'alias-far MX 10 h0.alias-far',
      ...Array.from({ length: 11 }, (_, hop) => {
        return `h${hop}.alias-far CNAME ${hop === 10 ? 'target' : `h${hop + 1}`}.alias-far`;
      }),
      ...targetLines('alias-far', [good(ee)])(names),
    ]),
    // RFC 2181 §11: a name need not be one of a host.
    ...['good', 'bad'].map((kind) => {
      const label = `alias-star-${kind}`;
      return onlyRecords(label, (names) => [
        `${label} MX 10 mx.${label}`,
        `mx.${label} CNAME *.${label}`,
        `*.${label} ${names.address(sound)}`,
        `${names.tlsaOwner(`*.${label}`)} ${kind === 'good' ? good(ee) : bad(ee)}`,
        `${names.tlsaOwner(`mx.${label}`)} ${kind === 'good' ? bad(ee) : good(ee)}`,
      ]);
    }),
  ];
}

function aliasTlsa(ee: Own): readonly Destination[] {
  const through = (label: string, target: string, ...more: readonly string[]) =>
    destination(label, [{ host: sound }], {
      signed: (names) => [`${names.tlsaOwner(`mx.${label}`)} CNAME ${target}`, ...more],
    });
  const octets = String.raw`a\.b\200\001c\032d`;
  return [
    { ...through('tlsa-insecure', 'tlsa-record.insecure.test.'), insecure: () => [`tlsa-record ${bad(ee)}`] },
    through('tlsa-star', '*._dane.tlsa-star', `*._dane.tlsa-star ${good(ee)}`),
    through('tlsa-star-bad', '*._dane.tlsa-star-bad', `*._dane.tlsa-star-bad ${bad(ee)}`),
    through('tlsa-octets', `${octets}.tlsa-octets`, `${octets}.tlsa-octets ${good(ee)}`),
    through('tlsa-octets-bad', `${octets}.tlsa-octets-bad`, `${octets}.tlsa-octets-bad ${bad(ee)}`),
    through('tlsa-dead', '_tlsa.dead.test.'),
    through('tlsa-dangling', 'nothing.tlsa-dangling'),
  ];
}

/** Next hops that are aliases, with certificates that name only one of the two. */
async function aliasNextHops(): Promise<readonly Destination[]> {
  const make = async (label: string, name: string, implicit: boolean): Promise<Destination> => {
    const { leaf, intermediate, root } = await makeChain([`${name}.${label}.signed.test`]);
    const host = scripted(`${label}.test`, [leaf, intermediate, root]);
    const target = `expanded.${label}`;
    const mail = implicit ? target : `mx.${label}`;
    return {
      ...onlyRecords(label, (names) => [
        `alias.${label} CNAME ${target}`,
        ...(implicit ? [] : [`${target} MX 10 ${mail}`]),
        `${mail} ${names.address(host.name)}`,
        `${names.tlsaOwner(mail)} ${good(root, '2 0 1')}`,
      ]),
      domain: `alias.${label}.signed.test`,
      hosts: [host],
    };
  };
  return Promise.all([
    make('nexthop-original', 'alias', false),
    make('nexthop-expanded', 'expanded', false),
    make('nexthop-other', 'other', false),
    make('implicit-original', 'alias', true),
    make('implicit-expanded', 'expanded', true),
  ]);
}
