import { createHash, createPrivateKey, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RelaxedBody } from './relaxed-body.ts';
import { completeField, coverHeader, signedText, unsignedField } from './signature.ts';
import { SignedHeader } from './signed-header.ts';

describe('the example of RFC 8463, appendix A', () => {
  const header = [
    'From: Joe SixPack <joe@football.example.com>',
    'To: Suzie Q <suzie@shopping.example.net>',
    'Subject: Is dinner ready?',
    'Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)',
    'Message-ID: <20030712040037.46341.5F8J@football.example.com>',
  ];
  const body = 'Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n';
  const bodyHash = '2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=';
  const field = [
    'DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;',
    ' d=football.example.com; i=@football.example.com;',
    ' q=dns/txt; s=brisbane; t=1528637909; h=from : to :',
    ' subject : date : message-id : from : subject : date;',
    ` bh=${bodyHash};`,
    ' b=',
  ].join('\r\n');

  test('has the same hash of the body', () => {
    const relaxed = new RelaxedBody();
    relaxed.push(Buffer.from(body));
    expect(relaxed.end()).toBe(bodyHash);
  });

  test('has the same signature', () => {
    const names = ['from', 'to', 'subject', 'date', 'message-id'];
    const read = new SignedHeader(new Set(names));
    read.push(Buffer.from(`${header.join('\r\n')}\r\n\r\n`));
    const covered = coverHeader({ sign: names, oversign: new Set() }, (name) => read.of(name));
    const seed = Buffer.from('nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=', 'base64');
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const digest = createHash('sha256').update(signedText(covered, field), 'latin1').digest();
    expect(sign(null, digest, key).toString('base64')).toBe(
      '/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==',
    );
  });
});

describe('which fields are covered', () => {
  const fields: Readonly<Record<string, readonly string[]>> = { from: ['from:a'], to: ['to:1', 'to:2'] };
  const cover = (sign: readonly string[], ...oversign: string[]) =>
    coverHeader({ sign, oversign: new Set(oversign) }, (name) => fields[name] ?? []);

  test('each that is there, from the bottom up, and one more where none may be added', () => {
    expect(cover(['From', 'To', 'Cc'])).toEqual({
      names: ['From', 'To', 'To'],
      text: 'from:a\r\nto:2\r\nto:1\r\n',
    });
    expect(cover(['From', 'Cc', 'To'], 'from', 'cc').names).toEqual(['From', 'From', 'Cc', 'To', 'To']);
  });
});

describe('a field', () => {
  const facts = {
    algorithm: 'rsa-sha256',
    domain: 'example.org',
    selector: 's',
    signedAt: 12,
  } as const;

  test('says what it covers, and never l=', () => {
    expect(unsignedField(facts, ['From', 'To'], 'BH=')).toBe(
      'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s; t=12;\r\n\th=From:To;\r\n\tbh=BH=;\r\n\tb=',
    );
    expect(unsignedField({ ...facts, expiresAt: 99 }, ['From'], 'BH=')).toContain(' t=12; x=99;\r\n');
  });

  test('has short lines, whatever it covers', () => {
    const names = Array.from({ length: 200 }, (_, n) => `Content-Something-${n}`);
    const long = { ...facts, domain: `${'a.'.repeat(100)}example.org`, selector: 'x'.repeat(60) };
    const field = completeField(unsignedField(long, names, 'B'.repeat(44)), Buffer.alloc(512, 1));
    expect(field.endsWith('\r\n')).toBe(true);
    const lines = field.slice(0, -2).split('\r\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(300);
    expect(lines.slice(1).every((line) => line.startsWith('\t'))).toBe(true);
    expect(field.replaceAll(/\s/g, '')).toContain(`h=${names.join(':')};bh=`);
  });
});
