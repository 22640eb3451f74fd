import { describe, expect, it } from 'vitest';
import { claimOf } from '../../test/support/delivery-kit.ts';
import type { Claim } from '../core/delivery/claim.ts';
import type { Attempt } from '../core/delivery/attempt.ts';
import type { Outcome } from '../core/delivery/outcome.ts';
import type { Message } from '../core/mail/message.ts';
import type { DeliveryStatus } from '../core/mail/status.ts';
import type { Report } from '../core/report/report.ts';
import { conclude, type ConcludePorts, type OutcomeStore } from './conclude.ts';

const sent: DeliveryStatus = {
  outcome: 'sent',
  dsn: '2.0.0',
  reason: '250 ok',
  scope: 'recipient',
  relay: 'mx[192.0.2.1]:25',
};
const refused: DeliveryStatus = {
  outcome: 'bounced',
  dsn: '5.1.1',
  reason: '550 no',
  scope: 'recipient',
  relay: 'mx[192.0.2.1]:25',
};
const busy: DeliveryStatus = {
  outcome: 'deferred',
  dsn: '4.4.1',
  reason: 'connection refused',
  scope: 'host',
};

type Ports = ConcludePorts & OutcomeStore;

const recipients = [{ address: 'a@x.test' }, { address: 'b@x.test' }, { address: 'c@x.test' }];
const message: Message = {
  queueId: 'Q1',
  envelope: { sender: 's@y.test', recipients, body: '7BIT', smtpUtf8: false },
  arrivedAt: 0,
  size: 5,
  messageId: '<m@y.test>',
};

async function concluded(
  statuses: readonly DeliveryStatus[],
  overrides: Partial<Ports> = {},
  sender = message.envelope.sender,
  extra: Partial<Claim> = {},
) {
  const lines: string[] = [];
  const outcomes: Outcome[] = [];
  const composed: Report[] = [];
  const about = { ...message, envelope: { ...message.envelope, sender } };
  const mail = { ...claimOf(about), message: about, attempts: 2, ...extra };
  const attempts: Attempt[] = statuses.map((status, index) => ({
    index,
    recipient: recipients[index] ?? { address: '' },
    status,
    stamps: { transactionAt: 700, doneAt: 1000 },
    connectionUse: 1,
  }));
  const ports: Ports = {
    destination: 'x.test',
    async settle(outcome) {
      outcomes.push(outcome);
      return outcome.retry === undefined ? 'gone' : 'stays';
    },
    async compose(report) {
      composed.push(report);
      const envelope = {
        sender: report.from,
        recipients: [{ address: report.to }],
        body: '8BITMIME',
        smtpUtf8: false,
      } as const;
      return {
        message: {
          queueId: `Q${composed.length + 1}`,
          envelope,
          arrivedAt: 1000,
          size: 9,
          messageId: '<r@relay>',
        },
        content: Buffer.from('report'),
      };
    },
    warn: async () => [],
    notices: { classes: [], recipient: '', doubleBounce: 'double-bounce@relay' },
    delayWarningMs: 0,
    mayExpire: () => true,
    nextHopOf: (mailbox) => mailbox.replace(/.*@/, ''),
    reporter: { hostname: 'relay', dateText: (at) => `date ${at}` },
    rules: {
      minimalBackoffMs: 300_000,
      maximalBackoffMs: 4_000_000,
      lifetimeMs: 432_000_000,
      bounceLifetimeMs: 432_000_000,
    },
    log: ({ text }) => lines.push(text),
    now: () => 1000,
    dice: () => 0.5,
    ambiguous: 'resend',
    ...overrides,
  };
  await conclude(mail, attempts, { activeAt: 100, handedAt: 200 }, ports, ports);
  return { lines, outcome: outcomes[0], outcomes, composed };
}

