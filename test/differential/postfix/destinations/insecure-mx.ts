import { makeChain } from '../../../lab/certificates.ts';
import { bad, destination, good, scripted, short, type Destination, type MxHost } from '../destination.ts';
import { sound, type Material } from '../material.ts';

/** MX record sets that are not signed, most of them leading into a zone that is: left to policy by RFC 7672 §2.2.1. */
export async function insecureMx({ ee }: Material): Promise<readonly Destination[]> {
  const [host, nextHop] = await Promise.all([
    makeChain(['mx.half-ta.signed.test']),
    makeChain(['half-ta-nexthop.insecure.test']),
  ]);
  const chain = ({ leaf, intermediate, root }: typeof host) => [leaf, intermediate, root];
  const withoutTls = (label: string) => scripted(`${label}.test`, [ee], { startTls: false });
  return [
    half('half-good', { host: sound, tlsa: [good(ee)] }),
    half('half-bad', { host: sound, tlsa: [bad(ee)] }),
    half('half-none', { host: sound }),
    half('half-usage-1', { host: sound, tlsa: [good(ee, '1 1 1')] }),
    half('half-short', { host: sound, tlsa: [short(good(ee))] }),
    half('half-mixed', { host: sound, tlsa: [good(ee, '1 1 1'), bad(ee)] }),
    half('half-ta', { host: scripted('half-ta.test', chain(host)), tlsa: [good(host.root, '2 0 1')] }),
    half('half-ta-nexthop', {
      host: scripted('half-ta-nexthop.test', chain(nextHop)),
      tlsa: [good(nextHop.root, '2 0 1')],
    }),
    {
      ...half('half-tlsa-fails', { host: sound, tlsa: [good(ee)] }),
      bogusRrsets: (names) => [`${names.tlsaOwner('mx.half-tlsa-fails')} TLSA`],
    },
    half('half-stripped', { host: withoutTls('half-stripped'), tlsa: [good(ee)] }),
    half('half-usage-1-stripped', { host: withoutTls('half-usage-1-stripped'), tlsa: [good(ee, '1 1 1')] }),
    destination(
      'half-two',
      [
        { label: 'one', host: sound, tlsa: [bad(ee)] },
        { label: 'two', host: sound, tlsa: [good(ee)] },
      ],
      { zone: 'insecure', hostZone: 'signed' },
    ),
    destination('unsigned', [{ host: sound, tlsa: [bad(ee)] }], { zone: 'insecure' }),
    destination('unsigned-stripped', [{ host: withoutTls('unsigned-stripped') }], { zone: 'insecure' }),
  ];
}

function half(label: string, mx: MxHost): Destination {
  return destination(label, [mx], { zone: 'insecure', hostZone: 'signed' });
}
