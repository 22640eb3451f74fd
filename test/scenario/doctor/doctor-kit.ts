import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { loadConfig } from '../../../src/config/load.ts';
import { exitCodeOf, type CheckName } from '../../../src/core/doctor/finding.ts';
import { examinedJson } from '../../../src/core/doctor/report.ts';
import type { DoctorWishes } from '../../../src/daemon/doctor/context.ts';
import { examine } from '../../../src/daemon/doctor/examine.ts';
import { runCommand } from '../../support/run-command.ts';

/** A finding as `--json` prints it. */
export interface ShownFinding {
  readonly check: string;
  readonly id: string;
  readonly state: 'ok' | 'warn' | 'fail' | 'skip';
  readonly text: string;
  readonly todo: readonly string[];
  readonly effect?: string;
}

export interface Visit {
  readonly code: number | null;
  readonly findings: readonly ShownFinding[];
  /** `state id`, of those that are not well or of all. */
  readonly ids: readonly string[];
  find(id: string): ShownFinding;
}

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/schemas/doctor.schema.json', import.meta.url), 'utf8'),
) as object;
const validate = new Ajv2020({ strict: false }).compile<{
  readonly exitCode: number;
  readonly findings: readonly ShownFinding[];
}>(schema);

/** Calls `dane-relay doctor --json`, whose answer must be as its schema says. */
export async function visitByCommand(
  set: Readonly<Record<string, string>>,
  ...words: readonly string[]
): Promise<Visit> {
  const { code, stdout, stderr } = await runCommand(['doctor', '--json', ...words], set);
  if (stderr !== '') throw new Error(`doctor says: ${stderr}`);
  return visited(stdout.toString(), code);
}

/** The same without a process of its own, which takes a second. */
export async function visit(
  set: Readonly<Record<string, string>>,
  only: readonly CheckName[],
  wishes: Partial<DoctorWishes> = {},
): Promise<Visit> {
  const config = loadConfig({ env: {}, sets: Object.entries(set).map(([key, value]) => `${key}=${value}`) });
  const environment = { env: {}, uid: process.getuid?.() };
  const subject = { config, environment, settingsFile: undefined, version: 'dane-relay test', only };
  const all = { domains: [], senders: [], addresses: [], ...wishes };
  const { hostname, findings } = await examine({ ...subject, wishes: all }, () => {});
  const report = { version: subject.version, hostname, at: Date.now(), findings };
  return visited(examinedJson(report), exitCodeOf(findings));
}

function visited(json: string, code: number | null): Visit {
  const answer: unknown = JSON.parse(json);
  if (!validate(answer)) throw new Error(`not as the schema says: ${JSON.stringify(validate.errors)}`);
  if (answer.exitCode !== code) throw new Error(`exits with ${code}, and says ${answer.exitCode}`);
  const { findings } = answer;
  const shown = findings.map((one) => `${one.state} ${one.id}: ${one.text}`).join('\n');
  return {
    code,
    findings,
    ids: findings.map(({ state, id }) => `${state} ${id}`),
    find(id) {
      const found = findings.find((one) => one.id === id);
      if (found === undefined) throw new Error(`no ${id} in:\n${shown}`);
      return found;
    },
  };
}

/** A port that nobody has now. */
export function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
