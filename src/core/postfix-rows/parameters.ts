import { otherRows } from './others.ts';
import type { ParameterRow } from './row.ts';
import { smtpRows, smtpSaslRows } from './smtp.ts';
import { smtpTlsRows } from './smtp-tls.ts';
import { smtpdRows, smtpdSaslRows, smtpdTlsRows } from './smtpd.ts';

/** The sections of the page, in its order. */
export const sections = [
  { title: 'smtp_: how mail goes out', rows: smtpRows },
  { title: 'smtp_tls_: TLS on the way out', rows: smtpTlsRows },
  { title: 'smtp_sasl_: logins on the way out', rows: smtpSaslRows },
  { title: 'smtpd_: how mail comes in', rows: smtpdRows },
  { title: 'smtpd_tls_: TLS on the way in', rows: smtpdTlsRows },
  { title: 'smtpd_sasl_: logins on the way in', rows: smtpdSaslRows },
  { title: 'Others', rows: otherRows },
] as const;

/** Every parameter that the import and its page know by name. */
export const parameters: ReadonlyMap<string, ParameterRow> = new Map(
  sections.flatMap(({ rows }) => rows.map((row) => [row.name, row] as const)),
);
