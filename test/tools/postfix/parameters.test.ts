import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { isListenerKey, listenerSettings } from '../../../src/config/listener-settings.ts';
import { isSettingKey, settings } from '../../../src/config/settings.ts';
import { parameters } from '../../../src/core/postfix-rows/parameters.ts';
import type { ParameterRow } from '../../../src/core/postfix-rows/row.ts';
import { unless } from '../../support/unless.ts';
import { parametersPage } from './render-parameters.ts';

const rows = [...parameters.values()];
const families = /^smtpd?_/;

function keysOf({ here }: ParameterRow): readonly string[] {
  return here.kind === 'setting' ? [here.key] : here.kind === 'part' ? here.keys : [];
}

/** Postfix's own list of defaults, `name = value` a line; undefined without Postfix. */
function postfixDefaults(): ReadonlyMap<string, string> | undefined {
  try {
    const text = execFileSync('postconf', ['-d'], {
      encoding: 'utf8',
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return new Map(
      text.split('\n').flatMap((line) => {
        const [, name, value = ''] = /^(\S+) =(?: (.*))?$/.exec(line) ?? [];
        return name === undefined ? [] : [[name, value] as const];
      }),
    );
  } catch {
    return undefined;
  }
}

const defaults = postfixDefaults();

/** Newer versions changed these, and the table has the newer default. */
const changed = new Set([
  'milter_default_action',
  'smtp_tls_dane_insecure_mx_policy',
  'smtpd_forbid_bare_newline',
  'smtpd_forbid_unauth_pipelining',
  'smtpd_relay_restrictions',
]);

const cameWith311 = new Set(['requiretls_enable', 'smtp_log_tls_feature_status']);

describe('the table of parameters', () => {
  test('names settings that there are', () => {
    const wrong = rows.flatMap(keysOf).filter((key) => {
      const [, own] = /^listener\.(.*)$/.exec(key) ?? [];
      return own === undefined ? !isSettingKey(key) : !isListenerKey(own);
    });
    expect(wrong).toEqual([]);
  });

  test('knows every setting of ours that mirrors one of Postfix', () => {
    const all = [
      ...Object.entries(settings),
      ...Object.entries(listenerSettings).map(([key, row]) => [`listener.${key}`, row] as const),
    ];
    const missing = all.flatMap(([key, row]) => {
      const name = 'postfix' in row ? row.postfix.split(' ')[0] : undefined;
      if (name === undefined || cameWith311.has(name)) return [];
      const known = parameters.get(name);
      return known !== undefined && keysOf(known).includes(key) ? [] : [`${key}: ${name}`];
    });
    expect(missing).toEqual([]);
  });

  unless(defaults === undefined ? 'needs Postfix' : undefined, test)(
    'has every parameter of the installed Postfix',
    () => {
      const names = [...(defaults ?? new Map()).keys()].filter((name) => families.test(name));
      expect(names.length).toBeGreaterThan(200);
      expect(names.filter((name) => !parameters.has(name))).toEqual([]);
    },
  );

  unless(defaults === undefined ? 'needs Postfix' : undefined, test)(
    'has the defaults of the installed Postfix',
    () => {
      const wrong = rows.flatMap(({ name, default: standard }) => {
        const theirs = defaults?.get(name);
        if (theirs === undefined || standard === undefined || changed.has(name)) return [];
        return theirs === standard ? [] : [`${name}: ${standard}, not ${theirs}`];
      });
      expect(wrong).toEqual([]);
    },
  );

  test('has those that came with 3.8, 3.9 and 3.10', () => {
    const since = (version: string) => rows.filter((row) => row.since === version).map(({ name }) => name);
    expect(since('3.8')).toHaveLength(2);
    expect(since('3.9')).toHaveLength(7);
    expect(since('3.10')).toHaveLength(6);
    expect(parameters.has('smtp_tls_enable_rpk') && parameters.has('smtp_tlsrpt_enable')).toBe(true);
  });
});

test('docs/postfix-parameters.md is what the table says', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../../docs/postfix-parameters.md'), 'utf8');
  expect(page, 'npm run docs:postfix').toBe(parametersPage());
});
