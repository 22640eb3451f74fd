import type { Script } from '../../scenario/session/scripted-server.ts';
import { wordsOf, type Act } from '../../scenario/session/speaker.ts';
import type { Dice } from '../../support/dice.ts';
import type { SecureContextOptions } from 'node:tls';

/** What a host did with the content it was sent. */
export interface Verdict {
  /** The sender: every message has its own. */
  readonly sender: string;
  /** Whom it had accepted. */
  readonly recipients: readonly string[];
  /** `lost`: nobody can tell from the outside, for there was no reply. */
  readonly kind: 'accepted' | 'refused' | 'lost';
}

const ends: readonly [Act, ...Act[]] = [
  { hang: true },
  { drop: '' },
  { drop: '', reset: true },
  { drop: '250-half' },
  'what now?',
  '150 wait',
];
const leaving: readonly [Act, ...Act[]] = [{ drop: '421 4.3.2 closing' }, '421 4.3.2 closing'];
const refusals: readonly [string, ...string[]] = [
  '450 4.2.1 later',
  '451 later',
  '452 4.5.3 too many',
  '452 4.2.2 full',
  '550 5.1.1 no',
  '552 too many',
  '554-5.7.1 no\r\n554 5.7.1 never',
];

/** One connection of a host that may do anything at any stage, and tells `file` what it did with each content. */
export function randomScript(
  dice: Dice,
  tls: SecureContextOptions,
  file: (verdict: Verdict) => void,
): Script {
  // Some hosts are worse than others.
  const goodness = dice.pick([0.98, 0.95, 0.85]);
  let sender = '';
  let recipients: string[] = [];

  function answer(positive: string, refused: readonly [Act, ...Act[]] = refusals): Act {
    if (dice.chance(goodness)) return wellSaid(dice, positive);
    if (dice.chance(0.6)) return dice.pick(refused);
    if (dice.chance(0.3)) return dice.pick(leaving);
    if (dice.chance(0.2)) return dice.pick(['354 go', '250 fine']);
    return dice.pick(ends);
  }
  /** Where nothing else is awaited an answer too many can be told from the next one; among others it cannot. */
  function answerAlone(positive: string, refused?: readonly [Act, ...Act[]]): Act {
    return dice.chance(0.02) ? `${positive}\r\n${positive}` : answer(positive, refused);
  }

  return {
    tls,
    greeting: answerAlone('220 mx.test', ['421 4.3.2 busy', '554 5.7.1 no', '450 later']),
    on: {
      ...(dice.chance(0.9) ? {} : { EHLO: answer('250 mx.test', ['502 what', '550 5.7.1 no', '451 later']) }),
      HELO: () => answerAlone('250 mx.test'),
      ...(dice.chance(goodness) ? {} : { STARTTLS: answer('454 4.7.0 no', ['550 no', '502 what']) }),
      MAIL(line) {
        const act = answer('250 2.1.0 ok');
        sender = isPositive(act) ? (/<(.*)>/.exec(line)?.[1] ?? '') : '';
        recipients = [];
        return act;
      },
      RCPT(line) {
        const act = answer('250 2.1.5 ok');
        if (isPositive(act)) recipients.push(/<(.*)>/.exec(line)?.[1] ?? '');
        return act;
      },
      DATA: () => answerAlone('354 go'),
      dot() {
        const act = answerAlone('250 2.0.0 ok');
        const kind = isPositive(act) ? 'accepted' : isRefusal(act) ? 'refused' : 'lost';
        file({ sender, recipients, kind });
        return act;
      },
      RSET() {
        recipients = [];
        return answerAlone('250 ok', ['502 what']);
      },
    },
    ehlo: ['8BITMIME', 'PIPELINING', 'DSN', 'SIZE 50000', 'STARTTLS'].filter(() => dice.chance(0.8)),
    duringContent: () =>
      dice.chance(0.01)
        ? dice.pick<Act>([
            { deaf: '552 5.3.4 enough' },
            { stall: '451 4.3.1 disk' },
            { drop: '' },
            { deaf: '' },
          ])
        : undefined,
  };
}

function wellSaid(dice: Dice, positive: string): Act {
  const code = positive.slice(0, 3);
  const text = positive.slice(4);
  return dice.pick<Act>([
    positive,
    positive,
    code,
    `${code}-${text}\r\n${code} ${text}`,
    `\r\nwell...\r\n${positive}`,
    { bytes: positive },
    { later: positive, ms: 10 },
  ]);
}

function isPositive(act: Act): boolean {
  // A reply that is cut off in the middle says nothing.
  return /^2\d\d(?: .*)?$/.test(wordsOf(act).split('\r\n').at(-1) ?? '');
}

function isRefusal(act: Act): boolean {
  return /^[345]\d\d(?: .*)?$/.test(wordsOf(act).split('\r\n').at(-1) ?? '');
}
