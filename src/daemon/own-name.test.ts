import { describe, expect, test } from 'vitest';
import { isFullName, ownName } from './own-name.ts';

const none = async (): Promise<undefined> => undefined;
const says = (name: string) => async (): Promise<string> => name;

describe('ownName()', () => {
  test.each([
    ['the configured one', 'mail.example.org', 'relay', says('relay.example.org'), 'mail.example.org', true],
    ['the configured one, though it has no domain', 'mail', 'relay.example.org', none, 'mail', false],
    ['that of the system, if it has a domain', '', 'relay.example.org', none, 'relay.example.org', true],
    ['the one that the DNS knows', '', 'relay', says('relay.example.org'), 'relay.example.org', true],
    ['none that has no domain', '', 'relay', says('relay'), 'relay.localdomain', false],
    [
      'none that every machine has',
      '',
      'localhost',
      says('localhost.localdomain'),
      'localhost.localdomain',
      false,
    ],
    ['none of the system that every machine has', '', 'box.localdomain', none, 'box.localdomain', false],
    ['none that is no name', '', 'relay', says('re lay.example.org'), 'relay.localdomain', false],
    ['none at all', '', 'relay', none, 'relay.localdomain', false],
    ['a system whose name is no host name', '', 'my_relay', none, 'localhost.localdomain', false],
    ['a system that has no name', '', '', none, 'localhost.localdomain', false],
  ])('%s', async (_, configured, system, fqdn, hostname, isFull) => {
    const name = await ownName(configured, system, fqdn);
    expect([name, isFullName(name)]).toEqual([hostname, isFull]);
  });
});
