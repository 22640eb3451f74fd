import { makeCertificate, makeChain, type Certificate, type Chain } from '../../../lab/certificates.ts';
import { purposes } from '../../../support/test-ca.ts';
import { bad, destination, good, scripted, type Destination } from '../destination.ts';
import { tomorrow, yesterday, type Material } from '../material.ts';

type Parts = Parameters<typeof makeChain>[1];

interface ChainCase {
  readonly label: string;
  /** Names of the leaf; default that of the MX host. */
  readonly names?: readonly string[];
  readonly parts?: Parts;
  /** What the host sends; default all three. */
  readonly sends?: (chain: Chain) => readonly Certificate[];
  /** Default the root by `2 0 1`. */
  readonly tlsa?: (chain: Chain) => readonly string[];
}

/** Chains under a trust anchor (RFC 7671 §5.2), names (RFC 7672 §3.2.2, §3.2.3), and leaf certificates nobody else would take. */
export async function certificates({ ee }: Material): Promise<readonly Destination[]> {
  const chains = [...anchors, ...validity, ...names, ...pathRules].map(async (one) => {
    const mx = `mx.${one.label}.signed.test`;
    const chain = await makeChain(one.names ?? [mx], one.parts);
    const sent = one.sends?.(chain) ?? [chain.leaf, chain.intermediate, chain.root];
    const tlsa = one.tlsa?.(chain) ?? [good(chain.root, '2 0 1')];
    return destination(one.label, [{ host: scripted(`${one.label}.test`, sent), tlsa }]);
  });
  return [
    destination('ta-self', [{ host: scripted('ta-self.test', [ee]), tlsa: [good(ee, '2 0 1')] }]),
    ...(await Promise.all(chains)),
    ...(await leaves()),
  ];
}

const withoutRoot = ({ leaf, intermediate }: Chain) => [leaf, intermediate];
const leafOnly = ({ leaf }: Chain) => [leaf];

const anchors: readonly ChainCase[] = [
  { label: 'ta-root' },
  { label: 'ta-issuer', tlsa: ({ intermediate }) => [good(intermediate, '2 1 1')], sends: withoutRoot },
  { label: 'ta-leaf', tlsa: ({ leaf }) => [good(leaf, '2 0 1')] },
  { label: 'ta-absent-digest', tlsa: ({ root }) => [good(root, '2 1 1')], sends: withoutRoot },
  { label: 'ta-absent-full', tlsa: ({ root }) => [good(root, '2 0 0')], sends: withoutRoot },
  { label: 'ta-absent-key', tlsa: ({ root }) => [good(root, '2 1 0')], sends: withoutRoot },
  { label: 'ta-absent-issuer', tlsa: ({ intermediate }) => [good(intermediate, '2 0 0')], sends: leafOnly },
  {
    label: 'ta-absent-issuer-key',
    tlsa: ({ intermediate }) => [good(intermediate, '2 1 0')],
    sends: leafOnly,
  },
  { label: 'ta-gap', tlsa: ({ root }) => [good(root, '2 0 0')], sends: leafOnly },
  { label: 'ta-unordered', sends: ({ leaf, intermediate, root }) => [leaf, root, intermediate] },
  {
    label: 'ta-and-ee',
    tlsa: ({ leaf, root }) => [good(root, '2 0 1'), bad(leaf)],
  },
  {
    label: 'ee-and-ta',
    names: ['elsewhere.test'],
    tlsa: ({ leaf, root }) => [bad(root, '2 0 1'), good(leaf)],
  },
];

const expired = { notBefore: new Date(0), notAfter: yesterday() };

const validity: readonly ChainCase[] = [
  { label: 'ta-expired-leaf', parts: { leaf: expired } },
  { label: 'ta-future-leaf', parts: { leaf: { notBefore: tomorrow() } } },
  { label: 'ta-expired-root', parts: { root: expired } },
  { label: 'ta-expired-middle', parts: { intermediate: expired } },
  {
    label: 'ta-expired-issuer',
    parts: { intermediate: expired },
    tlsa: ({ intermediate }) => [good(intermediate, '2 0 1')],
  },
];

const names: readonly ChainCase[] = [
  { label: 'name-other', names: ['mx.elsewhere.test'] },
  { label: 'name-nexthop', names: ['name-nexthop.signed.test'] },
  { label: 'name-upper', names: ['MX.Name-Upper.Signed.Test'] },
  { label: 'name-common', parts: { leaf: { names: [], commonName: 'mx.name-common.signed.test' } } },
  {
    label: 'name-common-beside',
    parts: { leaf: { names: ['mx.elsewhere.test'], commonName: 'mx.name-common-beside.signed.test' } },
  },
  { label: 'name-wildcard', names: ['*.name-wildcard.signed.test'] },
  { label: 'name-wildcard-above', names: ['*.signed.test'] },
  { label: 'name-wildcard-partial', names: ['m*.name-wildcard-partial.signed.test'] },
  { label: 'name-wildcard-two', names: ['*.*.signed.test'] },
  { label: 'name-wildcard-top', names: ['*.test'] },
];

const pathRules: readonly ChainCase[] = [
  { label: 'path-length', parts: { root: { pathLength: 0 } } },
  { label: 'path-no-authority', parts: { intermediate: { authority: false } } },
  { label: 'path-client', parts: { leaf: { extendedKeyUsage: [purposes.clientAuth] } } },
  { label: 'path-any-purpose', parts: { leaf: { extendedKeyUsage: ['2.5.29.37.0'] } } },
  { label: 'path-no-purpose', parts: { leaf: { extendedKeyUsage: [] } } },
  { label: 'path-critical', parts: { leaf: { unknownCriticalExtension: true } } },
  { label: 'path-permitted', parts: { root: { nameConstraints: { permitted: ['signed.test'] } } } },
  { label: 'path-excluded', parts: { root: { nameConstraints: { excluded: ['signed.test'] } } } },
];

/** `3 1 1`: neither dates nor names nor purposes count (RFC 7672 §3.1.1). */
async function leaves(): Promise<readonly Destination[]> {
  const one = async (label: string, options: Parameters<typeof makeCertificate>[0]) => {
    const certificate = await makeCertificate({ commonName: 'mx.elsewhere.test', ...options });
    const host = scripted(`${label}.test`, [certificate]);
    return destination(label, [{ host, tlsa: [good(certificate)] }]);
  };
  return Promise.all([
    one('ee-expired', expired),
    one('ee-future', { notBefore: tomorrow() }),
    one('ee-client', { extendedKeyUsage: [purposes.clientAuth] }),
    one('ee-authority', { authority: true }),
    one('ee-rsa', { key: 'RSA-2048' }),
  ]);
}
