import { writeReport, type Reported } from '../bounce/write-report.ts';
import type { Config } from '../config/config.ts';
import type { WrittenReport } from '../core/delivery/outcome.ts';
import type { Log } from '../core/log/log-event.ts';
import { formatDate } from '../core/mail/received.ts';
import { reportsOf, type Notices, type Report } from '../core/report/report.ts';
import { signReport } from '../dkim/sign-content.ts';
import type { Returning } from '../intake/returning.ts';
import type { Queue } from '../queue/open-queue.ts';
import type { Signing } from './signing.ts';
import type { Transports } from './transports.ts';

export interface ReportingParts {
  readonly config: Config;
  readonly hostname: string;
  readonly signing: Pick<Signing, 'sign'>;
  readonly newQueueId: () => string;
  readonly log: Log;
}

/** Local time of this host as RFC 5322 writes it. */
export function dateText(at: number): string {
  return formatDate(at, -new Date(at).getTimezoneOffset());
}

export function noticesOf({ queue }: Config, hostname: string): Notices {
  return {
    classes: queue.notifyClasses,
    recipient: queue.noticeRecipient,
    doubleBounce: `${queue.doubleBounceSender}@${hostname}`,
  };
}

/** Turns reports into signed messages of ours. */
export function reportWriter({
  config,
  hostname,
  signing,
  newQueueId,
  log,
}: ReportingParts): (report: Report, about: Reported) => Promise<WrittenReport> {
  return async (report, about) => {
    const now = Date.now();
    const frame = { hostname, queueId: newQueueId(), now, date: dateText(now) };
    const limitBytes = config.queue.bounceSizeLimitBytes;
    const written = await writeReport(report, about, { ...frame, limitBytes, log });
    const sign = signing.sign();
    return sign === undefined ? written : signReport(written, sign, log);
  };
}

/** How messages come back that are refused when their programs do not wait any more. */
export function createReturning(
  parts: ReportingParts & {
    readonly transports: Pick<Transports, 'nextHopOf'>;
    readonly queue: Pick<Queue, 'accept'>;
  },
): Returning {
  const { config, hostname, transports, queue } = parts;
  const compose = reportWriter(parts);
  const notices = noticesOf(config, hostname);
  return {
    async write(about, failed) {
      const { arrivedAt } = about.message;
      const date = dateText(Date.now());
      // It is not tried again.
      const dates = { date, arrivalDate: dateText(arrivedAt), retryUntil: date };
      const findings = { failed, delayed: [], sent: [] };
      const { reports, ...more } = reportsOf(about.message, findings, notices, () => ({
        hostname,
        ...dates,
      }));
      const written = reports.map(async (report) => ({
        report,
        ...(await compose(report, about)),
        destination: transports.nextHopOf(report.to),
      }));
      return { ...more, reports: await Promise.all(written) };
    },
    async store([first, ...reports], takenOnce) {
      if (first === undefined) return;
      const { message, content, destination } = first;
      const routing = new Map([[destination, [0]]]);
      await queue.accept({
        queueId: message.queueId,
        content: once(content),
        takenOnce,
        finish: () => ({ message, routing, reports }),
      });
    },
  };
}

async function* once(content: Buffer): AsyncGenerator<Buffer, void, void> {
  yield content;
}
