import { expect, test } from 'vitest';
import { makeCertificate, pemOf } from '../../../test/support/test-ca.ts';
import { readPem } from './pem.ts';

const certificate = makeCertificate({ names: ['mx.test'] });
const pem = pemOf(certificate.der);
const block = { label: 'CERTIFICATE', der: certificate.der };

test.each([
  ['a block', pem, [block]],
  ['two blocks with text around them', `# a CA\n${pem}Subject: x - y\n\n${pem}`, [block, block]],
  ['Windows line ends', pem.replaceAll('\n', '\r\n'), [block]],
  ['no end of line', pem.trimEnd(), [block]],
  ['another label', pem.replaceAll('CERTIFICATE', 'PUBLIC KEY'), [{ ...block, label: 'PUBLIC KEY' }]],
  ['an end of another block', pem.replace('END CERTIFICATE', 'END PUBLIC KEY'), []],
  ['text before the first line', ` ${pem}`, []],
  ['text before the last line', pem.replace('-----END', ' -----END'), []],
  ['text behind the first line', pem.replace('-----\n', '-----x\n'), []],
  ['text behind the last line', pem.replace(/-----\n$/, '-----x\n'), []],
  ['blanks behind the lines', pem.replaceAll('\n', ' \n'), [block]],
  ['no end', pem.replace(/-----END[^]*/, ''), []],
  ['nothing', '', []],
])('readPem(): %s', (_, text, blocks) => {
  expect(readPem(text)).toEqual(blocks);
});
