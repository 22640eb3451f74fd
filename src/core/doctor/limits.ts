import { tellerOf, type Finding } from './finding.ts';
import { mebi } from './quantities.ts';

export interface FileFacts {
  /** Files that may be open at the same time; undefined if unknown. */
  readonly allowed: number | undefined;
  /** If everything that the settings allow happens at once. */
  readonly wanted: number;
  /** Of the running relay; otherwise of this command. */
  readonly isOfRelay: boolean;
}

export function judgeFiles({ allowed, wanted, isOfRelay }: FileFacts): readonly Finding[] {
  const { ok, fail, skip } = tellerOf('files');
  if (allowed === undefined) return [skip('files-unknown', 'the limit of open files is not known')];
  const whose = isOfRelay ? 'the running relay' : 'a program started here';
  const shown = allowed === Infinity ? 'any number of' : String(allowed);
  if (allowed >= wanted)
    return [ok('files-enough', `${whose} may open ${shown} files, ${wanted} are the most that are needed`)];
  return [
    {
      ...fail(
        'files-few',
        `${whose} may open ${shown} files, and these settings may need ${wanted}`,
        'raise the limit (LimitNOFILE= of systemd, ulimit -n), or lower intake.client_limit or delivery.active_destinations',
      ),
      effect: 'clients are turned away, and deliveries wait, when much happens at once',
    },
  ];
}

export interface MemoryFacts {
  /** Of the machine, or of the control group if that is less. */
  readonly totalBytes: number;
  readonly isLimited: boolean;
  /** What the settings let each part have. */
  readonly budgets: readonly { readonly key: string; readonly bytes: number }[];
  /** `/proc/sys/vm/overcommit_memory`; undefined if unknown, or if Redis is elsewhere. */
  readonly overcommit?: number;
  /** Share of its limit that the running relay has taken, in words; undefined while that is no trouble. */
  readonly trouble?: string;
}

/** V8, its code, and what is around: measured with the relay at rest, rounded up. */
const restBytes = 150 * 2 ** 20;

export function judgeMemory({
  totalBytes,
  isLimited,
  budgets,
  overcommit,
  trouble,
}: MemoryFacts): readonly Finding[] {
  const { ok, warn, fail } = tellerOf('memory');
  const findings: Finding[] = [];
  const wanted = budgets.reduce((sum, { bytes }) => sum + bytes, restBytes);
  const list = budgets.map(({ key, bytes }) => `${key} ${mebi(bytes)}`).join(', ');
  const room = `${mebi(totalBytes)} of memory${isLimited ? ' (limit of the control group)' : ''}`;
  if (trouble !== undefined)
    findings.push(fail('memory-short', trouble, 'give it more memory, or lower the settings below'));
  if (wanted > totalBytes)
    findings.push(
      warn(
        'memory-overbooked',
        `the settings allow ${mebi(wanted)} (${list}), and there are ${room}`,
        'lower these settings, or give the relay more memory',
      ),
    );
  if (overcommit === 2)
    findings.push(
      warn(
        'memory-no-overcommit',
        'vm.overcommit_memory = 2: Redis may not get the memory to rewrite its file',
        'sysctl vm.overcommit_memory=1',
      ),
    );
  return findings.length > 0
    ? findings
    : [ok('memory-enough', `${room}; the settings allow ${mebi(wanted)} (${list})`)];
}
