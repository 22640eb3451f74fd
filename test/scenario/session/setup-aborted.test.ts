import { describe, expect, test } from 'vitest';
import { until } from '../../lab/until.ts';
import { call, openSession, transactionOf } from './session-kit.ts';
import { serverFixture } from './scripted-server.ts';

const serve = serverFixture();
const hang = { hang: true } as const;

describe('connect(): an aborted signal', () => {
  test('ends the setup at once, wherever it is', async () => {
    for (const script of [
      { greeting: hang },
      { on: { EHLO: hang } },
      { on: { STARTTLS: { stall: '220 go' } } },
    ] as const) {
      const server = await serve(script);
      const controller = new AbortController();
      const called = call(server, 'may', { signal: controller.signal });
      await until(() => server.seen.length === 1);
      await new Promise((resolve) => setTimeout(resolve, 50));
      controller.abort();
      const { connected } = await called;
      expect(connected).toMatchObject({
        status: { outcome: 'deferred', dsn: '4.3.2', scope: 'destination' },
      });
      await until(() => server.seen[0]?.closed === true);
    }
  });

  test('opens no connection where it is aborted already', async () => {
    const server = await serve({});
    const { connected } = await call(server, 'may', { signal: AbortSignal.abort() });
    expect(connected).toMatchObject({ step: 'connect', status: { dsn: '4.3.2' } });
    expect(server.seen[0]?.commands ?? []).toEqual([]);
  });

  test('does not pile up listeners', async () => {
    const server = await serve({ ehlo: ['PIPELINING'] });
    const warnings: Error[] = [];
    const onWarning = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', onWarning);
    const { signal } = new AbortController();
    const sessions = await Promise.all(
      Array.from({ length: 30 }, () => openSession(server, 'may', { signal })),
    );
    await Promise.all(sessions.map((session) => session.transact(transactionOf('x\r\n'), signal)));
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });
});
