import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** A report about TLS, as docs/schemas/tls-report.schema.json describes it. */
export interface TlsReport {
  readonly 'organization-name': string;
  readonly 'date-range': { readonly 'start-datetime': string; readonly 'end-datetime': string };
  readonly 'contact-info': string;
  readonly 'report-id': string;
  readonly policies: readonly {
    readonly policy: {
      readonly 'policy-type': string;
      readonly 'policy-string': readonly string[];
      readonly 'policy-domain': string;
      readonly 'mx-host': readonly string[];
    };
    readonly summary: {
      readonly 'total-successful-session-count': number;
      readonly 'total-failure-session-count': number;
    };
    readonly 'failure-details': readonly Readonly<Record<string, unknown>>[];
  }[];
}

const file = new URL('../../docs/schemas/tls-report.schema.json', import.meta.url);
const ajv = new Ajv2020({ allErrors: true });
const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);

/** Throws if the text is no report that the schema describes. */
export function readTlsReport(text: string): TlsReport {
  const report: unknown = JSON.parse(text);
  if (!validate(report)) throw new Error(`${ajv.errorsText(validate.errors)}\n${text}`);
  return report as TlsReport;
}
