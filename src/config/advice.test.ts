import { describe, expect, test } from 'vitest';
import { advice } from './advice.ts';
import { loadConfig } from './load.ts';

function of(networks: string, uid?: number): readonly string[] {
  return advice(loadConfig({ env: {}, sets: [`networks=${networks}`] }), uid);
}

describe('advice()', () => {
  test.each([
    ['0.0.0.0/0', ['0.0.0.0/0']],
    ['::/0,127.0.0.0/8', ['::/0']],
    ['0.0.0.0/1,128.0.0.0/1', ['0.0.0.0/1', '128.0.0.0/1']],
    ['2000::/3', ['2000::/3']],
  ])('calls networks = %s an open relay', (networks, named) => {
    const [said = '', ...others] = of(networks);
    expect(said).toMatch(/^networks: .*: .*open relay/);
    expect(said).toContain(`networks: ${named.join(', ')}: `);
    expect(others).toEqual([]);
  });

  test.each(['127.0.0.0/8,::1/128', '10.0.0.0/8,fd00::/16,192.0.2.0/24', ''])(
    'has nothing to say of %s',
    (networks) => {
      expect(of(networks)).toEqual([]);
    },
  );

  test('a relay that runs as root is told, a check is not', () => {
    expect(of('', 0)).toEqual([expect.stringContaining('runs as root')]);
    expect(of('', 1000)).toEqual([]);
  });
});
