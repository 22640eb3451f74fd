import type { DeliveryStatus } from '../../../src/core/mail/status.ts';
import { DayOfMail } from './day-of-mail.ts';

const good = 'mx.good.example[192.0.2.25]:25';
const six = 'mx.six.example[2001:db8::25]:25';

const sent = (relay: string): DeliveryStatus => ({
  outcome: 'sent',
  dsn: '2.0.0',
  reason: '250 2.0.0 Ok: queued as 7B1',
  scope: 'message',
  relay,
});
const mismatch: DeliveryStatus = {
  outcome: 'deferred',
  dsn: '4.7.5',
  reason: 'Server certificate not verified',
  scope: 'host',
  relay: 'mx.bad.example[192.0.2.66]:25',
};
const skipped: DeliveryStatus = {
  outcome: 'deferred',
  dsn: '4.7.5',
  reason: 'TLSA lookup error for mx.bogus.example:25',
  scope: 'host',
};
const refusedConnection: DeliveryStatus = {
  outcome: 'deferred',
  dsn: '4.4.1',
  reason: 'connect to mx.down.example[192.0.2.99]:25: Connection refused',
  scope: 'host',
};
const suspended: DeliveryStatus = {
  ...refusedConnection,
  reason: `delivery temporarily suspended: ${refusedConnection.reason}`,
};
const unknown: DeliveryStatus = {
  outcome: 'bounced',
  dsn: '5.1.1',
  reason: `host mx.good.example[192.0.2.25] said: 550 5.1.1 User unknown (in reply to RCPT TO command)`,
  scope: 'recipient',
  relay: good,
};

/** Something of everything, hour by hour; the numbers are all different, so that none is taken for another. */
export function busyDay(): DayOfMail {
  const day = new DayOfMail(new Date(2026, 10, 23, 0, 1));
  for (let hour = 0; hour < 23; hour += 1) {
    sessions(day, hour);
    trouble(day, hour);
    day.pass(3_600_000);
  }
  return day;
}

function sessions(day: DayOfMail, hour: number): void {
  day.connect('Verified', good);
  for (let nth = 1; nth <= 3 + (hour % 4); nth += 1) {
    const message = day.accept({
      from: nth === 1 ? '' : `user${nth}@home.example`,
      to: ['a@good.example', 'b@good.example'],
      size: 1000 + hour,
    });
    day.pass(250);
    if (nth > 1) day.reuse(good);
    day.attempt(message, 'a@good.example', sent(good), '', nth);
    day.attempt(message, 'b@good.example', sent(good), '', nth);
    day.remove(message);
  }
  const other = day.accept({ from: 'x@other.example', to: ['c@six.example'], size: 777 });
  day.connect(hour % 3 === 0 ? 'Trusted' : 'Anonymous', six);
  day.attempt(other, 'c@six.example', sent(six));
  day.remove(other);
}

function trouble(day: DayOfMail, hour: number): void {
  const mistyped = day.accept({ from: 'typo@home.example', to: ['nobody@good.example'], size: 500 });
  day.attempt(mistyped, 'nobody@good.example', unknown, 'User unknown (in reply to RCPT TO command)');
  const report = day.report(mistyped, 'failure');
  day.remove(mistyped);
  day.attempt(report, 'typo@home.example', sent('mx.home.example[192.0.2.1]:25'));
  day.remove(report);
  if (hour % 2 === 0)
    day.reject('victim@elsewhere.example', '554 5.7.1 <victim@elsewhere.example>: Relay access denied');
  if (hour % 5 === 0) day.silence();
  const stuck = day.accept({ from: 'late@home.example', to: ['u@bad.example'], size: 600 });
  day.connect('Untrusted', 'mx.bad.example[192.0.2.66]:25');
  day.attempt(stuck, 'u@bad.example', mismatch, mismatch.reason);
  day.pass(5_000);
  day.again(stuck);
  if (hour % 2 === 0) {
    day.attempt(stuck, 'u@bad.example', mismatch, mismatch.reason);
    const late = day.report(stuck, 'delay');
    day.attempt(late, 'late@home.example', sent('mx.home.example[192.0.2.1]:25'));
    day.remove(late);
    day.expire(stuck);
    day.remove(stuck);
  } else {
    day.connect('Verified', 'mx.bad.example[192.0.2.66]:25');
    day.attempt(stuck, 'u@bad.example', sent('mx.bad.example[192.0.2.66]:25'));
    day.remove(stuck);
  }
  if (hour % 4 !== 0) return;
  const down = day.accept({
    from: 'late@home.example',
    to: ['u@down.example', 'v@bogus.example'],
    size: 601,
  });
  day.tryNext(down, 'host mx2.down.example[192.0.2.98] said: 451 busy (in reply to MAIL FROM command)');
  day.attempt(
    down,
    'u@down.example',
    refusedConnection,
    'mx.down.example[192.0.2.99]:25: Connection refused',
  );
  day.skip('bogus.example', 'mx.bogus.example', skipped.reason);
  day.attempt(down, 'v@bogus.example', skipped, skipped.reason);
  day.attempt(down, 'u@down.example', suspended, suspended.reason);
}