describe('conclude()', () => {
  it('logs every recipient with its delays, then that the message is gone', async () => {
    const { lines, outcome } = await concluded([sent, sent, sent]);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe(
      'Q1: to=<a@x.test>, relay=mx[192.0.2.1]:25, delay=1, delays=0.1/0.1/0.5/0.3, dsn=2.0.0, status=sent (250 ok)',
    );
    expect(lines[3]).toBe('Q1: removed');
    expect(outcome).toEqual({});
  });

  it('stores who is left, the attempt and the last reason', async () => {
    const { lines, outcome } = await concluded([sent, busy, busy]);
    expect(outcome?.retry).toEqual({
      left: [1, 2],
      attempts: 3,
      nextAt: 301_000,
      last: { dsn: '4.4.1', reason: 'connection refused' },
    });
    expect(lines).not.toContain('Q1: removed');
  });

  it('stores the report to the sender in the same step as the verdict', async () => {
    const { lines, outcomes } = await concluded([refused, busy, sent]);
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]?.reports).toMatchObject([{ destination: 'y.test', message: { queueId: 'Q2' } }]);
    expect(outcomes[0]?.retry?.left).toEqual([1]);
    expect(lines).toContain('Q1: sender non-delivery notification: Q2');
    expect(lines).toContain('Q2: from=<>, size=9, nrcpt=1 (queue active)');
  });

  it('tells nobody about a report that failed', async () => {
    const { lines, outcome } = await concluded([refused, sent, sent], {}, '');
    expect(outcome).toEqual({});
    expect(lines.join('\n')).not.toContain('notification');
    expect(lines).toContain('Q1: undeliverable report, there is no sender to tell: discarded');
  });

  it('throws a notice away that cannot be brought to the postmaster', async () => {
    const { lines, outcome } = await concluded([refused, sent, sent], {}, 'double-bounce@relay');
    expect(outcome).toEqual({});
    expect(lines).toContain('Q1: undeliverable postmaster notification discarded');
  });

  it('stores the copy for the postmaster in the same step', async () => {
    const classes = ['bounce'] as const;
    const notices = { classes, recipient: 'pm@z.test', doubleBounce: 'double-bounce@relay' };
    const { lines, outcomes } = await concluded([refused, sent, sent], { notices });
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]?.reports?.map(({ destination }) => destination)).toEqual(['y.test', 'z.test']);
    expect(lines).toContain('Q1: postmaster non-delivery notification: Q3');
  });

  it('tells the sender of those too whom an attempt that was cut off brought it to', async () => {
    const wanted = { notify: ['SUCCESS'] } as const;
    const relayed = {
      index: 7,
      recipient: { address: 'z@x.test', ...wanted },
      status: { ...sent, withoutDsn: true },
    };
    const { composed, lines } = await concluded([busy, busy, busy], {}, 's@y.test', { relayed: [relayed] });
    expect(composed).toMatchObject([{ kind: 'success', audience: 'sender' }]);
    expect(composed[0]?.text).toContain('<z@x.test>');
    expect(lines.filter((line) => line.includes('z@x.test'))).toEqual([]);
  });

  describe('with a delay warning after an hour', () => {
    const hour = { delayWarningMs: 3_600_000 };
    const at = (ms: number) => ({ now: () => ms });

    it('warns once the message is so old, of those too that wait elsewhere', async () => {
      const last = { dsn: '4.4.3', reason: 'no name server' };
      const elsewhere = [{ index: 7, recipient: { address: 'z@z.test' }, last }];
      const ports = { ...hour, ...at(3_600_000), warn: async () => elsewhere };
      const { lines, outcome, composed } = await concluded([busy, sent, busy], ports);
      expect(composed).toMatchObject([{ kind: 'delay', audience: 'sender' }]);
      expect(composed[0]?.fields.slice(1).map(([, recipient]) => recipient)).toEqual(
        Array(3).fill('Action: delayed'),
      );
      expect(composed[0]?.text).toContain('<z@z.test>');
      expect(outcome?.retry?.warned).toBe(true);
      expect(lines).toContain('Q1: sender delay notification: Q2');
    });

    it.each([
      ['too young', { ...hour, ...at(3_598_999) }, [busy, busy, busy], undefined],
      [
        'told before, for another destination',
        { ...hour, ...at(9e6), warn: async () => undefined },
        [busy, busy, busy],
        true,
      ],
      ['delivered', { ...hour, ...at(9e6) }, [sent, sent, sent], undefined],
      ['refused', { ...hour, ...at(9e6) }, [refused, refused, refused], undefined],
      ['no warning wanted', { delayWarningMs: 0, ...at(9e6) }, [busy, busy, busy], undefined],
    ] as const)('does not: %s', async (_, ports, statuses, warned) => {
      const { outcome, composed } = await concluded(statuses, ports);
      expect(composed.filter(({ kind }) => kind === 'delay')).toEqual([]);
      expect(outcome?.retry?.warned).toBe(warned);
    });

    it('asks again the next time where the store does not say whether to', async () => {
      const warn: OutcomeStore['warn'] = () => Promise.reject(new Error('away'));
      const { outcome, composed } = await concluded([sent, busy, busy], { ...hour, ...at(9e6), warn });
      expect(composed).toEqual([]);
      expect(outcome?.retry?.left).toEqual([1, 2]);
      expect(outcome?.retry?.warned).toBeUndefined();
    });
  });

  it('keeps what a later report must know of the last failure', async () => {
    const tlsFault = { kind: 'not offered', host: 'mx', level: 'dane' } as const;
    const remote = { host: 'mx', reply: '450 busy' };
    const { outcome } = await concluded([sent, sent, { ...busy, tlsFault, remote }]);
    expect(outcome?.retry?.last).toEqual({ dsn: '4.4.1', reason: 'connection refused', tlsFault, remote });
  });

  it('gives up after the lifetime, unless the failure may be our own', async () => {
    const late = { now: () => 432_000_000 };
    const given = await concluded([busy, busy, busy], late);
    expect(given.lines).toContain('Q1: from=<s@y.test>, status=expired, returned to sender');
    expect(given.outcome?.retry).toBeUndefined();
    const kept = await concluded([busy, busy, busy], { ...late, mayExpire: () => false });
    expect(kept.outcome?.retry?.left).toEqual([0, 1, 2]);
    expect(kept.outcome?.reports).toBeUndefined();
  });

  it('gives a report about TLS up after a day, and tells nobody', async () => {
    const never = { ...message.envelope.recipients[0], address: 'a@x.test', notify: ['NEVER'] } as const;
    const about = {
      ...message,
      envelope: { ...message.envelope, recipients: [never] },
      tlsReport: true,
    } as const;
    const day = 24 * 3_600_000;
    const kept = await concluded([busy], { now: () => day - 1 }, undefined, { message: about });
    expect(kept.outcome?.retry?.left).toEqual([0]);
    const given = await concluded([busy], { now: () => day }, undefined, { message: about });
    expect(given.outcome?.retry).toBeUndefined();
  });

  it('stores who is held and why, beside who is left', async () => {
    const lost = { ...busy, reason: 'lost', ambiguous: true } as const;
    const { lines, outcome } = await concluded([lost, busy, sent], { ambiguous: 'hold' });
    expect(outcome?.held).toEqual({ left: [0], last: { dsn: '4.4.1', reason: 'lost' } });
    expect(outcome?.retry?.left).toEqual([1]);
    expect(lines).toContain('Q1: nrcpt=1, held until "queue release" or "queue delete"');
  });

  it.each(['not ours', 'unknown'] as const)(
    'tells of no report, removal or expiry that may never have been stored: %s',
    async (settled) => {
      const { lines } = await concluded([refused, busy, sent], {
        settle: async () => settled,
        now: () => 432_000_000,
      });
      expect(lines.slice(3)).toEqual([expect.stringMatching(/^Q1: .*outcome .*not .*stored/)]);
    },
  );

  it('says nothing of removal or bounce when the outcome could not be stored', async () => {
    const lines: string[] = [];
    const broken = {
      settle: () => Promise.reject(new Error('Redis is gone')),
      log: ({ text }: { text: string }) => void lines.push(text),
    };
    await expect(concluded([refused, sent, sent], broken)).rejects.toThrow('Redis is gone');
    expect(lines.join('\n')).not.toMatch(/removed|notification/);
  });
});
