import { tellerOf, type Finding } from './finding.ts';
import { mebi } from './quantities.ts';

export interface DiskFacts {
  readonly dataDir: string;
  /** Why the relay cannot have its directory, as the settings check says it. */
  readonly unusable?: string;
  /** The same of log.file and spool_dir. */
  readonly otherTrouble: readonly string[];
  /** Bytes that this user may write there; undefined if unknown. */
  readonly freeBytes?: number;
  /** Bytes below which no mail is accepted: queue.minfree and one rewrite of the queue. */
  readonly floorBytes: number;
  /** Files that may still be made; undefined where there is no such limit. */
  readonly freeInodes?: number;
  /** `memory`: gone with a restart. `network`: locks and fsync may mean nothing. */
  readonly kind: 'disk' | 'memory' | 'network';
  /** Permission bits that let others read the mail; 0 if there are none. */
  readonly openMode: number;
  /** The queue lives on another machine. */
  readonly isElsewhere: boolean;
}

const fewInodes = 1000;

export function judgeDisk(facts: DiskFacts): readonly Finding[] {
  const { ok, warn, fail } = tellerOf('disk');
  const { dataDir, freeBytes, floorBytes, freeInodes, kind, openMode, isElsewhere } = facts;
  const findings: Finding[] = [];
  if (facts.unusable !== undefined)
    findings.push({
      ...fail(
        'disk-not-writable',
        facts.unusable,
        `give ${dataDir} to the user of the relay, or name another directory in data_dir`,
      ),
      effect: 'the relay does not start',
    });
  for (const text of facts.otherTrouble)
    findings.push(
      fail('disk-log-not-writable', text, 'give the file to the user of the relay, or clear log.file'),
    );
  if (freeBytes !== undefined && !isElsewhere && freeBytes < floorBytes)
    findings.push({
      ...fail(
        'disk-full',
        `${mebi(freeBytes)} are free in ${dataDir}, ${mebi(floorBytes)} are needed (queue.minfree and one rewrite of the queue)`,
        'make room there; what waits goes out meanwhile',
      ),
      effect: 'no mail is accepted (452), clients try again',
    });
  else if (freeBytes !== undefined && !isElsewhere && freeBytes < floorBytes * 2)
    findings.push(
      warn(
        'disk-filling',
        `${mebi(freeBytes)} are free in ${dataDir}; below ${mebi(floorBytes)} no mail is accepted`,
        'make room there',
      ),
    );
  if (freeInodes !== undefined && freeInodes < fewInodes)
    findings.push(
      warn(
        'disk-few-inodes',
        `only ${freeInodes} files can still be made in ${dataDir}`,
        'remove small files from that file system',
      ),
    );
  if (kind === 'memory' && !isElsewhere)
    findings.push(
      warn(
        'disk-in-memory',
        `${dataDir} is in memory (tmpfs): the queue is gone after a restart`,
        'name a directory on a disk in data_dir',
      ),
    );
  if (kind === 'network' && !isElsewhere)
    findings.push(
      warn(
        'disk-on-network',
        `${dataDir} is on a network file system: what it calls written may not be`,
        'name a directory on a local disk in data_dir',
      ),
    );
  if (openMode !== 0)
    findings.push(
      warn(
        'disk-open',
        `others on this machine may look into ${dataDir} (mode ${openMode.toString(8)})`,
        `chmod 700 ${dataDir}`,
      ),
    );
  if (findings.length > 0) return findings;
  const free = freeBytes === undefined ? '' : `, ${mebi(freeBytes)} free`;
  return [ok('disk-enough', `${dataDir} can be written to${free}`)];
}
