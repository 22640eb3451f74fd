import { crashRow, type CrashPoint } from './crash-row.ts';
import { flows, type Flow } from './flows.ts';
import { operatorScripts } from './operator.ts';
import { judgeCrash, type Finding } from './judge-crash.ts';

export interface Row {
  readonly flow: Flow;
  readonly point: CrashPoint;
}

export interface PlayedRow extends Row {
  readonly finding: Finding;
  readonly struck: boolean;
}

const stages = ['EHLO', 'MAIL FROM', 'RCPT TO', 'DATA', '.'] as const;

/** Every crash point of a flow, found by playing it once without a crash. Throws if even that goes wrong. */
export async function pointsOf(flow: Flow): Promise<readonly CrashPoint[]> {
  const calm = await crashRow(flow, undefined);
  const finding = judgeCrash(flow, calm, 'resend');
  if (finding.wrong || !calm.accepted) throw new Error(`${flow.name} without a crash: ${finding.text}`);
  // What comes before a command is the beginning of another flow.
  const first = calm.boundaries.findIndex(({ name }) => operatorScripts.has(name));
  const boundaries =
    flow.commands === undefined ? calm.boundaries : calm.boundaries.slice(Math.max(0, first));
  const writes = boundaries.flatMap((at) =>
    (['relay', 'Redis'] as const).flatMap((victim) =>
      (['before', 'after'] as const).map((when): CrashPoint => ({ kind: 'write', at, when, victim })),
    ),
  );
  if (flow.commands !== undefined) return writes;
  const steps = stages.map((at): CrashPoint => ({ kind: 'dialogue', at, victim: 'relay' }));
  for (let nth = 2; nth <= (flow.recipientsEach ?? 1); nth += 1) {
    for (const at of ['DATA', '.'] as const) steps.push({ kind: 'dialogue', at, nth, victim: 'relay' });
  }
  return [...writes, ...steps];
}

export async function allRows(): Promise<readonly Row[]> {
  const points = await Promise.all(flows.map((flow) => pointsOf(flow)));
  return flows.flatMap((flow, place) => (points[place] ?? []).map((point) => ({ flow, point })));
}

/** Plays rows, so many at a time, and gives them back in their order; most of the time of a row is spent waiting for a lease to run out. */
export async function playRows(
  rows: readonly Row[],
  atOnce: number,
  ambiguous: 'resend' | 'hold',
  tell: (row: PlayedRow) => void = () => {},
): Promise<readonly PlayedRow[]> {
  const played = new Map<Row, PlayedRow>();
  const waiting = [...rows];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
        const one = await play(row, ambiguous);
        played.set(row, one);
        tell(one);
      }
    }),
  );
  return rows.flatMap((row) => played.get(row) ?? []);
}

/** A relay that does not come up in time says that the machine is busy, and nothing of a crash: the row is played again. */
const TRIES = 3;

async function play({ flow, point }: Row, ambiguous: 'resend' | 'hold'): Promise<PlayedRow> {
  for (let tries = 1; ; tries += 1) {
    try {
      const result = await crashRow(flow, point, ambiguous);
      return { flow, point, finding: judgeCrash(flow, result, ambiguous), struck: result.struck };
    } catch (error) {
      const text = String(error);
      if (tries < TRIES && text.includes(': ready$/')) continue;
      return { flow, point, finding: { text, wrong: true }, struck: true };
    }
  }
}
