import { expect, it } from 'vitest';
import { makeAuthority, makeCertificate, now, pemOf } from '../../test/support/test-ca.ts';
import type { ShownAddress } from '../core/check/report.ts';
import { readAuthorities } from '../core/dane/authorities.ts';
import type { StsFinding } from '../core/sts/sts-finding.ts';
import type { AddressOfHost, Check } from './check-address.ts';
import { unprovedBy } from './check-sts.ts';

const root = makeAuthority('Root');
const signed = makeCertificate({ names: ['mx.x.test'] }, root);
const own = makeCertificate({ names: ['mx.x.test'] });
const authorities = readAuthorities(pemOf(root.der));

const policy = { mode: 'enforce', maxAge: 86_400, mx: ['mx.x.test', 'other.x.test'], lines: [] } as const;
const finding: StsFinding = {
  kind: 'found',
  domain: 'x.test',
  until: 0,
  known: { policy, id: '1', fetchedAt: 0, expiresAt: 1 },
};

function at(host: string, address: string, ...chain: readonly { readonly der: Uint8Array }[]): AddressOfHost {
  const shown = { address, port: 25 } as ShownAddress;
  return { host, preference: 10, shown, chain: chain.map(({ der }) => der) };
}

function check(signal = new AbortController().signal): Check {
  const settings = (): unknown => ({ stsAuthorities: () => authorities });
  return { means: { tls: { settings } }, judgeAt: () => now, signal } as unknown as Check;
}

it('tells of each address of a listed host whose certificate would not do, and of no other', async () => {
  const all = [
    at('mx.x.test', '192.0.2.1', signed, root),
    at('mx.x.test', '192.0.2.2', own),
    at('other.x.test', '192.0.2.3', signed, root),
    at('mx.x.test', '192.0.2.4'),
    at('not-listed.x.test', '192.0.2.5', own),
  ];
  expect(await unprovedBy(finding, all, check())).toEqual([
    { host: 'mx.x.test', address: '192.0.2.2', port: 25, reason: 'self-signed certificate' },
    { host: 'other.x.test', address: '192.0.2.3', port: 25, reason: expect.stringMatching(/name/) as string },
  ]);
  expect(await unprovedBy(undefined, all, check())).toEqual([]);
});

it('ends with the check', async () => {
  await expect(
    unprovedBy(finding, [at('mx.x.test', '192.0.2.1', own)], check(AbortSignal.abort(new Error('late')))),
  ).rejects.toThrow('late');
});
