import { sign } from 'node:crypto';
import { bitString, sequence } from '../../support/der-writer.ts';
import { attributeTypes, ecKeys, name, tlsaFor } from '../../support/test-ca.ts';
import type { TestCertificate } from '../../support/test-ca.ts';
import { makeCase } from './case.ts';
import type { Case } from './case.ts';
import { unreadable, usual, variations } from './encoding-variations.ts';
import type { Members, Variation } from './encoding-variations.ts';
import { makeIssuer, makeLeaf } from './hierarchy.ts';

const keys = ecKeys();

/** A certificate member by member, as leaf and as trust anchor. */
export function encodingCases(): Case[] {
  const root = makeIssuer('Root');
  return [...readableCases(root), ...recordCases(root)];
}

function recordCases(root: TestCertificate): Case[] {
  const leaf = makeLeaf({}, root);
  return Object.entries(unreadable).flatMap(([title, vary]) => {
    const certificate = assemble(vary, root, 'A Server');
    return ['3 0 0', '3 1 0'].map((form) =>
      makeCase(`record of ${title}: ${form}`, leaf, [], [tlsaFor(certificate, form)]),
    );
  });
}

function readableCases(root: TestCertificate): Case[] {
  return Object.entries(variations).flatMap(([title, vary]) => {
    const leaf = assemble(vary, root, 'A Server');
    const anchor = assemble(vary, root, 'An Authority');
    const below = makeLeaf({ keyIds: false }, anchor);
    return [
      makeCase(`${title}: 3 1 1`, leaf, [], [tlsaFor(leaf, '3 1 1')]),
      makeCase(`${title}: 2 0 1 of its issuer`, leaf, [root], [tlsaFor(root, '2 0 1')]),
      makeCase(`${title}: 2 1 0 of its issuer, not sent`, leaf, [], [tlsaFor(root, '2 1 0')]),
      makeCase(`${title}: 2 1 1 of it`, below, [anchor], [tlsaFor(anchor, '2 1 1')]),
      makeCase(`${title}: 2 0 0 of it, not sent`, below, [], [tlsaFor(anchor, '2 0 0')]),
      makeCase(`${title}: 2 0 1 of its issuer, above it`, below, [anchor, root], [tlsaFor(root, '2 0 1')]),
    ];
  });
}

function assemble(vary: Variation, issuer: TestCertificate, commonName: string): TestCertificate {
  const plain: Members = {
    ...usual,
    issuer: issuer.subject,
    subject: name([attributeTypes.commonName, commonName]),
    spki: keys.publicKey.export({ type: 'spki', format: 'der' }),
  };
  const made = { ...plain, ...vary(plain) };
  const tbs = sequence(
    made.version,
    made.serialNumber,
    made.algorithm,
    made.issuer,
    made.validity,
    made.subject,
    made.spki,
    made.uniqueIds,
    made.extensions,
  );
  const signature = bitString(sign('sha256', tbs, issuer.keys.privateKey));
  return { der: sequence(tbs, made.outerAlgorithm, signature), spki: made.spki, subject: made.subject, keys };
}
