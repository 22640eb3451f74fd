import { destination, good, onlyRecords, type Destination } from '../destination.ts';
import { sound, type Material } from '../material.ts';

/** What DNS says or does not say of the way to a host. */
export function lookups({ ee }: Material): readonly Destination[] {
  const mx = { host: sound, tlsa: [good(ee)] };
  return [
    destination('bogus-mx', [mx], { bogusRrsets: () => ['bogus-mx MX'] }),
    destination('bogus-address', [mx], { bogusRrsets: () => ['mx.bogus-address A'] }),
    // An AAAA record that cannot be had beside an address that can.
    destination('bogus-family', [mx], {
      signed: () => ['mx.bogus-family AAAA 100::1'],
      bogusRrsets: () => ['mx.bogus-family AAAA'],
    }),
    destination('insecure-address', [{ host: sound, tlsa: [good(ee)] }], { hostZone: 'insecure' }),
    onlyRecords('no-address', () => ['no-address MX 10 mx.no-address']),
    onlyRecords('no-address-text', () => [
      'no-address-text MX 10 mx.no-address-text',
      'mx.no-address-text TXT "no address"',
    ]),
    onlyRecords('no-records', () => ['no-records TXT "nothing"']),
    {
      ...onlyRecords('no-records', undefined, () => ['no-records TXT "nothing"']),
      domain: 'no-records.insecure.test',
    },
    onlyRecords('dead-address', () => ['dead-address MX 10 mx.dead.test.']),
    onlyRecords('loop', () => ['loop MX 10 a.loop', 'a.loop CNAME b.loop', 'b.loop CNAME a.loop']),
    onlyRecords('null-mx', () => ['null-mx MX 10 .']),
    destination('null-mx-beside', [{ host: sound }], { signed: () => ['null-mx-beside MX 0 .'] }),
    onlyRecords('numeric-mx', (names) => [`numeric-mx MX 10 ${names.address(sound).replace(/^A /, '')}.`]),
    // What no host can be called is passed over.
    destination('mx-blank', [mx], { signed: () => [String.raw`mx-blank MX 5 m\032x`] }),
    onlyRecords('mx-blank-alone', () => [String.raw`mx-blank-alone MX 5 m\032x`]),
    destination('mx-number-like', [mx], { signed: () => ['mx-number-like MX 5 1.2.3.999.'] }),
    onlyRecords('mx-number-like-alone', () => ['mx-number-like-alone MX 5 2130706433.']),
    onlyRecords('implicit-none', (names) => [`implicit-none ${names.address(sound)}`]),
    onlyRecords('implicit-usage-1', (names) => [
      `implicit-usage-1 ${names.address(sound)}`,
      `${names.tlsaOwner('implicit-usage-1')} ${good(ee, '1 1 1')}`,
    ]),
    {
      ...onlyRecords('implicit', undefined, (names) => [
        `implicit ${names.address(sound)}`,
        `${names.tlsaOwner('implicit')} ${good(ee)}`,
      ]),
      domain: 'implicit.insecure.test',
    },
    { ...onlyRecords('literal'), domain: `[${sound}]` },
  ];
}
