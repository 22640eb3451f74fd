import { expect, it } from 'vitest';
import { busyDay } from './busy-day.ts';
import { countTls, mailgraph } from './log-tools.ts';

it('mailgraph draws what went into a day of our lines', async () => {
  const day = busyDay();
  const { delivered, received, bounced, rejected } = { ...day.ledger };
  // It writes a minute down when a later one begins.
  day.accept({ from: 'a@home.example', to: ['b@good.example'], size: 1 });
  expect(await mailgraph(day.text, 2026)).toEqual({ sent: delivered, received, bounced, rejected });
});

it('a counter of TLS connections tells the four words apart', () => {
  const day = busyDay();
  expect(countTls(day.text)).toEqual(day.ledger.tls);
  expect(Object.values(day.ledger.tls).every((count) => count > 0)).toBe(true);
});
