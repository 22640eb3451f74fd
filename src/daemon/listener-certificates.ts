import { statSync } from 'node:fs';
import type { CertificateFiles, ListenerSettings } from '../config/listener-tables.ts';
import { readOperatorText } from '../config/operator-file.ts';
import { messageOf } from '../core/error-words.ts';
import type { Log } from '../core/log/log-event.ts';
import { wantsTls } from '../core/intake/listener.ts';
import type { ServerIdentity } from '../tls/accept-tls.ts';
import {
  readServerCertificate,
  UnusableCertificate,
  type ServerCertificate,
} from '../tls/server-certificate.ts';
import { certificateExpires, certificateExpired, certificateRead, certificateTrouble } from './log-lines.ts';

const day = 24 * 60 * 60 * 1000;
/** From this time before its end on, the log warns of the end of a certificate. */
const soonMs = 14 * day;

/** The certificates of one listener with TLS. */
export interface ListenerCertificates {
  /** The certificates that can be shown now; undefined if there is none. */
  readonly identity: () => ServerIdentity | undefined;
  /** Reads the files that have changed since the last time, or all. Never throws. */
  readonly refresh: (everything?: boolean) => void;
  /** What is wrong with them, a sentence each. */
  readonly problems: () => readonly string[];
  /** The certificates in use. @returns file, and epoch milliseconds of its end */
  readonly ends: () => readonly { readonly file: string; readonly notAfter: number }[];
}

/** A pair of files, and the last good content that was read from them. */
interface Kept {
  readonly files: CertificateFiles;
  /** State of the files at the last look. */
  stamp: string;
  current: ServerCertificate | undefined;
  /** Why the current files cannot be used. */
  trouble: string | undefined;
  /** What the log has said about the end of the current one. */
  said: 'nothing' | 'soon' | 'over';
}

/** Reads the certificates of a listener. An unusable one is logged, and used once it is good. */
export function openListenerCertificates(
  { name, tls, tlsRequired, auth, tlsAuthOnly, certificates, relayClientcerts }: ListenerSettings,
  log: Log,
  now: () => number = Date.now,
): ListenerCertificates {
  const known = new Set(relayClientcerts);
  const kept = certificates.map((files): Kept => ({
    files,
    stamp: '',
    current: undefined,
    trouble: undefined,
    said: 'nothing',
  }));
  /** A client that must use TLS is better off with an expired certificate, which it may accept, than without mail. */
  const servesOld = tls === 'implicit';

  function read(one: Kept, isFirst: boolean): void {
    const { files } = one;
    one.stamp = stampOf(files);
    try {
      const current = readServerCertificate(
        { certificate: textOf(files.certificate), key: textOf(files.key) },
        known.size > 0,
      );
      one.current = current;
      one.trouble = undefined;
      one.said = 'nothing';
      log(certificateRead(name, files.certificate, current, isFirst));
    } catch (error) {
      if (!(error instanceof UnusableCertificate)) throw error;
      one.trouble = `${files.certificate}: ${messageOf(error)}`;
      log(certificateTrouble(name, one.trouble, one.current !== undefined));
    }
  }

  function heedEnd(one: Kept): void {
    const { current, files } = one;
    if (current === undefined) return;
    const left = current.notAfter - now();
    if (left <= 0 && one.said !== 'over') {
      one.said = 'over';
      const means = servesOld
        ? 'shown'
        : wantsTls({ tlsRequired, auth, tlsAuthOnly })
          ? 'refused'
          : 'withdrawn';
      log(certificateExpired(name, files.certificate, means));
    } else if (left > 0 && left < soonMs && one.said === 'nothing') {
      one.said = 'soon';
      log(certificateExpires(name, files.certificate, current.notAfter));
    }
  }

  for (const one of kept) {
    read(one, true);
    heedEnd(one);
  }
  return {
    identity() {
      const [first, ...others] = kept.flatMap(({ current }) =>
        current !== undefined && (servesOld || current.notAfter > now()) ? [current] : [],
      );
      return first && { certificates: [first, ...others], relayClientcerts: known };
    },
    refresh(everything = false) {
      for (const one of kept) {
        if (everything || stampOf(one.files) !== one.stamp) read(one, false);
        heedEnd(one);
      }
    },
    problems: () =>
      kept.flatMap(({ trouble, current, files }) => [
        ...(trouble === undefined ? [] : [trouble]),
        ...(current !== undefined && current.notAfter <= now() ? [`${files.certificate}: expired`] : []),
      ]),
    ends: () =>
      kept.flatMap(({ current, files }) =>
        current === undefined ? [] : [{ file: files.certificate, notAfter: current.notAfter }],
      ),
  };
}

function textOf(file: string): string {
  const read = readOperatorText(file, 'octets');
  if ('text' in read) return read.text;
  throw new UnusableCertificate(`${file}: ${read.problem}`);
}

/** Changes whenever one of the files does, or what a symbolic link leads to. */
function stampOf({ certificate, key }: CertificateFiles): string {
  return [certificate, key]
    .map((file) => {
      try {
        const { ino, size, mtimeMs, ctimeMs } = statSync(file);
        return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
      } catch {
        return 'none';
      }
    })
    .join(', ');
}
