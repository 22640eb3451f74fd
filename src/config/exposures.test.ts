import { describe, expect, it } from 'vitest';
import { exposures } from './exposures.ts';
import { loadSettings } from './load.ts';

const name = '/etc/relay.toml';
const secret = '[redis]\nurl = "redis://:secret@redis.example.org"\n';

function found(text: string, modes: Readonly<Record<string, number>>, env = {}): readonly string[] {
  const file = { name, text };
  const { inForce } = loadSettings({ file, env, sets: [] });
  return exposures({ file }, inForce, '/var/lib/relay', (path) => modes[path]);
}

describe('exposures()', () => {
  it('are files with a password that everybody may read', () => {
    expect(found(secret, { [name]: 0o100644 })).toEqual([
      '/etc/relay.toml holds a password and has mode 0644: others can read it',
    ]);
    expect(found(secret, { [name]: 0o100640 })).toEqual([]);
  });

  it('are no files without one, or whose password stands elsewhere', () => {
    expect(found('', { [name]: 0o100644 })).toEqual([]);
    const env = { DANE_RELAY_REDIS_URL: 'redis://:secret@redis.example.org' };
    expect(found('', { [name]: 0o100644 }, env)).toEqual([]);
    expect(found('[redis]\nurl = "redis://redis.example.org"\n', { [name]: 0o100644 })).toEqual([]);
  });

  it('are a directory of the queue that is not ours alone', () => {
    expect(found('', { '/var/lib/relay': 0o40750 })).toEqual([
      '/var/lib/relay holds the queue and has mode 0750: others can read it',
    ]);
    expect(found('', { '/var/lib/relay': 0o40700 })).toEqual([]);
  });

  it('never show the password', () => {
    expect(found(secret, { [name]: 0o100644, '/var/lib/relay': 0o40777 }).join()).not.toContain('secret');
  });
});
